"""The Document table: its schema, its identities, its scored segments. One Arrow schema serves all sources.

Identities never depend on row order or partitioning: they are hashes of what the record is, not of where it stood.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.text.normalise import normalise

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("text", "article", "conversation", "note", "template", "instruction")
"""What a document is. Rules and packing look at the kind, never at the source's name."""

SEGMENT_SEPARATOR = "\n"
"""Stands between the segments of a document wherever its text is wanted as one string."""

SEGMENT_TYPE = pa.struct(
    [pa.field("text", pa.string(), nullable=False), pa.field("scored", pa.bool_(), nullable=False)]
)

DOCUMENT_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),  # 128-bit hex, of source and source key
        pa.field("content_id", pa.string(), nullable=False),  # 128-bit hex, of the normalised text
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),  # the day it came in, YYYY-MM-DD
        pa.field("origin_file", pa.string(), nullable=False),  # sha256 of the file it was read from
        pa.field("origin_row", pa.int64(), nullable=False),  # its record number in that file, from 0
        pa.field("num_records", pa.int32(), nullable=False),  # equal records without a key are one document
        pa.field("subject_id", pa.string(), nullable=True),  # whom it is about; keyed hash; null for public text
        pa.field("kind", pa.string(), nullable=False),
        pa.field("segments", pa.list_(SEGMENT_TYPE), nullable=False),
        pa.field("meta", pa.map_(pa.string(), pa.string()), nullable=False),
    ]
)

REGISTRATION_SCHEMA = pa.schema(
    [
        pa.field("subject_id", pa.string(), nullable=False),
        pa.field("field", pa.string(), nullable=False),  # name, mrn, phone, email, address, birth_date, ...
        pa.field("value", pa.string(), nullable=False),  # in the clear: this table never leaves the restricted zone
    ]
)

ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a document's text. `scored` says whether its tokens enter the training loss (HEAL, section 3)."""

    text: str
    scored: bool = True


@dataclass(slots=True)
class Record:
    """What a reader hands out: one record of a source file before it has identities.

    Attributes:
        segments: the text, in order.
        key: the source's own identifier; None where it has none (the record's sha256 then stands in).
        subject: whom the record is about (a record number), where the source says so. Never stored in the clear.
        kind: overrides the kind of the source's entry.
        meta: fields that the source's entry allows through.
        registration: name, numbers, birth date of the subject, for the restricted registration table.
    """

    segments: list[Segment]
    key: str | None = None
    subject: str | None = None
    kind: str | None = None
    meta: dict[str, str] = field(default_factory=dict)
    registration: dict[str, str] = field(default_factory=dict)


def _keyed_hash(parts: tuple[str, ...], secret: bytes | None) -> str:
    message = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    if secret is None:
        return hashlib.blake2b(message, digest_size=ID_BYTES).hexdigest()
    return hmac.new(secret, message, hashlib.sha256).digest()[:ID_BYTES].hex()


def doc_id(source: str, key: str, secret: bytes | None = None) -> str:
    """The identity of a document: 32 hex digits.

    Args:
        source: the source's name.
        key: the source's own key of the record, or the record's sha256 where it has none.
        secret: given for sources whose phi is not "none", so that a record number cannot be guessed back.
    """
    return _keyed_hash(("doc", source, key), secret)


def subject_id(subject: str, secret: bytes) -> str:
    """The identity of the person a record is about, the same over all sources: 32 hex digits."""
    return _keyed_hash(("subject", subject), secret)


def content_id(text: str) -> str:
    """The identity of what a text says: 32 hex digits of its normalised form. Digits count: a dose is content."""
    return hashlib.blake2b(normalise(text).encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).hexdigest()


def halves(identities: pa.Array) -> np.ndarray:
    """uint64[num, 2]: the halves of identities of 32 hexadecimal digits."""
    _, ends, text = identities.buffers()
    first, last = np.frombuffer(ends, np.int32)[[identities.offset, identities.offset + len(identities)]]
    digits = bytes.fromhex(text[first:last].to_pybytes().decode()) if last > first else b""
    found = np.frombuffer(digits, dtype=">u8").reshape(-1, 2).astype(np.uint64)
    assert len(found) == len(identities), "identities have 32 digits each, and none is missing"
    return found


def digits(high: np.ndarray, low: np.ndarray) -> pa.Array:
    """The identities of 32 hexadecimal digits whose halves they are (uint64[num] each)."""
    text = np.stack([high, low], axis=1).astype(">u8").tobytes().hex().encode()
    ends = np.arange(0, len(text) + 1, 32, dtype=np.int32)
    return pa.StringArray.from_buffers(len(high), pa.py_buffer(ends), pa.py_buffer(text))


def document_text(segments: list[Any]) -> str:
    """A document's text as one string. `segments` holds Segment objects or the dicts that Arrow gives back."""
    return SEGMENT_SEPARATOR.join(s["text"] if isinstance(s, dict) else s.text for s in segments)


def summary_frame(table: pa.Table) -> "pd.DataFrame":
    """A Document table as flat columns for expectation suites: identities, kind, sizes. It holds no text."""
    frame = table.select(["doc_id", "content_id", "source", "batch", "subject_id", "kind", "num_records"]).to_pandas()
    sizes = [np.zeros((3, 0), dtype=np.int64), *map(_sizes, _segments_of(table))]
    frame["num_chars"], frame["num_segments"], frame["num_scored"] = np.concatenate(sizes, axis=1)
    return frame


def texts_of(table: pa.Table | pa.RecordBatch) -> list[str]:
    """The text of each row of a Document table, in row order."""
    return [text for segments in _segments_of(table) for text in _joined(segments).to_pylist()]


def _segments_of(table: pa.Table | pa.RecordBatch) -> list[pa.ListArray]:
    column = table.column("segments")
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _joined(segments: pa.ListArray) -> pa.StringArray:
    """`document_text` of each row, without a Python object a segment."""
    texts = pa.ListArray.from_arrays(segments.offsets, segments.values.field("text"))
    return pc.binary_join(texts, SEGMENT_SEPARATOR)


def _sizes(segments: pa.ListArray) -> np.ndarray:
    """int64[3, num_rows]: characters of the text, segments, scored segments."""
    offsets = segments.offsets.to_numpy()
    scored = np.concatenate([[0], np.cumsum(segments.values.field("scored").to_numpy(zero_copy_only=False))])
    num_chars = pc.utf8_length(_joined(segments)).to_numpy()
    return np.stack([num_chars, np.diff(offsets), np.diff(scored[offsets])]).astype(np.int64)
