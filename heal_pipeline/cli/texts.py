"""Commands on files of texts: signals, detect, deidentify, duplicates."""

from collections.abc import Iterable, Iterator
from itertools import chain, tee
from typing import Any

import click

from heal_pipeline.cli.base import main, open_home, read_lines, with_home, write_line

MAX_BATCH_ROWS, MAX_BATCH_CHARACTERS = 256, 2**22
"""Of what is read before anything of it is written: a file's length is no matter."""


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
    say_if_trained(deid.ensure_tagger(lake, profile))
    finder = deid.detector(lake, profile, detector, threshold)
    for records in batches(read_lines(file)):
        for record, spans in zip(records, finder.detect([r["text"] for r in records]), strict=True):
            write_line({"id": record["id"], "spans": [list(s) for s in spans]})


@main.command()
@click.argument("file")
@with_home
@click.option("--policy", type=click.Choice(["safe_harbor", "limited_data_set"]), default=None)
@click.option("--surrogates", type=click.Choice(["consistent", "markov"]), default=None)
def deidentify(file: str, profile_name: str, home: str, policy: str | None, surrogates: str | None) -> None:
    """Replace identifiers of people in documents.

    FILE holds lines {"id", "text"}, and "subject" where it is known whom a text is about; "-" is standard input. A line a
    document: {"id", "text"}. Other fields are left out, since nobody has cleaned them.
    """
    from heal_pipeline import deid

    profile, lake, _ = open_home(profile_name, home)
    say_if_trained(deid.ensure_tagger(lake, profile))
    records, given = tee(chain.from_iterable(batches(read_lines(file))))
    texts = deid.deidentify_texts(lake, profile, given, policy, surrogates)
    for record, text in zip(records, texts, strict=True):
        write_line({"id": record["id"], "text": text})


def batches(records: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Records a bounded number at a time."""
    batch: list[dict[str, Any]] = []
    num_chars = 0
    for record in records:
        batch.append(record)
        num_chars += len(record["text"])
        if len(batch) >= MAX_BATCH_ROWS or num_chars >= MAX_BATCH_CHARACTERS:
            yield batch
            batch, num_chars = [], 0
    if batch:
        yield batch


def say_if_trained(trained: bool) -> None:
    """Tells people why the command took a while, where it did."""
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
