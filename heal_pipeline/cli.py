"""The `heal` command. Each command calls one function of the library; errors are one line, exit code 2.

Results go to standard output, progress to standard error.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, load_profile

Options = Callable[[Callable[..., Any]], Callable[..., Any]]


class OneLineErrors(click.Group):
    """Prints a UserError as one line and ends with code 2; other errors too, with code 1, unless --debug asks for all."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"heal: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.echo(
                f"heal: {type(error).__name__} (a defect; run again with `heal --debug …` to see where)", err=True
            )
            ctx.exit(1)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Raw clinical and public text to a language model that writes notes, with proof of how."""


def with_home(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option("--home", envvar="HEAL_HOME", default=".heal", show_default=True, help="The home folder.")(
        function
    )
    return click.option(
        "--profile",
        "profile_name",
        envvar="HEAL_PROFILE",
        default="sample",
        show_default=True,
        help="A name in configs/, or a YAML file.",
    )(function)


def open_home(profile_name: str, home: str) -> tuple[Profile, Lake, str]:
    """The profile, the home's lake, and the profile's name as other programs shall load it."""
    profile = load_profile(profile_name)
    path = Path(profile_name)
    return profile, Lake(Path(home), profile.hash), str(path.resolve()) if path.suffix else profile_name


def existing_home(profile_name: str, home: str) -> tuple[Profile, Lake, str]:
    """Like `open_home`, for a command that reads a home and would make nothing of a new one.

    Raises:
        UserError: there is no home; none is made.
    """
    if not (Path(home) / "restricted").is_dir():
        raise UserError(f"there is no home {home}: give it with --home, or make it with `heal run`")
    return open_home(profile_name, home)


def read_lines(path: str) -> Iterator[dict[str, Any]]:
    """The records of a JSON lines file ("-" for standard input). A text that is null is empty.

    Raises:
        UserError: the file is not there, a line is no JSON object with `id` and `text`, or an id comes twice.
    """
    seen: dict[str, int] = {}
    try:
        stream = sys.stdin.buffer if path == "-" else Path(path).open("rb")
        with stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    record = _record(line, f"{path}, line {number}")
                    first = seen.setdefault(str(record["id"]), number)
                    if first != number:
                        raise UserError(f"{path}, line {number}: the id of line {first} again: give each line its own")
                    yield record
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give a JSON lines file with `id` and `text`"
        ) from None


def _record(line: bytes, place: str) -> dict[str, Any]:
    """The record of a line. The messages name the place and never repeat what stands there."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
        record["id"]
        text = "" if record["text"] is None else record["text"]
        if isinstance(text, str):
            text.encode()  # half a surrogate pair is legal JSON and no text
    except UnicodeError:
        raise UserError(f"{place}: not UTF-8 text: convert the file first") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f'{place}: not a JSON object with "id" and "text"') from None
    if not isinstance(text, str):
        raise UserError(f'{place}: "text" is no string')
    if not isinstance(record["id"], str | int):
        raise UserError(f'{place}: "id" is neither a string nor a whole number')
    return {**record, "text": text}


def write_line(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


@main.command()
@with_home
@click.option(
    "--job",
    default="all",
    show_default=True,
    type=click.Choice(["all", "prepare", "refresh", "release", "train", "evaluate", "ablation"]),
    help="What is run: everything, or a part of it on what the home holds.",
)
@click.option("--days", metavar="FIRST[:LAST]", help="The days of all, prepare or refresh (default: the profile's).")
def run(profile_name: str, home: str, job: str, days: str | None) -> None:
    """Run a job: raw corpora to evaluation tables by default."""
    from heal_pipeline import launch, live, report

    profile, lake, name = open_home(profile_name, home)
    chosen = launch.days_of(job, profile, days)
    launch.check_ready(job, profile, lake)
    started = launch.start_job(job, name, lake, chosen)
    try:
        with launch.interruptible():
            events = live.follow(started.events())
    except KeyboardInterrupt:
        raise UserError(
            "stopped; stages that ended are committed, and a training that is run again goes on from its last state"
        ) from None
    finally:
        started.stop()
    problems = live.problems(events)
    if problems:
        raise UserError("; ".join(problems))
    if started.process.returncode != 0:
        click.echo(f"heal: the run failed{live.failures(events)}; its log is {started.log}", err=True)
        raise SystemExit(1)
    if job in ("all", "evaluate"):
        report.print_tables(report.tables(lake, profile))
    report.print_seconds(events)
    if (lake.reports / "report.html").exists():
        click.echo(f"\nThe report, with plots: {lake.reports / 'report.html'}")


@main.command()
@with_home
def status(profile_name: str, home: str) -> None:
    """The last good day of each source, failed gates, what to do."""
    from heal_pipeline import report

    profile, lake, _ = existing_home(profile_name, home)
    report.print_tables(report.status(lake, profile))


@main.command()
@with_home
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="The port it listens on.")
def ui(profile_name: str, home: str, port: int) -> None:
    """The Dagster UI on 127.0.0.1, on the same home."""
    from heal_pipeline import launch

    _, lake, name = open_home(profile_name, home)
    raise SystemExit(launch.run_ui(name, lake, port))


@main.group()
def sources() -> None:
    """The sources of a profile."""


@sources.command("check")
@with_home
def sources_check(profile_name: str, home: str) -> None:
    """Read every source's files: rows, bytes, problems, licence, and the first records that cannot be read."""
    from heal_pipeline import report
    from heal_pipeline import sources as library

    profile = load_profile(profile_name)
    found = library.check(profile)
    tables = [report.table_of("Sources", [source.row for source in found])]
    if samples := [sample for source in found for sample in source.samples]:
        tables.append(report.table_of("Records that cannot be read", samples))
    report.print_tables(tables)
    if num_problems := sum(bool(source.row["problem"]) for source in found):
        raise UserError(f"sources with problems: {num_problems} of {len(found)}, as the table above says")


@main.command()
@click.argument("file")
def signals(file: str) -> None:
    """Measure documents, and name the rule that would drop each.

    FILE holds lines {"id", "text"}; "-" is standard input. One line of JSON a document.
    """
    from heal_pipeline import filtering

    records = list(read_lines(file))
    for record, outcome in zip(records, filtering.judge([r["text"] for r in records]), strict=True):
        write_line({"id": record["id"], **outcome})


@main.command()
@click.argument("file")
@with_home
@click.option("--detector", type=click.Choice(["crf", "presidio", "hf", "union"]), default=None)
@click.option("--threshold", type=click.FloatRange(0, 1), default=None)
def detect(file: str, profile_name: str, home: str, detector: str | None, threshold: float | None) -> None:
    """Find identifiers of people in documents.

    FILE holds lines {"id", "text"}; "-" is standard input. A line a document: {"id", "spans": [[start, end, type, score], …]}.
    """
    from heal_pipeline import deid

    profile, lake, _ = open_home(profile_name, home)
    _say_if_trained(deid.ensure_tagger(lake, profile))
    records = list(read_lines(file))
    found = deid.detector(lake, profile, detector, threshold).detect([r["text"] for r in records])
    for record, spans in zip(records, found, strict=True):
        write_line({"id": record["id"], "spans": [list(s) for s in spans]})


@main.command()
@click.argument("file")
@with_home
@click.option("--policy", type=click.Choice(["safe_harbor", "limited_data_set"]), default=None)
def deidentify(file: str, profile_name: str, home: str, policy: str | None) -> None:
    """Replace identifiers of people in documents.

    FILE holds lines {"id", "text"}; "-" is standard input. A line a document: {"id", "text"}.
    """
    from heal_pipeline import deid

    profile, lake, _ = open_home(profile_name, home)
    _say_if_trained(deid.ensure_tagger(lake, profile))
    records = list(read_lines(file))
    for record, text in zip(records, deid.deidentify_texts(lake, profile, records, policy=policy), strict=True):
        write_line({"id": record["id"], "text": text})


def _say_if_trained(trained: bool) -> None:
    if trained:
        click.echo("heal: the home had no tagger; one was trained and kept", err=True)


@main.command()
@click.argument("file")
def duplicates(file: str) -> None:
    """Find near-duplicates among documents.

    FILE holds lines {"id", "text"}; "-" is standard input. One line of JSON a pair.
    """
    from heal_pipeline import dedup

    records = list(read_lines(file))
    for pair in dedup.duplicates([str(r["id"]) for r in records], [r["text"] for r in records]):
        write_line(pair)


@main.command()
@with_home
@click.option("--model", required=True, help="A checkpoint folder, or the name of a model of the home (tuned_model).")
@click.option(
    "--transcript", required=True, metavar="FILE", help='The conversation, one turn a line ("-": standard input).'
)
@click.option("--section", type=click.Choice(["subjective", "plan", "full"]), default="full", show_default=True)
@click.option("--max-new-tokens", type=click.IntRange(1), default=512, show_default=True)
def note(profile_name: str, home: str, model: str, transcript: str, section: str, max_new_tokens: int) -> None:
    """Write the note of a conversation."""
    from heal_pipeline import evaluation

    try:
        text = sys.stdin.read() if transcript == "-" else Path(transcript).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UserError(f"{transcript} cannot be read: give a text file, one turn a line") from None
    folder = _checkpoint(model, profile_name, home)
    click.echo(evaluation.write_note(folder, text, section, max_new_tokens))


@main.command()
@with_home
@click.option("--model", required=True, help="A checkpoint folder, or the name of a model of the home (tuned_model).")
@click.option("--task", required=True, help="pubmedqa, medqa, medmcqa or mmlu.")
@click.option("--data", required=True, metavar="FILE", help="The question set, as its publisher writes it.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Questions at most (default: all).")
def benchmark(profile_name: str, home: str, model: str, task: str, data: str, limit: int | None) -> None:
    """Score a model on a public question set.

    One line of JSON: accuracy, its interval, chance and majority among them.
    """
    from heal_pipeline import evaluation

    write_line(evaluation.benchmark_file(_checkpoint(model, profile_name, home), task, data, limit))


@main.command("score-notes")
@click.option("--notes", required=True, metavar="FILE", help='Lines {"id", "text"}.')
@click.option(
    "--rubrics",
    required=True,
    metavar="FILE",
    help='Lines {"id", "text"}: one entry a line of the text, "category: term".',
)
def score_notes(notes: str, rubrics: str) -> None:
    """Count what notes miss, get wrong and need not say.

    Notes are judged by the rubrics with their ids. One line of JSON a note.
    """
    from heal_pipeline import evaluation

    for row in evaluation.score_notes(list(read_lines(notes)), list(read_lines(rubrics))):
        write_line(row)


def _checkpoint(model: str, profile_name: str, home: str) -> Path:
    """The folder of a checkpoint, given as a path or as the name of a model of the home."""
    from heal_pipeline import artifacts

    if Path(model).is_dir():
        return Path(model)
    if not Path(home).is_dir():
        raise UserError(
            f"there is no folder {model}, and no home {home} with such a model: give the path of a checkpoint"
        )
    _, lake, _ = open_home(profile_name, home)
    return artifacts.content(lake, f"models/{model}") / "hf"


@main.command()
@click.argument("doc_id")
@with_home
def trace(doc_id: str, profile_name: str, home: str) -> None:
    """Tell a document's history: decisions, tables, shards, models."""
    from heal_pipeline import compliance

    _, lake, _ = existing_home(profile_name, home)
    for row in compliance.trace(lake, doc_id):
        write_line(row)


@main.command()
@with_home
@click.option("--file", "path", default="-", help="A 0600 file with the id; else it is read from standard input.")
@click.option(
    "--kind",
    type=click.Choice(["doc", "subject"]),
    default="doc",
    show_default=True,
    help="What the id names: a document, or a person.",
)
def revoke(profile_name: str, home: str, path: str, kind: str) -> None:
    """Withdraw a document, or all documents of a person.

    The next survivors and the next release leave them out.
    """
    from heal_pipeline import compliance

    profile, lake, _ = existing_home(profile_name, home)
    write_line(compliance.revoke(lake, compliance.read_identifier(path), kind, profile))


@main.command()
@with_home
@click.option("--model", default="tuned_model", show_default=True, help="A model of the home.")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="The folder it is written to.")
def audit(profile_name: str, home: str, model: str, out: str) -> None:
    """Write a model's audit pack.

    It holds every manifest, verdict, licence and version behind the model.
    """
    from heal_pipeline import compliance

    profile, lake, _ = existing_home(profile_name, home)
    click.echo(compliance.audit_pack(lake, profile, model, Path(out)))


@main.command()
@click.argument("name", default="all")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Times each is measured.")
def bench(name: str, rounds: int) -> None:
    """Time stages against their peers, interleaved in one run.

    NAME is a member of the benchmark; without one all run, one after the other.
    """
    import subprocess

    from heal_pipeline.launch import ROOT

    raise SystemExit(subprocess.call([sys.executable, "-m", "benchmarks", name, "--rounds", str(rounds)], cwd=ROOT))


if __name__ == "__main__":
    main()
