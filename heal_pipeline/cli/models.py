"""Commands on a model and what it writes: note, benchmark, score-notes."""

import sys
from pathlib import Path

import click

from heal_pipeline.cli.base import main, open_home, read_lines, with_home, write_line
from heal_pipeline.errors import UserError


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
