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


def read_lines(path: str) -> Iterator[dict[str, Any]]:
    """The records of a JSON lines file ("-" for standard input).

    Raises:
        UserError: the file is not there, or a line is no JSON object with `id` and `text`.
    """
    try:
        stream = sys.stdin if path == "-" else Path(path).open(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give a JSON lines file with `id` and `text`"
        ) from None
    with stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise TypeError
                record["id"], record["text"]
            except (ValueError, KeyError, TypeError):
                raise UserError(f'{path}, line {number}: not a JSON object with "id" and "text"') from None
            yield {**record, "text": record["text"] or ""}


def write_line(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


@main.command()
@with_home
@click.option(
    "--job",
    default="all",
    show_default=True,
    type=click.Choice(["all", "refresh", "release", "train", "evaluate", "ablation"]),
)
@click.option("--days", metavar="FIRST[:LAST]", help="The days of a daily job (default: the profile's).")
def run(profile_name: str, home: str, job: str, days: str | None) -> None:
    """Run a job: raw corpora to evaluation tables by default."""
    from heal_pipeline import launch, live, report

    profile, lake, name = open_home(profile_name, home)
    launch.check_ready(profile, lake)
    first, _, last = (days or "").partition(":")
    started = launch.start_job(job, profile, name, lake, (first, last or first) if days else None)
    try:
        with launch.interrupted_by_termination():
            events = live.follow(started.events())
    except KeyboardInterrupt:
        raise UserError("stopped; stages that ended are committed, and a training that is run again goes on from its last state") from None
    finally:
        started.stop()
    problems = live.problems(events)
    if problems:
        raise UserError("; ".join(problems))
    if started.process.returncode != 0:
        click.echo(f"heal: the run failed; its log is {started.log}", err=True)
        raise SystemExit(1)
    if job in ("all", "evaluate"):
        report.print_tables(report.tables(lake, profile))
    report.print_seconds(events)
    if (lake.reports / "report.html").exists():
        click.echo(f"\nThe report, with plots: {lake.reports / 'report.html'}")


@main.command()
@with_home
def status(profile_name: str, home: str) -> None:
    """The last good day of each source, failed gates, and what to do."""
    from heal_pipeline import report

    profile, lake, _ = open_home(profile_name, home)
    report.print_tables(report.status(lake, profile))


@main.command()
@with_home
@click.option("--port", default=3000, show_default=True)
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
    """Read every source's files, and print rows, bytes, problems and licence."""
    from heal_pipeline import report
    from heal_pipeline import sources as library

    profile = load_profile(profile_name)
    rows = library.check(profile)
    report.print_tables([report.table_of("Sources", rows)])
    if any(row.get("problems") for row in rows):
        raise UserError("some sources have problems: see the table above")


@main.command()
@click.argument("file")
def signals(file: str) -> None:
    """Measure the quality of documents: one line an input, with the rule that would drop it."""
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
    """Find identifiers: {"id", "spans": [[start, end, type, score], …]} a line."""
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
    """Replace identifiers: {"id", "text"} a line."""
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
    """Find near-duplicates: one line an accepted pair."""
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
    """Score a model on a public question set: accuracy, its interval, chance and majority as one JSON line."""
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
    """Count what notes miss, get wrong and need not say, by their rubrics: one line a note."""
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
    """Everything that happened to a document: decisions, tables, shards, models."""
    from heal_pipeline import compliance

    _, lake, _ = open_home(profile_name, home)
    for row in compliance.trace(lake, doc_id):
        write_line(row)


@main.command()
@with_home
@click.option("--file", "path", default="-", help="A 0600 file with the id; else it is read from standard input.")
@click.option("--kind", type=click.Choice(["doc", "subject"]), default="doc", show_default=True)
def revoke(profile_name: str, home: str, path: str, kind: str) -> None:
    """Withdraw a document or a person's documents; the next survivors and release leave them out."""
    from heal_pipeline import compliance

    _, lake, _ = open_home(profile_name, home)
    write_line(compliance.revoke(lake, compliance.read_identifier(path), kind))


@main.command()
@with_home
@click.option("--model", default="tuned_model", show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False))
def audit(profile_name: str, home: str, model: str, out: str) -> None:
    """Write the audit pack of a model: every manifest, verdict, licence and version behind it."""
    from heal_pipeline import compliance

    profile, lake, _ = open_home(profile_name, home)
    click.echo(compliance.audit_pack(lake, profile, model, Path(out)))


@main.command()
@click.argument("name", default="stages")
@click.option("--rounds", default=3, show_default=True)
def bench(name: str, rounds: int) -> None:
    """Time a stage against its peers, interleaved in one run."""
    import subprocess

    from heal_pipeline.launch import ROOT

    raise SystemExit(subprocess.call([sys.executable, "-m", "benchmarks", name, "--rounds", str(rounds)], cwd=ROOT))


if __name__ == "__main__":
    main()
