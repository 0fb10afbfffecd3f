"""Readers of conversations: transcripts as plain text, and Praat TextGrids of one speaker each, merged by time."""

import re
from collections.abc import Iterator

from pydantic import Field

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.options import TextOptions
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.records import mapped

_INTERVAL = re.compile(
    r'xmin\s*=\s*(?P<start>[\d.eE+-]+)\s+xmax\s*=\s*(?P<end>[\d.eE+-]+)\s+text\s*=\s*"(?P<text>(?:[^"]|"")*)"'
)
_TIER = re.compile(r'class\s*=\s*"IntervalTier"\s+name\s*=\s*"(?P<name>(?:[^"]|"")*)"')
_UNCLEAR = re.compile(r"<(?:UNIN|INAUDIBLE_SPEECH)\s*/?>")
_TAG = re.compile(r"</?[A-Z_]+\s*/?>")
_BLANK_BEFORE_POINT = re.compile(r" ([.,?!])")
_UNCLEAR_MARK = "[inaudible]"


class TranscriptOptions(TextOptions):
    speakers: dict[str, str] = Field(default_factory=dict)
    """What the marks at the beginning of a turn stand for: {"D": "Doctor"}."""


def text(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One record a file. Column `text`; for conversations the empty lines between turns go. Option `speakers`."""
    content = member.text().replace("\r\n", "\n").replace("\r", "\n")
    if entry.kind == "conversation":
        speakers = TranscriptOptions.of(entry).speakers
        content = "\n".join(_turn(line, speakers) for line in content.split("\n") if line.strip())
    return mapped([{"text": content}], member, entry)


def _turn(line: str, speakers: dict[str, str]) -> str:
    mark, colon, words = line.strip().partition(":")
    return f"{speakers[mark.strip()]}: {words.strip()}" if colon and mark.strip() in speakers else line.strip()


def textgrid(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One record a conversation: the intervals of all its files (`group_by` puts them together) in the order of time.

    Column `text`: one turn a line, "Speaker: words". The speaker is the second group of `group_by` in the file's name,
    else the tier's name. Intervals of one speaker that follow each other are one turn. Transcribers' tags go; what they could not hear stays as [inaudible].
    """
    pattern = TextOptions.of(entry).group_by
    spoken = []
    for part in (member, *member.companions):
        match = re.match(pattern, part.name) if pattern else None
        speaker = match.group(2).capitalize() if match and match.re.groups > 1 else None
        spoken += [(start, speaker or tier, words) for start, tier, words in intervals(part.text())]
    turns: list[list[str]] = []
    for _, speaker, words in sorted(spoken):
        if turns and turns[-1][0] == speaker:
            turns[-1][1] += " " + words
        else:
            turns.append([speaker, words])
    return mapped([{"text": "\n".join(f"{speaker}: {words}" for speaker, words in turns)}], member, entry)


def intervals(content: str) -> list[tuple[float, str, str]]:
    """(start in seconds, speaker, words) of each interval with words in a TextGrid in its long text form.

    Raises:
        ValueError: it is no such TextGrid.
    """
    tiers = list(_TIER.finditer(content))
    if "ooTextFile" not in content or not tiers:
        raise ValueError("no TextGrid with interval tiers")
    found = []
    for tier, following in zip(tiers, [*tiers[1:], None], strict=True):
        stretch = content[tier.end() : following.start() if following else len(content)]
        for match in _INTERVAL.finditer(stretch):
            words = _TAG.sub("", _UNCLEAR.sub(f" {_UNCLEAR_MARK} ", match["text"].replace('""', '"')))
            words = _BLANK_BEFORE_POINT.sub(r"\1", " ".join(words.split()))
            if words.replace(_UNCLEAR_MARK, "").strip(" .,?!"):
                found.append((float(match["start"]), tier["name"].strip().capitalize(), words))
    return found
