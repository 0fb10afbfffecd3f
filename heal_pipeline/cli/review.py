"""Commands of the review queue: review export, review fill, review import."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heal_pipeline.cli.base import existing_home, main, with_home
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake

if TYPE_CHECKING:
    from heal_pipeline.deid.review_file import ReviewFile

FILE = click.Path(dir_okay=False, path_type=Path)


@main.group()
def review() -> None:
    """What people find in de-identified documents."""


@review.command("export")
@with_home
@click.option("--out", required=True, type=FILE, help="The new file.")
@click.option("--source", default=None, help="Only documents of this source.")
@click.option("--day", default=None, metavar="YYYY-MM-DD", help="Only documents of this day.")
@click.option("--pending", is_flag=True, help="Only documents without a verdict.")
def export(profile_name: str, home: str, out: Path, source: str | None, day: str | None, pending: bool) -> None:
    """Write the documents to review, one line of JSON each.

    What was replaced stands in ⟦ ⟧. Give `missed` the number of identifiers that are left outside of them, 0 where
    there is none, and `remarks` if you like; or let `heal review fill` ask you. Then `heal review import`.
    """
    from heal_pipeline.deid import review_file

    profile, lake, _ = existing_home(profile_name, home)
    rows = review_file.lines(lake, profile, source, day, pending)
    if not rows:
        click.echo("heal: every document has its verdict; nothing was written", err=True)
        return
    review_file.write_new(out, rows)
    click.echo(f"{len(rows)} documents: {out}")
    _warn_outside(lake, out)


@review.command("fill")
@click.argument("file", type=FILE)
@with_home
def fill(file: Path, profile_name: str, home: str) -> None:
    """Show the documents of FILE without an answer, one after the other, and ask.

    Each answer is kept at once. Enter alone leaves a document for later, q ends.
    """
    from heal_pipeline.deid import review_file

    profile, lake, _ = existing_home(profile_name, home)
    rows = _checked(review_file.ReviewFile(lake, profile, file), file).rows
    waiting = [row for row in rows if row["missed"] is None]
    for number, row in enumerate(waiting, 1):
        click.echo(
            f"\n── {number} of {len(waiting)} · {row['source']} {row['day']} · {row['doc_id']}\n\n{row['text']}\n"
        )
        answer = click.prompt("Identifiers left outside of ⟦ ⟧", default="", show_default=False, value_proc=_answer)
        if answer == "q":
            break
        if answer != "":
            row["missed"] = int(answer)
            row["remarks"] = click.prompt("Remarks", default="", show_default=False)
            review_file.replace(file, rows)
    click.echo(f"{sum(row['missed'] is not None for row in rows)} of {len(rows)} documents have an answer")


def _answer(text: str) -> str:
    if text.strip().lower() in ("", "q") or text.strip().isdecimal():
        return text.strip().lower()
    raise click.UsageError("a whole number from 0 up; Enter: later; q: end")


@review.command("import")
@click.argument("file", type=FILE)
@with_home
def import_(file: Path, profile_name: str, home: str) -> None:
    """Take the answers of FILE, all of them or none.

    Answers are kept in the restricted zone. Prints what they prove so far.
    """
    from heal_pipeline import report
    from heal_pipeline.deid import review as library
    from heal_pipeline.deid import review_bounds, review_file

    profile, lake, _ = existing_home(profile_name, home)
    checked = _checked(review_file.ReviewFile(lake, profile, file), file)
    library.store(lake, checked.verdicts)
    click.echo(f"{len(checked.verdicts)} of {len(checked.rows)} documents have a verdict in {file}")
    found = review_bounds.review(lake, profile)
    report.print_tables(
        [
            report.table_of("Random sample", found.by_source, review_bounds.EXPLAINED),
            report.table_of("Documents of highest risk", found.by_risk, review_bounds.RISK_EXPLAINED),
        ]
    )


def _checked(file: "ReviewFile", path: Path) -> "ReviewFile":
    """The file, if nothing is wrong with it; its problems go to standard error, one a line."""
    for problem in file.problems:
        click.echo(f"heal: {path}, {problem}", err=True)
    if file.problems:
        raise UserError(f"{path} was not taken: mend the lines above, {len(file.problems)} in number, and try again")
    return file


def _warn_outside(lake: Lake, out: Path) -> None:
    if not out.resolve().is_relative_to(lake.home / "restricted"):
        click.echo(
            f"heal: {out} is outside the restricted zone, and may hold identifiers that were missed, where the marks show them:"
            " keep it as you keep records, and delete it after the import",
            err=True,
        )
