"""The public question sets: their files as items of one form. Read by decontamination and by evaluation, never trained on.

Formats, as their publishers write them, gzipped or not:
- pubmedqa: one JSON object, PMID → QUESTION, CONTEXTS, final_decision (Jin et al. 2019);
- medqa: JSON lines with question, options {A: …}, answer_idx (Jin et al. 2020; the file phrases_no_exclude_*.jsonl);
- medmcqa: JSON lines with id, question, opa … opd, cop counted from 1 (Pal et al. 2022);
- mmlu: CSV without a header: question, four options, answer letter (Hendrycks et al. 2021).
"""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heal_pipeline.errors import ProfileError, UserError
from heal_pipeline.profile import Profile

TASKS = ("pubmedqa", "medqa", "medmcqa", "mmlu")

DECISIONS = ("yes", "no", "maybe")
"""The options of PubMedQA."""

LETTERS = tuple("ABCDEFGHIJ")
"""Of the options, in their order; a question with more options is refused."""


class EvaluationSetError(UserError):
    """A question set's file is not there, or does not have its publisher's form."""


@dataclass(frozen=True)
class Item:
    """A question with one right answer.

    Attributes:
        task: one of TASKS.
        item_id: unique in its task: the publisher's own id, else the file's stem and the row, counted from 0.
        context: what the question is to be answered from; "" where it stands alone.
        options: the choices, in the publisher's order.
        answer: index of the right one.
        passage_texts: the context in its parts (the sections of an abstract), empty where there is none.
    """

    task: str
    item_id: str
    question: str
    context: str
    options: tuple[str, ...]
    answer: int
    passage_texts: tuple[str, ...] = ()


def load_task(profile: Profile, task: str, limit: int | None = None) -> list[Item]:
    """The items of a task in the order of its files; [] where the profile names none or the data folder is not there.

    Args:
        profile: its `evaluation.benchmarks` names files below its data folder.
        task: one of TASKS.
        limit: at most so many: those that come first by a hash of the profile's seed and the item. A larger limit holds
            the smaller one's items.

    Raises:
        EvaluationSetError: a file is missing or has another form.
    """
    if absent(profile, task):
        return []
    folder = profile.data_folder()
    items = [item for name in profile.evaluation.benchmarks[task] for item in read_items(task, folder / name)]
    if limit is None or limit >= len(items):
        return items
    chosen = set(sorted(range(len(items)), key=lambda i: _rank(profile.seed, items[i]))[:limit])
    return [item for i, item in enumerate(items) if i in chosen]


def load_all(profile: Profile) -> list[Item]:
    """All items of all tasks, without a limit: what decontamination looks for."""
    return [item for task in TASKS for item in load_task(profile, task)]


def check_files(profile: Profile) -> None:
    """Looks whether the files that the profile names are there, without reading them.

    Raises:
        EvaluationSetError: one is not, or a task is unknown.
    """
    for task, names in profile.evaluation.benchmarks.items():
        if not absent(profile, task):
            for name in names:
                if not (path := profile.data_folder() / name).is_file():
                    raise _missing(path, task)


def absent(profile: Profile, task: str) -> str:
    """Why a task has no items and what to do about it; "" where it has files to read."""
    _require_task(task)
    if not profile.evaluation.benchmarks.get(task):
        return f"the profile {profile.name!r} names no files for {task}: put them under evaluation.benchmarks"
    try:
        profile.data_folder()
    except ProfileError as error:
        return str(error)
    return ""


def read_items(task: str, path: Path) -> list[Item]:
    """The items of one file.

    Raises:
        EvaluationSetError: it is missing or has another form; the message names file and row.
    """
    _require_task(task)
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise _missing(path, task) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise EvaluationSetError(f"the file {path} of {task} cannot be read: {type(error).__name__}") from None
    items: list[Item] = []
    try:
        items.extend(READERS[task](text, path.name.split(".")[0]))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, csv.Error) as error:
        raise EvaluationSetError(
            f"the file {path} is not in the form of {task} after {len(items)} items ({type(error).__name__}): see docs/sources.md"
        ) from None
    if any(len(item.options) > len(LETTERS) for item in items):
        raise EvaluationSetError(f"the file {path} of {task} has a question of more than {len(LETTERS)} options")
    if not items:
        raise EvaluationSetError(f"the file {path} of {task} holds no item: see docs/sources.md for its form")
    return items


def _missing(path: Path, task: str) -> EvaluationSetError:
    return EvaluationSetError(f"the file {path} of {task} is not there: put it there, or mend evaluation.benchmarks")


def _require_task(task: str) -> None:
    if task not in TASKS:
        raise EvaluationSetError(f"there is no task {task!r}: give one of {', '.join(TASKS)}")


def _rank(seed: int, item: Item) -> str:
    return hashlib.blake2b(f"{seed}:{item.task}:{item.item_id}".encode(), digest_size=16).hexdigest()


def _pubmedqa(text: str, stem: str) -> Iterator[Item]:
    for pmid, record in json.loads(text).items():
        passages = tuple(record["CONTEXTS"])
        answer = DECISIONS.index(record["final_decision"])
        yield Item("pubmedqa", pmid, record["QUESTION"], "\n".join(passages), DECISIONS, answer, passages)


def _medqa(text: str, stem: str) -> Iterator[Item]:
    for row, record in enumerate(_json_lines(text)):
        letters = sorted(record["options"])
        options = tuple(record["options"][letter] for letter in letters)
        answer = letters.index(record["answer_idx"])
        yield Item("medqa", f"{stem}:{row}", record["question"], "", options, answer)


def _medmcqa(text: str, stem: str) -> Iterator[Item]:
    for record in _json_lines(text):
        options = tuple(str(record[f"op{letter}"]) for letter in "abcd")
        yield Item("medmcqa", record["id"], record["question"], "", options, (1, 2, 3, 4).index(int(record["cop"])))


def _mmlu(text: str, stem: str) -> Iterator[Item]:
    for row, (question, *options, letter) in enumerate(csv.reader(io.StringIO(text, newline=""))):
        answer = LETTERS[: len(options)].index(letter.strip())
        yield Item("mmlu", f"{stem}:{row}", question, "", tuple(options), answer)


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in text.split("\n") if line.strip())


READERS: dict[str, Callable[[str, str], Iterator[Item]]] = {
    "pubmedqa": _pubmedqa,
    "medqa": _medqa,
    "medmcqa": _medmcqa,
    "mmlu": _mmlu,
}
"""A file's text and its stem → its items."""
