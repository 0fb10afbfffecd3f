"""A home whose documents have tokens: what the tests of releases, packing and phases start from. No Spark, no text."""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from tokenizers import Tokenizer, models

from heal_pipeline import artifacts, packing, releases, repeated_sentences, vocabulary
from heal_pipeline.documents import DOCUMENT_SCHEMA
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import DUPLICATE, SURVIVOR_SCHEMA
from heal_pipeline.tokens.encoder import Encoder
from heal_pipeline.tokens.encoding import EncodedDocument, encode
from heal_pipeline.tokens.stage import TOKENIZED_SCHEMA

DAYS = ["2026-01-05", "2026-01-06"]
ENTRY = {"reader": "jsonl", "licence": "CC0-1.0", "owner": "team:x"}
SOURCES = [
    {**ENTRY, "name": "web", "group": "non_medical_public", "kind": "text"},
    {**ENTRY, "name": "papers", "group": "medical_public", "kind": "article"},
    {**ENTRY, "name": "notes", "group": "medical_proprietary", "kind": "note", "phi": "contains"},
    {**ENTRY, "name": "tasks", "group": "medical_proprietary", "kind": "instruction", "phi": "contains"},
]
SETTINGS = {
    "name": "tokens",
    "synthetic": True,
    "days": DAYS,
    "sources": SOURCES,
    "packing": {"max_length": 64, "validation_share": 0.1, "validation_minimum": 3, "window_documents": 50},
    "phases": {"tokens_per_phase": 6000},
    "training": {"rows_per_step": 8},
    "ablation": {"subsets": {"medical": ["medical_public", "medical_proprietary"]}, "tokens": 3000},
}


def encoded(
    encoder: Encoder, documents: list[list[dict]], bos: int | None = None, eos: int | None = None
) -> list[EncodedDocument]:
    """Documents, given as their segments, in tokens."""
    batch = pa.RecordBatch.from_pylist(
        [{"segments": s} for s in documents], schema=pa.schema([DOCUMENT_SCHEMA.field("segments")])
    )
    return list(encode(encoder, batch, bos, eos))


NOTHING: Mapping[str, str] = MappingProxyType({})


def identity(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def passed(suite: str, frame: object) -> Verdict:
    return Verdict(suite, True)


class TokenHome:
    """Four sources on two days; notes and instructions are about the same people."""

    def __init__(self, lake: Lake, documents: int = 120, **settings: object) -> None:
        self.lake = lake
        self.profile = Profile.model_validate({**SETTINGS, **settings})
        self.make_tokenizer()
        rng = np.random.default_rng(5)
        self.rows = [self._row(rng, source["name"], i) for source in SOURCES for i in range(documents)]
        self.tokenize(self.rows)
        self.survive(self.rows)

    def _row(self, rng: np.random.Generator, source: str, i: int) -> dict:
        sentences = rng.integers(3, 14, size=int(rng.integers(1, 14)))
        num_tokens = int(sentences.sum())
        prompt = num_tokens // 3 if source == "tasks" else 0
        own = identity(f"{source}{i}")
        return {
            "doc_id": own,
            "source": source,
            "kind": next(s["kind"] for s in SOURCES if s["name"] == source),
            "unit": identity(f"person{i % 40}") if source in ("notes", "tasks") else own,
            "num_tokens": num_tokens,
            "num_characters": 4 * num_tokens,
            "tokens": rng.integers(3, 300, size=num_tokens).tolist(),
            "scored": [n >= prompt for n in range(num_tokens)],
            "sentence_starts": [0, *np.cumsum(sentences)[:-1].tolist()],
            "sentence_characters": (4 * sentences).tolist(),
            "sentence_words": sentences.tolist(),
            "sentence_hashes": rng.integers(2**63, size=len(sentences)).tolist(),
            "day": DAYS[i % 2],
        }

    def make_tokenizer(self, vocabulary_size: int = 300) -> None:
        tokens = ["<s>", "</s>", "<pad>"]
        vocab = {t: i for i, t in enumerate([*tokens, *(f"w{i}" for i in range(vocabulary_size - 3))])}
        fast = Tokenizer(models.BPE(vocab, []))
        fast.add_special_tokens(tokens)
        names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
        with artifacts.stage(self.lake, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
            fast.save(str(staged.path / "tokenizer.json"))
            (staged.path / "tokenizer_config.json").write_text(json.dumps(names))
            staged.commit()

    def tokenize(self, rows: list[dict], days: list[str] = DAYS, scheme: str | None = None) -> None:
        scheme = scheme or vocabulary.read(self.lake).scheme(self.profile.tokenizer)
        for day in days:
            with self.lake.stage(self.lake.table("tokenized", day), scheme=scheme) as staged:
                mine = [{k: v for k, v in r.items() if k != "day"} for r in rows if r["day"] == day]
                staged.write(pa.Table.from_pylist(mine, TOKENIZED_SCHEMA))
                staged.commit()

    def survive(
        self,
        rows: list[dict],
        dropped: frozenset[str] = frozenset(),
        reasons: Mapping[str, str] = NOTHING,
        clusters: Mapping[str, str] = NOTHING,
    ) -> None:
        """Decides on the rows; `dropped` ids go as duplicates, where `reasons` has no other one."""
        dropped |= frozenset(reasons)
        values = {
            "doc_id": [r["doc_id"] for r in rows],
            "source": [r["source"] for r in rows],
            "batch": [r["day"] for r in rows],
            "kept": [r["doc_id"] not in dropped for r in rows],
            "reason": [reasons.get(r["doc_id"], DUPLICATE) if r["doc_id"] in dropped else "" for r in rows],
            "evidence": [""] * len(rows),
            "cluster": [clusters.get(r["doc_id"], "") for r in rows],
        }
        with self.lake.stage(self.lake.table("survivors")) as staged:
            staged.write(pa.table(values, SURVIVOR_SCHEMA))
            staged.commit()
        self.leave_out()

    def leave_out(self) -> None:
        """Decides on repeated sentences; the sentences of this home are each its own."""
        repeated_sentences.decide(self.lake, self.profile, passed)

    def pack(self) -> "TokenHome":
        releases.cut(self.lake, self.profile)
        packing.pack(self.lake, self.profile, passed)
        packing.validation_set(self.lake, self.profile)
        return self
