"""Reader of PubTator text: PubMed titles and abstracts with marked entities (the marks are left out)."""

import itertools
import re
from collections.abc import Iterator

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.decoding import undecoded
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.quarantine import RecordTooLargeError, Unreadable
from heal_pipeline.sources.records import mapped

_LINE = re.compile(r"^(\d+)\|([ta])\|(.*)$")


def pubtator(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One record a block. Columns: `pmid`, `title`, `abstract`, and `text`, the two as paragraphs."""
    return mapped(_rows(member), member, entry)


def _rows(member: Member) -> Iterator[dict[str, str] | Unreadable]:
    block: dict[str, str] = {}
    damage = ""
    for line in itertools.chain(member.lines().each(), [""]):
        if isinstance(line, RecordTooLargeError) or undecoded(line):
            damage = type(line).__name__ if isinstance(line, RecordTooLargeError) else "UnicodeDecodeError"
        elif match := _LINE.match(line.rstrip("\r\n")):
            pmid, part, text = match.groups()
            damage = damage or ("MixedBlock" if block.setdefault("pmid", pmid) != pmid else "")
            block["title" if part == "t" else "abstract"] = text
        elif not line.strip() and (block or damage):
            if damage or "title" not in block:
                yield Unreadable(damage or "MixedBlock")
            else:
                yield {"abstract": "", **block, "text": f"{block['title']}\n\n{block.get('abstract', '')}"}
            block, damage = {}, ""
        elif line.strip() and not line[0].isdigit():
            damage = "MixedBlock"
