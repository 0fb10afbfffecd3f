"""Reader of captions: SubRip, SubViewer, SMPTE time code (.stc) and plain timed text, told apart by their lines."""

import re
from collections.abc import Iterator

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.records import mapped

_CLOCK = r"\d{1,2}:\d{2}:\d{2}(?:[.,:;]\d{1,3})?"
_TIMES = re.compile(rf"^\W*(?:TC\s+)?{_CLOCK}(?:\s*(?:-->|,|\s)\s*{_CLOCK})?.{{0,40}}$")
_HEADER = re.compile(r"^\[(?!laughter|applause|music)[A-Z /]+\].*$")
_MARKUP = re.compile(r"</?[a-zA-Z][^>]{0,60}>|\{\\[^}]*\}")
_BREAK = re.compile(r"\[br\]", re.IGNORECASE)


def captions(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One record a file: the spoken lines (column `text`) without counters, times and markup, broken where they were."""
    text = caption_text(member.text())
    return mapped([{"text": text}], member, entry)


def caption_text(text: str) -> str:
    """The spoken lines of a caption file."""
    lines = [line.strip("\ufeff \t") for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    spoken = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line or _is_time(line) or _HEADER.match(line) or (line.isdigit() and _is_time(following)):
            continue
        spoken.append(_MARKUP.sub("", _BREAK.sub("\n", line)))
    return "\n".join(spoken)


def _is_time(line: str) -> bool:
    return bool(_TIMES.match(line))
