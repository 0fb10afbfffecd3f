"""What an entry of a profile may say: its reader, that reader's options, fields and templates, names of meta.

A mistake is told in one line before anything is read; silently it would give empty columns, or none of the records.
"""

from collections.abc import Iterator

from pydantic import ValidationError

from heal_pipeline.errors import ProfileError
from heal_pipeline.profile import Positive, Profile, SourceEntry
from heal_pipeline.sources.options import PLACEHOLDER, Options, RowOptions

_OWN_FIELDS = frozenset({"text", "prompt", "response", "key", "subject"})
_NAMES_OF_FILES = frozenset({"_file", "_member", "_path"})


class ClinicOptions(Options):
    stream: str | None = None
    """The stream of the synthetic clinic. None: the source's name."""


class HubOptions(RowOptions):
    """A data set of the Hugging Face hub, or local files through a builder of its library."""

    path: str
    """A hub id, or "json", "parquet", "csv", "text" with `location` naming local files."""
    config: str | None = None
    split: str = "train"
    revision: str | None = None
    shards: Positive | None = None
    """Read this many of its file shards at most."""
    first: Positive | None = None
    """Records of a shard at most."""


FILELESS_READERS: dict[str, type[Options]] = {"clinic": ClinicOptions, "huggingface": HubOptions}


def check_entries(profile: Profile) -> None:
    """Checks every source of a profile. Reads no file.

    Raises:
        ProfileError: the first mistake, with its remedy.
    """
    for entry in profile.sources:
        check_entry(entry)


def check_entry(entry: SourceEntry) -> None:
    """Checks a source's entry against its reader. Reads no file.

    Raises:
        ProfileError: the first mistake, with its remedy.
    """
    problem = next(_problems(entry), None)
    if problem:
        raise ProfileError(f"the source {entry.name}: {problem}; docs/sources.md shows the form of an entry")


def _problems(entry: SourceEntry) -> Iterator[str]:
    from heal_pipeline.sources.readers import READERS

    reader = READERS.get(entry.reader)
    options = reader.options if reader else FILELESS_READERS.get(entry.reader)
    if options is None:
        known = ", ".join(sorted((*READERS, *FILELESS_READERS)))
        yield f"the reader {entry.reader!r} is unknown: give one of {known}"
        return
    yield from _problems_of_options(entry, options)
    yield from _problems_of_domains_and_people(entry)
    if entry.reader == "clinic":
        useless = [n for n in ("location", "fields") if getattr(entry, n)]
        if useless:
            yield f"`{useless[0]}` does nothing with the reader clinic: take it out"
        return
    yield from _problems_of_fields(entry)
    columns = reader.columns if reader else None
    if columns is not None and not entry.options.get("join"):
        yield from _problems_of_columns(entry, columns | _NAMES_OF_FILES)


def _problems_of_options(entry: SourceEntry, options: type[Options]) -> Iterator[str]:
    try:
        options.of(entry)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        known = ", ".join(sorted(options.model_fields))
        if first["type"] == "extra_forbidden":
            yield f"options.{key} is unknown to the reader {entry.reader}: it knows {known}"
        else:
            yield f"options.{key}: {first['msg'].removeprefix('Value error, ')}"


def _problems_of_domains_and_people(entry: SourceEntry) -> Iterator[str]:
    if entry.has_domain_rules and "url" not in entry.meta:
        yield "domain rules without addresses: put `url` under `meta` (and under `fields`, where its reader needs it)"
    for place, names_people in (
        ("fields.subject", "subject" in entry.fields),
        ("options.registration", "registration" in entry.options),
    ):
        if names_people and not entry.restricted:
            yield f"{place} names people, but `phi` is none: set it to possible or contains, or take {place} out"


def _problems_of_fields(entry: SourceEntry) -> Iterator[str]:
    fields = entry.fields
    if "prompt" in fields and "response" not in fields:
        yield "fields.prompt without fields.response: an instruction has both"
    if "text" in fields and "response" in fields:
        yield "fields.text does nothing beside fields.response: give one of them"
    for name in sorted(fields.keys() - _OWN_FIELDS - set(entry.meta)):
        yield f"fields.{name} does nothing: list {name!r} under `meta`, or take it out"
    for name, template in _templates(entry):
        rest = PLACEHOLDER.sub("", template)
        if not template or "{" in rest or "}" in rest:
            yield f'{name}: {template!r} is neither a column nor a template such as "{{_file}}:{{id}}"'
    repeated = {n for n in entry.meta if entry.meta.count(n) > 1}
    if repeated:
        yield f"meta names {sorted(repeated)[0]!r} twice"


def _problems_of_columns(entry: SourceEntry, columns: frozenset[str]) -> Iterator[str]:
    for name, template in _templates(entry):
        for column in PLACEHOLDER.findall(template) if "{" in template else [template]:
            if column not in columns:
                yield f"{name}: the reader {entry.reader} has no column {column!r}, but {', '.join(sorted(columns))}"
    for column in sorted(entry.options.get("values", {}).keys() - columns):
        yield f"options.values: the reader {entry.reader} has no column {column!r}, but {', '.join(sorted(columns))}"


def _templates(entry: SourceEntry) -> list[tuple[str, str]]:
    """(where it stands, template) of all that names columns."""
    meta = {name: entry.fields.get(name, name) for name in entry.meta}
    return [
        *((f"fields.{name}", template) for name, template in entry.fields.items()),
        *((f"meta.{name}", template) for name, template in meta.items() if name not in entry.fields),
        *((f"options.registration.{n}", t) for n, t in entry.options.get("registration", {}).items()),
    ]
