"""Reader of PubTator text: PubMed titles and abstracts with marked entities (the marks are left out)."""

import re
from collections.abc import Iterator

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.readers.lines import mapped
from heal_pipeline.sources.records import Unreadable

_LINE = re.compile(r"^(\d+)\|([ta])\|(.*)$")


def pubtator(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One record a block. Columns: `pmid`, `title`, `abstract`, and `text`, the two as paragraphs."""
    return mapped(_rows(member), member, entry)


def _rows(member: Member) -> Iterator[dict[str, str] | Unreadable]:
    block: dict[str, str] = {}
    broken = False
    for line in (*member.text().replace("\r\n", "\n").split("\n"), ""):
        if match := _LINE.match(line):
            pmid, part, text = match.groups()
            broken = broken or block.setdefault("pmid", pmid) != pmid
            block["title" if part == "t" else "abstract"] = text
        elif not line.strip() and (block or broken):
            if broken or "title" not in block:
                yield Unreadable("MixedBlock")
            else:
                yield {"abstract": "", **block, "text": f"{block['title']}\n\n{block.get('abstract', '')}"}
            block, broken = {}, False
        elif line.strip() and not line[0].isdigit():
            broken = True
