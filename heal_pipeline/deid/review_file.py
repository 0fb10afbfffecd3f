"""The file that people fill in: JSON lines, one for each document of the review queue. Written, read and judged here.

A line is {"doc_id", "source", "day", "drawn", "risk", "text", "missed", "remarks"}. A person fills in `missed`, the number
of identifiers that are left in `text`, and `remarks`; everything else must come back as it was given out.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heal_pipeline.deid.review import queues, source_of, verdicts
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import withdrawn

FIELDS = ("doc_id", "source", "day", "drawn", "risk", "text", "missed", "remarks")


def lines(
    lake: Lake, profile: Profile, source: str | None = None, day: str | None = None, pending: bool = False
) -> list[dict[str, Any]]:
    """The lines of the present queues, with the verdicts that are there.

    Of each source and day the random sample comes first, in its seeded order, so that a reader who stops early has still
    read a uniform sample; the others follow by their risk. Documents that were withdrawn are not given out.

    Args:
        source, day: None means all.
        pending: only documents without a verdict.

    Raises:
        UserError: there is no such source or day, or no queue.
    """
    found = [
        row
        for table, queued in queues(lake, profile)
        if queued and source in (None, source_of(table)) and day in (None, table.day)
        for row in _in_order(queued.read().to_pylist())
    ]
    if not found:
        wanted = " of the source and day that were asked for" if source or day else ""
        raise UserError(f"there is no review queue{wanted}: `heal status` shows what is there, `heal run` makes it")
    said, gone = verdicts(lake), withdrawn(lake)
    made = [(row, said.get((row["doc_id"], row["text_id"]))) for row in found if row["doc_id"] not in gone]
    return [_line(row, verdict) for row, verdict in made if not (pending and verdict)]


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda r: (not r["at_random"], r["place"] if r["at_random"] else -r["risk"], r["place"]))


def _line(row: dict[str, Any], verdict: dict[str, Any] | None) -> dict[str, Any]:
    drawn = [name for name, is_so in (("random", row["at_random"]), ("risk", row["by_risk"])) if is_so]
    return {
        "doc_id": row["doc_id"], "source": row["source"], "day": row["batch"], "drawn": drawn,
        "risk": round(row["risk"], 4), "text": row["text"],
        "missed": verdict["missed"] if verdict else None, "remarks": verdict["remarks"] if verdict else "",
    }  # fmt: skip


def write_new(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes lines to a new file that only its owner can read.

    Raises:
        UserError: something is there already, or the place cannot be written to.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UserError(f"{path} is there already, and may hold answers: give another --out") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}): give another --out") from None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def replace(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes lines over a file of them: whatever happens, the old or the new one is there, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    write_new(temporary, rows)
    temporary.replace(path)


class ReviewFile:
    """A filled-in file, checked against the present queues.

    Attributes:
        rows: its lines, as they stand there, without those that are wrong.
        verdicts: of the lines with an answer, rows of VERDICT_SCHEMA.
        problems: a sentence for each line that is wrong: its number and why, never what stands in it.

    Raises:
        UserError: the file cannot be read.
    """

    def __init__(self, lake: Lake, profile: Profile, path: Path):
        self.rows: list[dict[str, Any]] = []
        self.verdicts: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self._known = {
            row["doc_id"]: row for _, queued in queues(lake, profile) if queued for row in queued.read().to_pylist()
        }
        self._seen: dict[str, int] = {}
        for number, line in _numbered(path):
            try:
                self._take(line, number)
            except ValueError as error:
                self.problems.append(f"line {number}: {error}")
        if not self.rows and not self.problems:
            self.problems.append("it holds no line")

    def _take(self, line: bytes, number: int) -> None:
        """Adds a line. Raises ValueError with what is wrong with it, in words of this module alone."""
        row = _parsed(line)
        known = self._known.get(row["doc_id"])
        if known is None:
            raise ValueError("no document of the present queues: its day was made anew since, or the home is another")
        first = self._seen.setdefault(row["doc_id"], number)
        if first != number:
            raise ValueError(f"the document of line {first} again")
        if (row["source"], row["day"], row["text"]) != (known["source"], known["batch"], known["text"]):
            raise ValueError("source, day or text are not as they were given out: export it anew")
        missed, remarks = row["missed"], row["remarks"]
        if missed is not None and (type(missed) is not int or not 0 <= missed < 2**31):
            raise ValueError("`missed` is neither null nor a whole number from 0 up")
        if not isinstance(remarks, str):
            raise ValueError("`remarks` is no string")
        if missed is None and remarks.strip():
            raise ValueError("there are remarks, and `missed` is null: give the number, 0 where nothing was missed")
        self.rows.append(row)
        if missed is not None:
            kept = {name: known[name] for name in ("doc_id", "text_id", "source", "batch")}
            self.verdicts.append({**kept, "missed": missed, "remarks": remarks.strip()})


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give a file that `heal review export` wrote"
        ) from None
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(row, dict) or set(row) != set(FIELDS) or not isinstance(row["doc_id"], str):
        raise ValueError("not a line of `heal review export`: it must have its fields, no more and no fewer")
    return row
