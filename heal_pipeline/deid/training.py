"""The tagger's own assets: lexicon, training corpus, tagger. Each is an artifact, and a pure function of what is before it.

models/phi_lexicon          lexicon.json (the lists), sentences.json (public sentences for slot-swap)
models/phi_training_corpus  documents.jsonl: {"text", "spans": [[start, end, label], ...]} a line; lexicon.json as it was
models/phi_tagger           model.crfsuite and lexicon.json, which belong together
"""

import hashlib
import json
from pathlib import Path

from heal_pipeline import artifacts
from heal_pipeline.code_version import code_version
from heal_pipeline.deid import contexts, tagger
from heal_pipeline.deid.corpus import Generator, Labelled, usable_sentences
from heal_pipeline.deid.detectors import Detector, DetectorSpec
from heal_pipeline.deid.lexicon import Lexicon, make_lexicon, package_texts
from heal_pipeline.documents import document_text
from heal_pipeline.lake import Lake, StageResult, Table
from heal_pipeline.profile import Profile

LEXICON, CORPUS, TAGGER = "models/phi_lexicon", "models/phi_training_corpus", "models/phi_tagger"
LEXICON_SCHEME, CORPUS_SCHEME = "phi-lexicon/v3", "phi-corpus/v3"
MAX_PUBLIC_DOCUMENTS = 1000
"""Documents a public table that are read at most: those with the smallest identities, which are hashes."""
MAX_SENTENCES = 4000


def build_lexicon(lake: Lake, profile: Profile) -> StageResult:
    """Writes models/phi_lexicon from installed packages and the public filtered tables that are there.

    Records of sources that may hold PHI are never read: the lists travel with the tagger.
    """
    tables = public_tables(lake, profile)
    public = [text for table in tables for text in _some_texts(table)]
    packages = package_texts()
    lexicon = make_lexicon([*packages, *public], contexts.plain_words() | contexts.term_words(), contexts.terms())
    half = MAX_SENTENCES // 2
    sentences = usable_sentences(public, lexicon, half)
    sentences += usable_sentences(packages, lexicon, MAX_SENTENCES - len(sentences))
    inputs = {t.label: t.manifest().fingerprint for t in tables}
    with artifacts.stage(
        lake, LEXICON, inputs=inputs, code_version=code_version("phi_tagger"), scheme=LEXICON_SCHEME
    ) as staged:
        lexicon.save(staged.path)
        _write_json(staged.path / "sentences.json", sentences)
        counts = {
            "public_documents": len(public),
            "common_words": len(lexicon.common),
            "first_names": len(lexicon.first_set),
            "last_names": len(lexicon.last_set),
            "places": len(lexicon.place_set),
            "sentences": len(sentences),
        }
        manifest = staged.commit(counts)
    metadata = {**counts, "fingerprint": manifest.fingerprint}
    return StageResult("phi_lexicon", len(public), len(lexicon.common), metadata=metadata, made="common words")


def public_tables(lake: Lake, profile: Profile) -> list[Table]:
    """The committed filtered tables of sources that hold no PHI, in order of name and day."""
    tables = [
        lake.table(f"filtered/{entry.name}", day)
        for entry in sorted(profile.sources, key=lambda s: s.name)
        if not entry.restricted
        for day in lake.days(f"filtered/{entry.name}")
    ]
    return [t for t in tables if t.committed()]


def _some_texts(table: Table) -> list[str]:
    """Texts of the documents with the smallest identities: the same whatever the order of the rows."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    chosen = sorted(table.read(["doc_id"])["doc_id"].to_pylist())[:MAX_PUBLIC_DOCUMENTS]
    wanted = pc.field("doc_id").isin(pa.array(chosen, pa.string()))
    rows = ds.dataset(table.files()).to_table(["doc_id", "segments"], filter=wanted)
    return [document_text(r["segments"]) for r in rows.sort_by("doc_id").to_pylist()]


def build_training_corpus(lake: Lake, profile: Profile) -> StageResult:
    """Writes models/phi_training_corpus: `deid.training_documents` generated documents with exact labels."""
    folder = artifacts.content(lake, LEXICON, LEXICON_SCHEME)
    inputs = {LEXICON: artifacts.manifest(lake, LEXICON).fingerprint}
    generator = generator_of(folder, profile.seed)
    num_spans = 0
    with artifacts.stage(
        lake, CORPUS, inputs=inputs, code_version=code_version("phi_tagger"), scheme=CORPUS_SCHEME
    ) as staged:
        with (staged.path / "documents.jsonl").open("w", encoding="utf-8") as stream:
            for document in generator.documents(profile.deid.training_documents):
                num_spans += len(document.spans)
                stream.write(json.dumps({"text": document.text, "spans": document.spans}, ensure_ascii=False) + "\n")
        (staged.path / "lexicon.json").write_bytes((folder / "lexicon.json").read_bytes())
        counts = {"documents": profile.deid.training_documents, "identifiers": num_spans}
        manifest = staged.commit(counts)
    metadata = {**counts, "fingerprint": manifest.fingerprint}
    return StageResult("phi_training_corpus", 0, counts["documents"], metadata=metadata, made="documents")


def generator_of(folder: Path, seed: int) -> Generator:
    """The generator on a committed lexicon's folder."""
    sentences: list[str] = json.loads((folder / "sentences.json").read_text(encoding="utf-8"))
    return Generator(Lexicon.load(folder), sentences, seed)


def train_tagger(lake: Lake, profile: Profile) -> StageResult:
    """Fits the tagger to models/phi_training_corpus and writes models/phi_tagger. Equal input gives equal bytes."""
    folder = artifacts.content(lake, CORPUS, CORPUS_SCHEME)
    inputs = {CORPUS: artifacts.manifest(lake, CORPUS).fingerprint}
    with (folder / "documents.jsonl").open(encoding="utf-8") as stream:
        documents = [_labelled(json.loads(line)) for line in stream]
    with artifacts.stage(
        lake, TAGGER, inputs=inputs, code_version=code_version("phi_tagger"), scheme=tagger.SCHEME
    ) as staged:
        counts = tagger.train(
            documents,
            Lexicon.load(folder),
            staged.path / "model.crfsuite",
            iterations=profile.deid.training_iterations,
        )
        (staged.path / "lexicon.json").write_bytes((folder / "lexicon.json").read_bytes())
        size = (staged.path / "model.crfsuite").stat().st_size
        manifest = staged.commit({**counts, "bytes": size})
    metadata = {**counts, "bytes": size, "fingerprint": manifest.fingerprint}
    return StageResult("phi_tagger", len(documents), 1, metadata=metadata, made="tagger")


def _labelled(value: dict) -> Labelled:
    return Labelled(value["text"], [(s, e, label) for s, e, label in value["spans"]])


def ensure_tagger(lake: Lake, profile: Profile) -> bool:
    """Trains the tagger where the home has none that this code can read. Returns whether it did.

    Raises:
        HomeError: it must be trained, and another run holds the home.
    """
    if artifacts.committed(lake, TAGGER) and artifacts.manifest(lake, TAGGER).scheme == tagger.SCHEME:
        return False
    with lake.lock():
        build_lexicon(lake, profile)
        build_training_corpus(lake, profile)
        train_tagger(lake, profile)
    return True


def detector_spec(
    lake: Lake, profile: Profile, name: str | None = None, threshold: float | None = None
) -> DetectorSpec:
    """The profile's detector on the home's tagger, as values that travel to other processes.

    Raises:
        GateError: the home has no tagger, or one of another scheme.
    """
    folder = artifacts.content(lake, TAGGER, tagger.SCHEME)
    return DetectorSpec(
        name=name or profile.deid.detector,
        threshold=profile.deid.threshold if threshold is None else threshold,
        model=(folder / "model.crfsuite").read_bytes(),
        lexicon=(folder / "lexicon.json").read_bytes(),
        fingerprint=artifacts.manifest(lake, TAGGER).fingerprint,
        hf_model=profile.deid.hf_model,
        presidio_config=profile.deid.presidio_config,
    )


def detector(lake: Lake, profile: Profile, name: str | None = None, threshold: float | None = None) -> Detector:
    """A detector in this process. See `detector_spec`."""
    return detector_spec(lake, profile, name, threshold).load()


def derived_seed(seed: int, purpose: str) -> int:
    """A seed for another purpose than training: its documents are others."""
    return int.from_bytes(hashlib.blake2b(f"{purpose}-{seed}".encode(), digest_size=6).digest(), "big")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
