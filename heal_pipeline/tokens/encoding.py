"""Documents to tokens: ids, the loss mask, where sentences begin. For a batch of documents at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.documents import SEGMENT_SEPARATOR, texts_of
from heal_pipeline.text.sentence_hashes import hash_sentences
from heal_pipeline.text.sentences import sentence_spans
from heal_pipeline.tokens.encoder import Encoder, Tokens


@dataclass(frozen=True)
class EncodedDocument:
    """A document in tokens: ids int32[n], scored bool[n], and of each sentence sentence_starts (its first token),
    sentence_characters, sentence_words int32[num_sentences] and sentence_hashes int64[num_sentences]."""

    tokens: np.ndarray
    scored: np.ndarray
    sentence_starts: np.ndarray
    sentence_characters: np.ndarray
    sentence_words: np.ndarray
    sentence_hashes: np.ndarray


@dataclass(frozen=True)
class EncodedBatch:
    """Documents one after the other; each is a run of the arrays.

    Attributes:
        documents: what `EncodedDocument` holds, of all of them.
        token_bounds, sentence_bounds: int64[num_documents + 1], where the run of each begins, and the last ends.
    """

    documents: EncodedDocument
    token_bounds: np.ndarray
    sentence_bounds: np.ndarray

    def __iter__(self) -> Iterator[EncodedDocument]:
        all_ = self.documents
        for i in range(len(self.token_bounds) - 1):
            tokens = slice(*self.token_bounds[i : i + 2])
            own = slice(*self.sentence_bounds[i : i + 2])
            yield EncodedDocument(
                all_.tokens[tokens], all_.scored[tokens], all_.sentence_starts[own],
                all_.sentence_characters[own], all_.sentence_words[own], all_.sentence_hashes[own],
            )  # fmt: skip


def encode(encoder: Encoder, documents: pa.RecordBatch, bos: int | None, eos: int | None) -> EncodedBatch:
    """Encodes documents.

    A token belongs to the segment of its first character, a separator to the segment before it. BOS is given, never
    predicted; EOS is what ends the last segment, so that a model learns to stop. A sentence begins with the token that
    holds its first character, since a token often takes the blank before its word along.

    Args:
        documents: with the column `segments` of the Document table.
        bos, eos: ids that stand before and after each document; None: nothing does.
    """
    texts, segments = texts_of(documents), documents.column("segments")
    found = encoder.encode(texts)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + (np.diff(segments.offsets.to_numpy()) > 0)
    places = np.cumsum(lengths) - lengths  # of each text, where all stand in a row
    token_bounds, tokens, scored = _framed(found, *_mask(found, segments, places), bos, eos)
    spans = [sentence_spans(text) for text in texts]
    bounds = np.concatenate([[0], np.cumsum(np.fromiter(map(len, spans), np.int64, len(spans)))])
    sentences = np.array([span for own in spans for span in own], dtype=np.int64).reshape(-1, 2)
    hashes, num_words = hash_sentences(
        [text[start:end] for text, own in zip(texts, spans, strict=True) for start, end in own]
    )
    first = _first_tokens(found, sentences[:, 0], bounds, places)
    first = np.where(np.isin(np.arange(len(first)), bounds[:-1]), 0, first + (bos is not None))
    whole = EncodedDocument(
        tokens=tokens,
        scored=scored,
        sentence_starts=first.astype(np.int32),
        sentence_characters=(sentences[:, 1] - sentences[:, 0]).astype(np.int32),
        sentence_words=num_words.astype(np.int32),
        sentence_hashes=hashes.view(np.int64),
    )
    return EncodedBatch(whole, token_bounds, bounds)


def _framed(
    found: Tokens, scored: np.ndarray, last_scored: np.ndarray, bos: int | None, eos: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounds of the documents, ids and mask with BOS and EOS around each."""
    before, after = int(bos is not None), int(eos is not None)
    bounds = np.concatenate([[0], np.cumsum(found.num + before + after)])
    inside = np.arange(len(found.ids)) + np.repeat(before + np.arange(len(found.num)) * (before + after), found.num)
    ids, mask = np.empty(bounds[-1], dtype=np.int32), np.zeros(bounds[-1], dtype=bool)
    ids[inside], mask[inside] = found.ids, scored
    if bos is not None:
        ids[bounds[:-1]] = bos
    if eos is not None:
        ids[bounds[1:] - 1], mask[bounds[1:] - 1] = eos, last_scored
    return bounds, ids, mask


def _first_tokens(found: Tokens, starts: np.ndarray, bounds: np.ndarray, places: np.ndarray) -> np.ndarray:
    """int64[num_sentences]: the token of its document that holds the first character of each sentence."""
    num_sentences = np.diff(bounds)
    ends = found.ends + np.repeat(places, found.num)
    first = np.searchsorted(ends, starts + np.repeat(places, num_sentences), side="right")
    return first - np.repeat(np.cumsum(found.num) - found.num, num_sentences)


def _mask(found: Tokens, segments: pa.ListArray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """bool[num_tokens]: is the segment of a token scored; and bool[num_documents]: is each document's last one."""
    offsets = segments.offsets.to_numpy().astype(np.int64)
    values = segments.values.slice(offsets[0], offsets[-1] - offsets[0])
    flags = values.field("scored").to_numpy(zero_copy_only=False)
    lengths = pc.utf8_length(values.field("text")).to_numpy().astype(np.int64) + len(SEGMENT_SEPARATOR)
    first = np.concatenate([[0], np.cumsum(lengths)])[:-1]  # where each segment begins, all texts in a row
    segment_of = np.searchsorted(first, found.starts + np.repeat(places, found.num), side="right") - 1
    ends = offsets[1:] - offsets[0]
    last_scored = np.zeros(len(segments), dtype=bool)
    filled = np.diff(offsets) > 0
    last_scored[filled] = flags[ends[filled] - 1]
    return flags[segment_of] if len(flags) else np.zeros(len(found.ids), dtype=bool), last_scored
