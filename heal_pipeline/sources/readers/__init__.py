"""Readers: from the bytes of a member to records. One module a family of formats; READERS names them all.

A reader is a generator. For a record that it cannot read it yields Unreadable and goes on; where it raises, the member
ends there. Readers neither clean text nor make identities.
"""

from collections.abc import Callable, Iterator

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.readers import captions, dialogue, lines, markup, pubtator, web
from heal_pipeline.sources.records import Unreadable

Reader = Callable[[Member, SourceEntry], Iterator[Record | Unreadable]]

READERS: dict[str, Reader] = {
    "jsonl": lines.jsonl,
    "json": lines.json_records,
    "csv": lines.csv_records,
    "parquet": lines.parquet,
    "medquad": markup.medquad,
    "jats": markup.jats,
    "markdown": markup.markdown,
    "warc": web.warc,
    "text": dialogue.text,
    "textgrid": dialogue.textgrid,
    "captions": captions.captions,
    "pubtator": pubtator.pubtator,
}
"""Readers of files. "huggingface" and "clinic" are not among them: they read no files (see units.py)."""

KEEPS_COMPRESSION = frozenset({"warc"})
"""Readers of formats that bring their own compression."""
