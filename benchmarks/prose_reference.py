"""What the prose score is scaled and bounded by: crawled pages, edited texts and junk. No labelled document is among them.

`python -m benchmarks.prose_reference` prints the table of `heal_pipeline/filtering/prose.py`; `evidence` is what its bound
was chosen by.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.harness import BenchmarkError
from heal_pipeline.documents import Record, document_text
from heal_pipeline.filtering.prose import STANDINGS
from heal_pipeline.filtering.signals import measure
from heal_pipeline.profile import Profile, load_profile
from heal_pipeline.sources.units import read, units

CRAWLED = ("c4", "common_crawl", "dolma_cc", "warc_pages")
"""Sources of the open profile: pages as crawls and their cleaning leave them."""

EDITED = ("stack_exchange", "digitalgov", "medquad", "pmc_articles", "pubmed_abstracts")
"""Sources that people edit, with lines as their writers broke them."""

WHOLE, LEFT_OUT = "web pages with menus", "left out of web pages"

KINDS = ("symbols", "menu", "capitals", "figures", "stub", "code", "teasers", "keywords")
"""The synthetic clinic's kinds of junk that are no prose."""
PER_SOURCE = 80
"""Edited texts of each source that are made into junk."""


def main() -> None:
    """Prints mean and standard deviation of each signal over the reference."""
    for name, (mean, deviation) in moments(reference(load_profile("open"))).items():
        print(f"{name}: mean {mean:.4f}, deviation {deviation:.4f}")


def moments(sets: dict[str, list[str]]) -> dict[str, tuple[float, float]]:
    """(mean, standard deviation) of each signal of the score over texts by set, each set weighing the same."""
    measured = [measure(texts) for texts in sets.values()]
    found = {}
    for name, standing in STANDINGS.items():
        values = [standing.transform(columns[name]) for columns in measured]
        mean = float(np.mean([v.mean() for v in values]))
        found[name] = mean, float(np.sqrt(np.mean([((v - mean) ** 2).mean() for v in values])))
    return found


def reference(profile: Profile) -> dict[str, list[str]]:
    """The texts of the reference sets by name: those of CRAWLED, and what is left out of the raw pages."""
    return {**{name: texts_of(profile, name) for name in CRAWLED}, LEFT_OUT: raw_pages(profile)[LEFT_OUT]}


def texts_of(profile: Profile, source: str) -> list[str]:
    """The texts of a source of the profile, as its reader gives them, empty ones left out.

    Raises:
        BenchmarkError: it gives none.
    """
    entry = profile.source(source)
    records = (r for unit in units(profile, entry, profile.days[0]) for r in read(unit, entry)[1])
    found = [document_text(r.segments) for r in records if isinstance(r, Record)]
    if not (texts := [text for text in found if text.strip()]):
        raise BenchmarkError(f"the source {source} gives no text: see `heal sources check --profile {profile.name}`")
    return texts


def raw_pages(profile: Profile) -> dict[str, list[str]]:
    """The pages of the web archives, each text a line: WHOLE, and LEFT_OUT, the lines that the reader's extraction drops."""
    whole, left_out = [], []
    for html, extracted in _pages(profile):
        lines = _lines(html)
        whole.append("\n".join(lines))
        left_out.append("\n".join(line for line in lines if line not in extracted))
    return {WHOLE: whole, LEFT_OUT: left_out}


def _pages(profile: Profile) -> Iterator[tuple[bytes, str]]:
    """(HTML, the text that is extracted of it) of each page that has one, in the order of the archives."""
    import trafilatura
    from warcio.archiveiterator import ArchiveIterator

    for unit in units(profile, profile.source("warc_pages"), profile.days[0]):
        with Path(unit.paths[0]).open("rb") as stream:
            for item in ArchiveIterator(stream):
                html = item.content_stream().read() if item.rec_type == "response" else b""
                if text := trafilatura.extract(html, include_comments=False, include_tables=True) if html else None:
                    yield html, text


def _lines(html: bytes) -> list[str]:
    """The texts of a page's elements, scripts and styles left out."""
    from lxml.html import fromstring

    tree = fromstring(html)
    texts = tree.xpath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
    return [line for text in texts if (line := " ".join(text.split()))]


def evidence(profile: Profile) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """(edited texts, junk) by set: what the bound of the score was chosen by.

    Junk that is prose in form (a sentence repeated, another encoding, placeholder text) is left out: other rules know it.
    """
    edited = {name: texts_of(profile, name) for name in EDITED}
    some = [text for texts in edited.values() for text in texts[:PER_SOURCE]]
    return edited, {**raw_pages(profile), **junk(some)}


def junk(texts: list[str]) -> dict[str, list[str]]:
    """Texts made into junk, by its kind, as the synthetic clinic makes it; each text into one kind."""
    from heal_pipeline.sources.clinic.grammar import Writer
    from heal_pipeline.sources.clinic.noise import JUNK

    return {
        kind: [
            JUNK[kind](Writer(0, kind, number), text) for number, text in enumerate(texts) if number % len(KINDS) == i
        ]
        for i, kind in enumerate(KINDS)
    }


if __name__ == "__main__":
    main()
