"""Texts with known pairs, on which the finding of duplicates is judged: gold pairs of open data, and planted copies."""

import csv
import gzip
import json
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

GOLD, CITATIONS = "neardup-gold/pairs.jsonl.gz", "citation-dedup"
KEYS = ("ID", "id", "encounter_id")
"""The columns in which the publishers of the dialogues name a row."""

SEED = 0
_DRUGS = ("metoprolol", "lisinopril", "warfarin", "digoxin", "furosemide", "prednisone", "insulin glargine")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_DOSE = re.compile(r"\d+(?= mg)")


@dataclass(frozen=True)
class DuplicateSet:
    """Texts, and pairs of them, by their places, that are copies of one another in some degree."""

    name: str
    texts: list[str]
    pairs: list[tuple[int, int]]


def gold_dialogues(folder: Path) -> DuplicateSet:
    """Dialogues that the publishers' identifiers join: two transcripts or releases of one, or a back-translation."""
    with gzip.open(folder / GOLD, "rt", encoding="utf-8") as stream:
        gold = [json.loads(line) for line in stream]
    wanted: dict[str, set[str]] = defaultdict(set)
    for pair in gold:
        for side in "ab":
            wanted[pair[f"file_{side}"]].add(pair[f"id_{side}"])
    texts: list[str] = []
    places: dict[tuple[str, str], int] = {}
    for name, ids in sorted(wanted.items()):
        for row in _csv_rows(folder / name):
            key = next(row[column] for column in KEYS if column in row)
            if key in ids and (name, key) not in places:
                places[name, key] = len(texts)
                texts.append(row["dialogue"])
    pairs = {tuple(sorted(places[pair[f"file_{side}"], pair[f"id_{side}"]] for side in "ab")) for pair in gold}
    return DuplicateSet("gold dialogues", texts, sorted(pairs))  # type: ignore[arg-type]


def gold_citations(folder: Path) -> DuplicateSet:
    """Records of papers, all fields in one line, and the groups that are one paper."""
    texts: list[str] = []
    pairs: list[tuple[int, int]] = []
    for records in sorted((folder / CITATIONS).glob("*/records_pre_merged.csv.gz")):
        places = {}
        for row in _csv_rows(records):
            places[row.pop("ID")] = len(texts)
            texts.append(" ".join(value for value in row.values() if value))
        for row in _csv_rows(records.with_name("merged_record_ids.csv")):
            pairs += combinations(sorted(places[key] for key in row["merged_ids"].split(";")), 2)
    return DuplicateSet("citations", texts, pairs)


def _csv_rows(path: Path) -> list[dict[str, str]]:
    opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="")
    with opened as stream:
        return list(csv.DictReader(stream))


def planted(bases: Sequence[str]) -> DuplicateSet:
    """Each text, with a list of drugs in it, and one copy for each way in which copies come to differ, in a random degree.

    Known are all pairs of a text and its copies, however far these have moved from each other.
    """
    rng = random.Random(SEED)
    texts: list[str] = []
    pairs: list[tuple[int, int]] = []
    for base in bases:
        sentences = _SENTENCE_END.split(base)
        drugs = ", ".join(f"{drug} {rng.choice((5, 10, 25, 50, 100))} mg" for drug in rng.sample(_DRUGS, 3))
        sentences.insert(rng.randrange(len(sentences) + 1), f"Current medication: {drugs}.")
        first = len(texts)
        texts += [" ".join(sentences), *(change(sentences, rng) for change in CHANGES.values())]
        pairs += combinations(range(first, len(texts)), 2)
    return DuplicateSet("planted copies", texts, pairs)


def _edited(sentences: list[str], rng: random.Random) -> str:
    words = " ".join(sentences).split()
    for place in rng.sample(range(len(words)), int(len(words) * rng.uniform(0, 0.06))):
        words[place] = rng.choice(words)
    return " ".join(words)


def _shortened(sentences: list[str], rng: random.Random) -> str:
    kept = rng.sample(range(len(sentences)), max(1, round(len(sentences) * rng.uniform(0.6, 1))))
    return " ".join(sentences[i] for i in sorted(kept))


def _shuffled(sentences: list[str], rng: random.Random) -> str:
    moved = list(sentences)
    for _ in range(rng.randint(1, len(sentences))):
        i, j = rng.randrange(len(moved)), rng.randrange(len(moved))
        moved[i], moved[j] = moved[j], moved[i]
    return " ".join(moved)


def _with_other_doses(sentences: list[str], rng: random.Random) -> str:
    return _DOSE.sub(lambda dose: str(int(dose.group()) * rng.choice((2, 3, 4))), " ".join(sentences))


def _in_another_form(sentences: list[str], rng: random.Random) -> str:
    """Other line ends, case and normal form: the same words."""
    text = rng.choice(("\r\n", "\n\n", "\t")).join(sentences)
    return unicodedata.normalize(rng.choice(("NFC", "NFD")), rng.choice((str, str.upper))(text))


CHANGES: dict[str, Callable[[list[str], random.Random], Any]] = {
    "edited": _edited,
    "shortened": _shortened,
    "shuffled": _shuffled,
    "other doses": _with_other_doses,
    "another form": _in_another_form,
}


def pairs_changed_by(planted: DuplicateSet, change: str) -> list[tuple[int, int]]:
    """Of planted copies, the pairs of a text and its copy by one change."""
    copy = 1 + list(CHANGES).index(change)
    return [(first, first + copy) for first in range(0, len(planted.texts), 1 + len(CHANGES))]
