"""Commands on gold sets: score-deid."""

from pathlib import Path
from typing import Any

import click

from heal_pipeline.cli.base import main, open_home, with_home, write_line


@main.command("score-deid")
@click.option(
    "--gold", "path", required=True, type=click.Path(path_type=Path), help="The gold set: a file or a folder."
)
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["i2b2", "presidio", "jsonl"]),
    help="i2b2: XML documents of the shared tasks of 2006 and 2014, in a folder or archive; presidio: a file of"
    ' presidio-research; jsonl: lines {"text", "spans": [[start, end, type], …]}.',
)
@with_home
@click.option("--detector", type=click.Choice(["crf", "presidio", "hf", "union"]), default=None)
@click.option("--threshold", type=click.FloatRange(0, 1), default=None)
@click.option("--table", is_flag=True, help="Tables for people, in place of a line of JSON.")
def score_deid(
    path: Path, form: str, profile_name: str, home: str, detector: str | None, threshold: float | None, table: bool
) -> None:
    """Score a detector on a gold set of your own.

    How well identifiers are covered, in all and by type; for i2b2's documents also the scores of the shared task of
    2014. One line of JSON. No text is shown or kept.
    """
    from heal_pipeline import deid
    from heal_pipeline.cli.texts import say_if_trained
    from heal_pipeline.deid import gold, i2b2
    from heal_pipeline.deid.scoring import TokenCounts

    texts = gold.read(path, form)
    profile, lake, _ = open_home(profile_name, home)
    say_if_trained(deid.ensure_tagger(lake, profile))
    counts, task = TokenCounts(), i2b2.Scores()
    found = deid.detector(lake, profile, detector, threshold).detect([text for text, _ in texts])
    for (text, spans), made in zip(texts, found, strict=True):
        counts.add(text, spans, made)
        if form == "i2b2":
            task.add(text, spans, made)
    tables: dict[str, list[dict[str, Any]]] = {"coverage": [counts.row()], "types": counts.type_rows()}
    if form == "i2b2":
        tables |= {"i2b2": task.rows(), "i2b2_categories": task.category_rows()}
    if table:
        from heal_pipeline.report.tables import table_of
        from heal_pipeline.report.terminal import print_tables

        print_tables(table_of(title, rows) for title, rows in tables.items())
    else:
        write_line(tables)
