"""From a row of named columns to a Record: field mapping, templates, joined columns. The same for all readers.

A field is a column ("text"), a path into nested objects ("meta.url"), or a template ("{question}\\n{answer}"). What an
entry may say is in entries.py.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from heal_pipeline.documents import Record, Segment
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources import archives, files
from heal_pipeline.sources.options import PLACEHOLDER, RowOptions
from heal_pipeline.sources.quarantine import MissingFieldError, Unreadable


def mapped(
    rows: Iterable[dict[str, Any] | Unreadable], member: files.Member, entry: SourceEntry
) -> Iterator[Record | Unreadable]:
    """The record of each row; a row that lacks a mapped column is unreadable."""
    mapper = Mapper(entry)
    for row in rows:
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield mapper.record(row, member)
        except MissingFieldError as error:
            yield Unreadable(error.told())
        except (ValueError, TypeError, RecursionError) as error:
            yield Unreadable(type(error).__name__)


class Mapper:
    """Makes records out of rows as a source's entry says, with the options that all readers of rows share."""

    def __init__(self, entry: SourceEntry):
        self.entry = entry
        self._options = RowOptions.shared(entry)

    @cached_property
    def _joined(self) -> dict[str, dict[str, Any]]:
        from heal_pipeline.sources.readers.lines import csv_rows

        rows: dict[str, dict[str, Any]] = {}
        join = self._options.join
        if join is None:
            return rows
        for path in map(Path, join.files):
            for member in archives.members(path):
                for row in csv_rows(member, join.delimiter) if isinstance(member, files.Member) else ():
                    if isinstance(row, dict):
                        rows.setdefault(str(row.get(join.by, "")), row)
        return rows

    def record(self, row: dict[str, Any], member: files.Member) -> Record:
        """The record of a row.

        Raises:
            MissingFieldError: a mapped column is not there.
        """
        row = {**row, **self.names(member)}
        if join := self._options.join:
            extra = self._joined.get(str(self._column(row, join.by)), {})
            row = {**extra, **{k: v for k, v in row.items() if v not in (None, "")}}
        fields = self.entry.fields
        if "response" in fields:
            prompt = self.fill(fields["prompt"], row) if "prompt" in fields else ""
            segments = [Segment(prompt, scored=False)] if prompt.strip() else []
            segments.append(Segment(self.fill(fields["response"], row)))
        else:
            segments = [Segment(self.fill(fields.get("text", "text"), row))]
        return Record(
            segments,
            key=self._optional("key", row),
            subject=self._optional("subject", row),
            meta=self.meta(row),
            registration={
                name: value
                for name, template in self._options.registration.items()
                if (value := " ".join(self.fill(template, row).split()))
            },
        )

    def names(self, member: files.Member) -> dict[str, str]:
        """The columns that every member brings: `_file`, `_member`, `_path`."""
        file = member.file
        for part in self._options.strip_name:
            file = file.removeprefix(part).removesuffix(part)
        return {"_file": file, "_member": member.name, "_path": member.path}

    def meta(self, row: dict[str, Any]) -> dict[str, str]:
        """The fields of a row that the entry lets pass, as strings; empty ones are left out."""
        result = {"task": self._options.task} if self._options.task else {}
        for name in self.entry.meta:
            value = self._get(row, self.entry.fields.get(name, name))
            if value not in (None, "", [], {}):
                result[name] = str(value)
        return result

    def fill(self, field: str, row: dict[str, Any]) -> str:
        """A field's value as text.

        Raises:
            MissingFieldError: a column is not there.
        """
        value = self._get(row, field)
        if value is None and "{" not in field and not self._present(row, field):
            raise MissingFieldError(field)
        return "" if value is None else str(value)

    def _optional(self, name: str, row: dict[str, Any]) -> str | None:
        field = self.entry.fields.get(name)
        if field is None:
            return None
        value = self.fill(field, row)
        if value == "":
            raise MissingFieldError(field)
        return value

    def _get(self, row: dict[str, Any], field: str) -> Any:
        if "{" not in field:
            return self._spelled(field, self._column(row, field))

        def replace(match: re.Match[str]) -> str:
            name = match.group(1)
            if not self._present(row, name):
                raise MissingFieldError(name)
            value = self._spelled(name, self._column(row, name))
            return "" if value is None else str(value)

        return PLACEHOLDER.sub(replace, field)

    def _spelled(self, name: str, value: Any) -> Any:
        return self._options.values.get(name, {}).get(value, value) if isinstance(value, str) else value

    @staticmethod
    def _column(row: dict[str, Any], name: str) -> Any:
        if name in row:
            return row[name]
        value: Any = row
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    @classmethod
    def _present(cls, row: dict[str, Any], name: str) -> bool:
        if name in row:
            return True
        head, _, tail = name.rpartition(".")
        return bool(head) and isinstance(parent := cls._column(row, head), dict) and tail in parent
