"""Lexicon, corpus, tagger, evaluation: what they read, that equal input gives equal bytes, and the command line's calls."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from heal_pipeline import artifacts, deid, launch, vocabulary
from heal_pipeline.deid import gold
from heal_pipeline.deid.evaluating import EVALUATION, require_evaluated
from heal_pipeline.deid.scoring import TokenCounts
from heal_pipeline.deid.training import detector_spec
from heal_pipeline.documents import DOCUMENT_SCHEMA
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import DeidConfig
from tests.modeling.tiny_models import write_tokenizer

DAY = "2026-03-02"


def document(i: int, text: str) -> dict:
    return {
        "doc_id": f"{i:032x}", "content_id": "0" * 32, "source": "pages", "batch": DAY, "origin_file": "f", "origin_row": i, "num_records": 1,
        "subject_id": None, "kind": "text", "segments": [{"text": text, "scored": True}], "meta": [],
    }  # fmt: skip


def commit(lake: Lake, name: str, zone, texts: list[str]) -> None:
    with lake.stage(lake.table(name, DAY, zone)) as staged:
        staged.write(pa.Table.from_pylist([document(i, t) for i, t in enumerate(texts)], schema=DOCUMENT_SCHEMA))
        staged.commit()


def test_the_lexicon_reads_public_text_and_no_records(lake: Lake, profile_with) -> None:
    commit(lake, "filtered/pages", "cleared", ["a zyzzywort grows"] * 3)
    commit(lake, "filtered/notes", "restricted", ["the qwestflob aches"] * 3)
    result = deid.build_lexicon(lake, profile_with())
    words = json.loads((artifacts.content(lake, "models/phi_lexicon") / "lexicon.json").read_text())["common"]
    assert "zyzzywort" in words
    assert "qwestflob" not in words
    assert result.metadata["public_documents"] == 3
    assert list(artifacts.manifest(lake, "models/phi_lexicon").inputs) == [f"filtered/pages@{DAY}"]


def test_equal_input_gives_equal_bytes(home: Lake, trained_home: Path, profile_with) -> None:
    before = [artifacts.manifest(home, n).fingerprint for n in ("models/phi_training_corpus", "models/phi_tagger")]
    deid.build_training_corpus(home, profile_with())
    deid.train_tagger(home, profile_with())
    assert before == [
        artifacts.manifest(home, n).fingerprint for n in ("models/phi_training_corpus", "models/phi_tagger")
    ]


def test_a_tagger_is_trained_once(home: Lake, profile_with) -> None:
    assert not deid.ensure_tagger(home, profile_with())


def test_a_refresh_is_refused_before_it_starts_where_the_tagger_has_not_passed(home: Lake, profile_with) -> None:
    with artifacts.stage(home, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
        write_tokenizer(staged.path, 300)
        staged.commit()
    profile = profile_with().model_copy(
        update={"sources": [profile_with().source("notes").model_copy(update={"reader": "clinic"})]}
    )
    launch.check_ready("refresh", profile, home)
    with pytest.raises(GateError, match=r"other settings \(deid.threshold\).*heal run --job evaluate_tagger"):
        launch.check_ready("refresh", profile.model_copy(update={"deid": DeidConfig(threshold=0.5)}), home)
    shutil.rmtree(home.home / EVALUATION)
    with pytest.raises(GateError, match="has not been evaluated: `heal run --job evaluate_tagger`"):
        launch.check_ready("refresh", profile, home)
    for job in ("prepare", "all", "evaluate_tagger"):
        launch.check_ready(job, profile, home)


def test_a_file_of_presidio_that_was_edited_asks_for_another_evaluation(
    home: Lake, profile_with, tmp_path: Path
) -> None:
    """Its path is as it was. No model is loaded for the question."""
    path = tmp_path / "analyzer.yaml"
    path.write_text("supported_languages: [en]")
    profile = profile_with(presidio_config=str(path), controls=0)
    deid.evaluate_tagger(home, profile)
    spec = detector_spec(home, profile)
    assert require_evaluated(home, spec)
    path.write_text("supported_languages: [en]\ndefault_score_threshold: 0.9")
    with pytest.raises(GateError, match=r"other settings \(deid.presidio_config\)"):
        require_evaluated(home, spec)
    path.unlink()
    with pytest.raises(UserError, match=r"deid\.presidio_config .* cannot be read"):
        require_evaluated(home, spec)


def test_evaluation_without_and_with_gold_sets(home: Lake, profile_with, tmp_path: Path) -> None:
    profile = profile_with()
    result = deid.evaluate_tagger(home, profile)
    scores = {row["set"]: row for row in result.tables["token_scores"]}
    assert scores["held-out generated"]["recall"] > 0.9
    assert "HEAL_OPEN_DATA" in scores["asq-phi"]["absent"]
    assert result.tables["canary_survival"][0]["planted"] == 560
    folder = tmp_path / "data" / "asq-phi"
    folder.mkdir(parents=True)
    query = "Dose for Anna Vole, seen 03/14/2019?"
    tags = '{"identifier_type": "NAME", "value": "Anna Vole"}\n{"identifier_type": "DATE", "value": "03/14/2019"}'
    (folder / "synthetic_clinical_queries.txt").write_text(f"===QUERY===\n{query}\n===PHI_TAGS===\n{tags}\n")
    assert gold.asq_phi(folder) == [(query, [(9, 18, "NAME"), (25, 35, "DATE")])]
    scores = {
        r["set"]: r
        for r in deid.evaluate_tagger(home, profile.model_copy(update={"data": str(tmp_path / "data")})).tables[
            "token_scores"
        ]
    }
    assert scores["asq-phi"]["recall"] == 1.0
    assert "absent" in scores["presidio-research"]
    deid.audit(home, profile)
    report = json.loads((home.reports / "deid_audit.json").read_text())
    assert "Tagger: token scores by set" in [t["title"] for t in report["tables"]]
    assert "absent" in report


def test_the_gold_sets_are_read_as_published(open_data: Path) -> None:
    for name, read in gold.SETS.items():
        texts = read(open_data / name)
        assert texts
        assert all(0 <= s < e <= len(text) for text, spans in texts for s, e, _ in spans)


def test_scores_count_tokens_once_and_ignore_organisations() -> None:
    counts = TokenCounts()
    counts.add(
        "Anna Vole of Acme saw pain",
        [(0, 9, "PERSON"), (13, 17, "ORGANIZATION")],
        [(0, 4, "PERSON"), (13, 17, "PERSON"), (22, 26, "ID")],
    )
    row = counts.row()
    assert (row["precision"], row["recall"]) == (0.5, 0.5)
    assert row["share of texts with a miss"] == 1.0


def test_texts_of_a_file(home: Lake, profile_with) -> None:
    records = [
        {"id": 1, "text": "Dr. Quillfeather saw Anna Vole on 03/14/2019."},
        {"id": 2, "text": ""},
        {"id": 3, "text": None},
        {"id": 4, "text": "Anna Vole again", "subject": "v"},
        {"id": 5, "text": "Anna Vole again", "subject": "v"},
    ]
    safe = list(deid.deidentify_texts(home, profile_with(), records))
    assert len(safe) == len(records)
    assert safe[0].endswith("on 2019.")
    assert "Vole" not in safe[0]
    assert safe[3] == safe[4] != "Anna Vole again"
    limited = list(deid.deidentify_texts(home, profile_with(), records, policy="limited_data_set"))
    assert limited[0] != safe[0]
    assert "/20" in limited[0]


@pytest.mark.parametrize("threshold", [0.0, 0.9])
def test_a_lower_threshold_finds_no_more(threshold: float, home: Lake, profile_with) -> None:
    text = "the ambulance collected zarnovek outside thandhaven"
    low = deid.detector(home, profile_with(), threshold=threshold).detect([text])[0]
    high = deid.detector(home, profile_with(), threshold=0.999).detect([text])[0]
    assert sum(e - s for s, e, *_ in low) <= sum(e - s for s, e, *_ in high)
