"""The benchmark of deduplication: what is planted is what it says, judgements count pairs, the kernel says how much it signed."""

import gzip
import json
import re
from pathlib import Path

import pytest

from benchmarks import dedup, duplicate_sets
from benchmarks.duplicate_sets import CHANGES, DuplicateSet, pairs_changed_by, planted
from benchmarks.harness import System, measure
from heal_pipeline.lake import Lake
from heal_pipeline.text.words import words

BASES = [" ".join(f"Sentence {i} of text {j} says word{i * j}." for i in range(30)) for j in range(8)]


def test_copies_differ_from_their_text_as_their_change_says() -> None:
    made = planted(BASES)
    assert made == planted(BASES)
    assert len(made.texts) == len(BASES) * (1 + len(CHANGES))
    assert len(made.pairs) == len(BASES) * 15
    for a, b in pairs_changed_by(made, "another form"):
        assert words(made.texts[a]) == words(made.texts[b])
    for a, b in pairs_changed_by(made, "other doses"):
        assert made.texts[a] != made.texts[b]
        assert re.sub(r"\d+ mg", "", made.texts[a]) == re.sub(r"\d+ mg", "", made.texts[b])
    for a, b in pairs_changed_by(made, "shuffled"):
        assert sorted(words(made.texts[a])) == sorted(words(made.texts[b]))
    for a, b in pairs_changed_by(made, "shortened"):
        assert len(made.texts[b]) <= len(made.texts[a])
    similarities = [dedup.jaccard(dedup.runs_of(made.texts[a]), dedup.runs_of(made.texts[b])) for a, b in made.pairs]
    assert min(similarities) < 0.7
    assert any(0.8 <= s < 1 for s in similarities)


def test_pairs_are_judged_by_their_true_similarity() -> None:
    body = " ".join(f"w{i}" for i in range(50))
    judged = DuplicateSet(
        "s", [body, f"{body} more", "quite another text than this one here", body.upper()], [(0, 1), (0, 2), (0, 3)]
    )
    assert dedup.judgement(judged, {(0, 1), (0, 3), (1, 3)}) == (1.0, 1.0)
    assert dedup.judgement(judged, {(0, 1), (1, 2)}) == (0.5, 0.5)
    assert dedup.judgement(judged, set()) == (0.0, 0.0)
    assert dedup.our_pairs(judged.texts) == {(0, 1), (0, 3), (1, 3)}
    assert dedup.our_estimates(judged)[1:] == [0.0, 1.0]


def test_citations_are_judged_by_their_groups() -> None:
    judged = DuplicateSet("citations", ["a b c d e", "f g h i j", "a b c d e"], [(0, 1)])
    assert dedup.judgement(judged, {(0, 2)}) == (0.0, 0.0)
    assert dedup.judgement(judged, {(0, 1), (0, 2)}) == (1.0, 0.5)


def test_gold_pairs_name_their_texts(tmp_path: Path) -> None:
    (tmp_path / "neardup-gold").mkdir()
    (tmp_path / "one.csv").write_text('ID,dialogue\r\n7,"Doctor: yes\r\nPatient: no"\r\n8,unused\r\n', newline="")
    (tmp_path / "two.csv").write_text("encounter_id,dialogue\nV1,Doctor: yes Patient: no\n")
    pair = {"file_a": "two.csv", "id_a": "V1", "file_b": "one.csv", "id_b": "7"}
    with gzip.open(tmp_path / duplicate_sets.GOLD, "wt") as stream:
        stream.write(json.dumps(pair) + "\n")
    assert duplicate_sets.gold_dialogues(tmp_path) == DuplicateSet(
        "gold dialogues", ["Doctor: yes\r\nPatient: no", "Doctor: yes Patient: no"], [(0, 1)]
    )


@pytest.mark.open_data
def test_gold_of_the_open_data_is_read(open_data: Path) -> None:
    dialogues, citations = duplicate_sets.gold_dialogues(open_data), duplicate_sets.gold_citations(open_data)
    assert len(dialogues.pairs) > 3000
    assert len(citations.pairs) > 700
    assert all(0 <= a < b < len(s.texts) for s in (dialogues, citations) for a, b in s.pairs)


def test_the_kernel_says_how_much_it_signed(tmp_path: Path) -> None:
    path = tmp_path / "texts.json"
    path.write_text(json.dumps(BASES))
    said = json.loads(measure(System.of_function("heal", dedup.time_signatures, str(path), dedup.BATCH, 0)).output)
    assert said["documents"] == dedup.BATCH
    assert said["cpu"] > 0


def test_pairs_are_timed_over_all_documents(tmp_path: Path) -> None:
    path = tmp_path / "texts.json"
    path.write_text(json.dumps(planted(BASES).texts))
    said = json.loads(measure(System.of_function("heal", dedup.time_pairs, str(path), 0)).output)
    assert said["documents"] == len(BASES) * (1 + len(CHANGES))


@pytest.mark.slow
@pytest.mark.spark
def test_the_index_is_timed_on_tables_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "WARM_UP_DOCUMENTS", 10)
    monkeypatch.setattr(dedup, "INDEXED_DOCUMENTS", (40,))
    (system,) = dedup.indexing_systems(tmp_path, BASES)
    said = json.loads(measure(system).output.splitlines()[-1])
    assert said["documents"] == Lake(tmp_path).table("minhash_index", dedup.DAY).manifest().rows == 40
