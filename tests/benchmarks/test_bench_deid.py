"""The benchmark of de-identification: its systems do the same work, its scores are those of known cases, goals are judged."""

import json
from pathlib import Path

import pytest

from benchmarks import deid, deid_scores, span_evaluator
from benchmarks.corpora import cut
from benchmarks.harness import PEERS, Row, measure
from heal_pipeline.deid import canaries, training
from heal_pipeline.lake import Lake
from heal_pipeline.profile import load_profile
from heal_pipeline.report import Table

TEXTS = ["Dr. Anna Vole saw Mrs. Quimby on 05/03/2021. Call 614-287-9304 or anna@mail.net.", "No pain, no fever."]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a tagger of a moment's training."""
    profile = load_profile("sample")
    quick = profile.model_copy(
        update={"deid": profile.deid.model_copy(update={"training_documents": 400, "training_iterations": 15})}
    )
    folder = tmp_path_factory.mktemp("bench-deid")
    assert training.ensure_tagger(Lake(folder, quick.hash), quick)
    return folder


@pytest.mark.slow
def test_systems_read_the_same_notes(home: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.json"
    notes.write_text(json.dumps([*TEXTS, *cut(TEXTS, 2, 500)]))
    found = {}
    for system in deid.systems(notes, home):
        metrics = deid._own_metrics(system, measure(system))
        assert metrics[deid.CPU_RATE] > 0
        found[system.name] = metrics[deid.FOUND]
    assert found[deid.DIRECT] == found[deid.REGISTERED] > found[deid.PRESIDIO] > 0
    assert found[deid.CLEANED] > 0


@pytest.mark.slow
def test_scores_of_gold_sets_and_canaries(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = tmp_path / "presidio-research"
    gold.mkdir()
    start = TEXTS[0].index("anna@")
    span = {"start_position": start, "end_position": start + 13, "entity_type": "EMAIL_ADDRESS"}
    rows = [{"full_text": TEXTS[0], "spans": [span]}, {"full_text": TEXTS[1], "spans": []}]
    (gold / "synth_dataset_v2.json.gz").write_text(json.dumps(rows))
    monkeypatch.setenv("HEAL_OPEN_DATA", str(tmp_path))
    monkeypatch.setattr(deid_scores, "CANARIES", 70)
    monkeypatch.setattr(deid_scores, "_evaluated", lambda texts, found: Table("spans", sorted(found), []))
    tokens, spans, survival = deid_scores.tables({"quick": str(home)})
    by_system = {row[1]: dict(zip(tokens.columns, row, strict=True)) for row in tokens.rows}
    assert by_system["heal, tagger of quick"]["recall"] == by_system[deid_scores.STOCK]["recall"] == 1.0
    assert "asq-phi" in tokens.note
    assert spans.columns == ["heal, tagger of quick", deid_scores.STOCK]
    assert [row[0] for row in survival.rows] == ["all", *canaries.TYPES]
    assert all(0 <= share <= 1 for row in survival.rows for share in row[1:])
    judged = {(name, system) for name, system, *_ in deid_scores.goals([tokens, spans, survival])}
    ours = "heal, tagger of quick"
    assert {
        ("presidio-research: F2", ours),
        ("presidio-research: recall", ours),
        ("canaries that survive", "tagger of quick"),
    } < judged


def test_goals_are_judged_by_their_bounds() -> None:
    def row(system: str, metric: str, unit: str, median: float, ratio: float | None = None) -> Row:
        return Row(system, metric, unit, median, median, median, ratio)

    rows = [
        row("tagger of sample", *deid.TRAIN_CPU, 44.0), row("tagger of open", *deid.TRAIN_CPU, 181.0),
        row("tagger of open", *deid.SIZE, 5.0), row(deid.DIRECT, *deid.CPU_RATE, 90.0, 1.29),
    ]  # fmt: skip
    columns = ["set", "system", "recall", "F2"]
    scores = [
        Table(
            "Tokens of identifiers",
            columns,
            [["asq-phi", "heal", 0.971, 0.5], ["asq-phi", deid_scores.STOCK, 0.1, 0.1]],
        )
    ]
    met = {(line[0], line[1]): line[-1] for line in deid.goals(rows, scores).rows}
    assert met == {
        ("training, CPU seconds", "tagger of sample"): "yes",
        ("training, CPU seconds", "tagger of open"): "no",
        ("model, MB", "tagger of open"): "yes",
        ("speed over stock Presidio", deid.DIRECT): "no",
        ("asq-phi: recall", "heal"): "yes",
    }


def test_notes_are_real_or_the_clinics(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(tmp_path))
    source, texts = deid.note_texts()
    assert "clinic" in source
    assert sum(map(len, texts)) > 20 * deid.NOTE_CHARS


def test_real_notes_suffice_for_different_ones(open_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(open_data))
    source, texts = deid.note_texts()
    notes = list(cut(texts, deid.NUM_NOTES, deid.NOTE_CHARS))
    assert "pypedeid" in source
    assert len({*notes}) == deid.NUM_NOTES


def test_profiles_with_the_same_tagger_are_trained_once() -> None:
    names = deid.distinct(deid.TRAINED)
    configs = [load_profile(name).deid for name in names]
    assert len({(c.training_documents, c.training_iterations) for c in configs}) == len(names) >= 1


def test_words_take_the_type_of_the_span_that_touches_them() -> None:
    tokens = [("Anna", 0), ("Vole", 5), ("said", 10)]
    assert span_evaluator._labels(tokens, [[5, 9, "B"], [0, 6, "A"]]) == ["A", "A", "O"]
    assert span_evaluator._labels(tokens, []) == ["O"] * 3


@pytest.mark.slow
@pytest.mark.skipif(
    not (PEERS / "lib").is_dir() or not [*PEERS.glob("lib/*/site-packages/presidio_evaluator")],
    reason="the peers' environment does not hold Microsoft's evaluator: make bench NAME=deid",
)
def test_microsofts_scores_of_known_cases() -> None:
    """A perfect system has 1.0, one that finds half of the spans has half the recall, and ignored types count nothing."""
    texts = [
        ("Anna Vole is here", [(0, 9, "PERSON")]),
        ("Mr Quimby works at Acme", [(3, 9, "PERSON"), (19, 23, "ORGANIZATION")]),
    ]
    perfect = [spans for _, spans in texts]
    table = deid_scores._evaluated(
        texts,
        {"perfect": perfect, "half": [texts[0][1], []], "names": [perfect[0], [(3, 9, "PERSON"), (19, 23, "PERSON")]]},
    )
    scores = {(system, kind, iou): values for system, kind, iou, *values in table.rows}
    for kind in ("all types", "HIPAA types"):
        for iou in span_evaluator.IOUS:
            assert scores["perfect", kind, iou] == [1.0, 1.0, 1.0]
    assert scores["half", "HIPAA types", 0.9][:2] == [1.0, 0.5]
    assert scores["half", "all types", 0.9][:2] == [1.0, pytest.approx(1 / 3, abs=1e-3)]
    assert scores["names", "HIPAA types", 0.9] == [1.0, 1.0, 1.0]
