"""What a shard is: the files of its folder, and the header that says how to read them.

Rows have exactly `max_length` tokens, all of one source:

    shard.json       scheme, sizes, tokenizer, digests: written last
    tokens.bin       uint16 or uint32 [num_rows, max_length], row after row
    mask.bin         uint8 [num_rows, ceil(max_length / 8)]: a bit a token, set where it is scored
    offsets.bin      int64 [num_rows + 1]: where the spans of a row begin in ends.bin
    ends.bin         uint32 [num_spans]: the token of the row at which each span ends; what follows the last is padding
    spans.parquet    row, start, length, doc_id, first_sentence, num_sentences: whose tokens a span holds. Sentences have their
                     numbers in the text; those that the release leaves out are counted and not there
"""

from dataclasses import asdict, dataclass, field

import numpy as np

from heal_pipeline.fingerprint import fingerprint_json

SCHEME = "shard/v2"
TRAINING, VALIDATION = "cleared/shards", "cleared/validation"
HEADER, TOKENS, MASK, OFFSETS, ENDS, SPANS = (
    "shard.json",
    "tokens.bin",
    "mask.bin",
    "offsets.bin",
    "ends.bin",
    "spans.parquet",
)
MAX_SHORT_VOCABULARY = 2**16


def artifact_name(purpose: str, release: str, source: str) -> str:
    """Where a source's rows are, below the home. `purpose` is TRAINING or VALIDATION."""
    return f"{purpose}/{release}/{source}"


def token_type(vocabulary: int) -> np.dtype:
    """The type of a token on disk: two bytes where the vocabulary allows."""
    return np.dtype(np.uint16 if vocabulary <= MAX_SHORT_VOCABULARY else np.uint32)


def mask_bytes(max_length: int) -> int:
    return -(-max_length // 8)


@dataclass(frozen=True)
class Header:
    """What shard.json holds.

    Attributes:
        vocabulary: number of token ids; every token is below it.
        num_tokens: without padding.
        tokenizer: fingerprint of the tokenizer that gave the ids.
        digests: of each binary file (`Shard.digests`), and of these values under HEADER.
    """

    scheme: str
    vocabulary: int
    num_rows: int
    max_length: int
    num_spans: int
    num_tokens: int
    pad_id: int
    tokenizer: str
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def dtype(self) -> np.dtype:
        return token_type(self.vocabulary)

    def digest(self) -> str:
        """16 hex digits of the values, the digests left out."""
        return fingerprint_json({k: v for k, v in asdict(self).items() if k != "digests"})

    def sizes(self) -> dict[str, int]:
        """Bytes of each binary file."""
        return {
            TOKENS: self.num_rows * self.max_length * self.dtype.itemsize,
            MASK: self.num_rows * mask_bytes(self.max_length),
            OFFSETS: (self.num_rows + 1) * 8,
            ENDS: self.num_spans * 4,
        }
