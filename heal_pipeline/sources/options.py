"""The options that all readers of rows share, and the form in which a reader declares its own: a class of typed fields.

An option that no class declares is an error of the profile (entries.py). Importing it is light.
"""

import codecs
import re
from typing import Annotated, Self

from pydantic import Field, field_validator

from heal_pipeline.profile import Section, SourceEntry

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""A column in a template."""


class Options(Section):
    @classmethod
    def of(cls, entry: SourceEntry) -> Self:
        """An entry's options with their types and defaults. They were checked before: see entries.py."""
        return cls.model_validate(entry.options)


Delimiter = Annotated[str, Field(min_length=1, max_length=1)]


class Join(Section):
    """Rows of CSV files whose columns are added to the rows whose column `by` is equal."""

    files: list[str]
    by: str
    delimiter: Delimiter = ","


class RowOptions(Options):
    """What every reader of rows understands: how a row becomes a record."""

    task: str | None = None
    """Goes into every record's meta."""
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Column → value → words: codes spelled out wherever the column is used."""
    join: Join | None = None
    registration: dict[str, str] = Field(default_factory=dict)
    """What is registered of the subject: field → template."""
    strip_name: tuple[str, ...] = ()
    """Beginnings and endings taken off `_file`, so that two releases of one file share their keys."""

    @classmethod
    def shared(cls, entry: SourceEntry) -> "RowOptions":
        """These options alone, without those of the entry's reader."""
        return RowOptions.model_validate({k: v for k, v in entry.options.items() if k in RowOptions.model_fields})


class FileOptions(RowOptions):
    """What every reader of files understands."""

    group_by: str | None = None
    """A pattern: files whose stems share its first group are one record."""

    @field_validator("group_by")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groups
            except re.error as error:
                raise ValueError(f"no regular expression ({error})") from None
            if not groups:
                raise ValueError('a regular expression with a group, such as "(.+)_(doctor|patient)$"')
        return value


class TextOptions(FileOptions):
    """What every reader of text understands."""

    encoding: str | None = None
    """Of all its files. None: found for each."""

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        try:
            codecs.lookup(value or "utf-8")
        except LookupError:
            raise ValueError(f"unknown encoding {value!r}") from None
        return value
