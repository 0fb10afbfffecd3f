"""Readers: from the bytes of a member to records. One module a family of formats; READERS names them all.

A reader is a generator. For a record that it cannot read it yields Unreadable and goes on; where it raises, the member
ends there. Readers neither clean text nor make identities. Beside each stand the options and columns that an entry may
name; the packages that it needs are imported when it reads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.options import FileOptions, Options, TextOptions
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.readers import captions, dialogue, json_documents, lines, markup, pubtator, tables, web


@dataclass(frozen=True)
class Reader:
    """A reader of files, and what an entry may say to it.

    Attributes:
        read: (member, entry) → its records.
        options: the class of its options.
        columns: what its rows have, beside `_file`, `_member` and `_path`; None: what the file says.
    """

    read: Callable[[Member, SourceEntry], Iterator[Record | Unreadable]]
    options: type[Options]
    columns: frozenset[str] | None = None


def _columns(names: str) -> frozenset[str]:
    return frozenset(names.split())


READERS: dict[str, Reader] = {
    "jsonl": Reader(lines.jsonl, TextOptions),
    "json": Reader(json_documents.json_records, json_documents.JsonOptions),
    "csv": Reader(lines.csv_records, lines.CsvOptions),
    "parquet": Reader(tables.parquet, FileOptions),
    "xlsx": Reader(tables.xlsx, tables.XlsxOptions),
    "medquad": Reader(
        markup.medquad, markup.MedquadOptions, _columns("text url publisher focus question answer qtype _index")
    ),
    "jats": Reader(markup.jats, FileOptions, _columns("text title journal year doi pmid")),
    "markdown": Reader(markup.markdown, TextOptions),
    "warc": Reader(web.warc, FileOptions, _columns("text title url domain date record_id")),
    "text": Reader(dialogue.text, dialogue.TranscriptOptions, _columns("text")),
    "textgrid": Reader(dialogue.textgrid, TextOptions, _columns("text")),
    "captions": Reader(captions.captions, TextOptions, _columns("text")),
    "pubtator": Reader(pubtator.pubtator, TextOptions, _columns("pmid title abstract text")),
}
"""Readers of files. "huggingface" and "clinic" are not among them: they read no files (see units.py)."""
