"""Decontamination: planted leaks are found in every disguise that words survive, clean text is left alone."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline import decontamination
from heal_pipeline.decontamination import CONTAMINATION_SCHEMA, MAX_ITEMS_PER_RUN, item_runs, shared_runs
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id
from heal_pipeline.errors import GateError
from heal_pipeline.evaluation_sets import Item, load_all
from heal_pipeline.lake import Lake
from heal_pipeline.profile import DecontaminationConfig, Profile, SourceEntry, load_profile
from heal_pipeline.text.words import words

DAY = "2026-01-01"
CONFIG = DecontaminationConfig()
VIGNETTE = (
    "A 54-year-old man comes to the emergency department because of crushing chest pain that began two hours ago "
    "while he was clearing snow. Which of the following is the most appropriate next step in management?"
)
SHORT = "Which nerve is injured in a mid-shaft fracture of the humerus?"
TINY = "Universal blood donor?"
ABSTRACT = (
    "We followed two hundred patients with stable angina over five years and compared the rate of infarction "
    "between those who took aspirin every evening and those who took it in the morning."
)
ITEMS = [
    Item("medqa", "vignette", VIGNETTE, "", ("aspirin", "rest"), 0),
    Item("medmcqa", "short", SHORT, "", ("radial", "ulnar", "median", "axillary"), 0),
    Item("mmlu", "tiny", TINY, "", ("group A", "group B", "group AB", "group O"), 3),
    Item("pubmedqa", "1", "Does it matter when aspirin is taken in angina?", ABSTRACT, ("yes", "no"), 1, (ABSTRACT,)),
]
CLEAN = (
    "The patient comes in with chest pain that began this morning. She takes aspirin and rests. Which step is next is "
    "to be decided after the electrocardiogram, as the following notes say about management of stable angina."
)


def found_in(text: str) -> set[str]:
    wanted = item_runs(ITEMS, CONFIG)
    return {wanted.names[i][1] for i, _ in shared_runs(text, wanted)}


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (f"Q1. {VIGNETTE} (A) aspirin (B) rest", {"vignette"}),
        (VIGNETTE.upper().replace(" ", "\n"), {"vignette"}),
        (VIGNETTE.replace("-", " ").replace("?", ""), {"vignette"}),
        (" ".join(VIGNETTE.split()[5:22]), {"vignette"}),  # a part of it
        (VIGNETTE.replace("two hours", "three hours"), {"vignette"}),  # one word changed
        (f"See: {SHORT}", {"short"}),
        (SHORT.replace("humerus", "femur"), set()),
        (TINY, set()),  # three words alone may stand anywhere
        (f"{TINY} group A, group B, group AB, group O", {"tiny"}),
        (f"{TINY}\nA. group A\nB. group B\nC. group AB\nD. group O\n", {"tiny"}),
        (f"Abstract. {ABSTRACT}", {"1"}),
        (f"{VIGNETTE} {SHORT}", {"vignette", "short"}),
        (CLEAN, set()),
        ("", set()),
    ],
)
def test_leaks_are_found_and_clean_text_is_not(text: str, items: set[str]) -> None:
    assert found_in(text) == items


def test_counts_say_how_much_is_shared() -> None:
    wanted = item_runs(ITEMS, CONFIG)
    num = wanted.num_runs_of.tolist()
    assert num[0] == len(words(VIGNETTE)) - 13 + 1
    assert num[1] == 1
    assert shared_runs(VIGNETTE, wanted) == [(0, num[0])]
    assert shared_runs(" ".join(VIGNETTE.split()[:20]), wanted) == [(0, 20 + 2 - 13 + 1)]  # 54-year-old: three words
    assert shared_runs(f"{VIGNETTE} {VIGNETTE}", wanted) == [(0, num[0])]  # distinct runs count


def test_phrases_of_examiners_are_not_looked_for() -> None:
    phrase = "which of the following is the most likely cause of the symptoms of this patient today"
    items = [Item("medqa", str(i), f"{phrase} number {i}", "", ("a", "b"), 0) for i in range(MAX_ITEMS_PER_RUN + 1)]
    assert shared_runs(phrase, item_runs(items, CONFIG)) == []
    assert len(shared_runs(phrase, item_runs(items[:-1], CONFIG))) == MAX_ITEMS_PER_RUN


@given(st.lists(st.text(max_size=80), max_size=5), st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_items_and_any_text(questions: list[str], text: str) -> None:
    items = [Item("medqa", str(i), q, "", ("a", "b"), 0, (q,)) for i, q in enumerate(questions)]
    wanted = item_runs(items, CONFIG)
    for item, shared in shared_runs(text, wanted):
        assert 1 <= shared <= wanted.num_runs_of[item]
    everything = "\n".join(questions)
    whole = {i for i, q in enumerate(questions) if len(words(q)) >= CONFIG.min_item_words}
    assert {i for i in whole if wanted.num_runs_of[i]} <= {i for i, _ in shared_runs(everything, wanted)}


def profile_of(*names: str) -> Profile:
    sources = [
        SourceEntry(
            name=n,
            reader="jsonl",
            group="medical_public",
            kind="text",
            licence="MIT",
            owner="team:data",
            phi="possible" if n == "notes" else "none",
        )
        for n in names
    ]
    return Profile(name="p", days=[DAY], sources=sources)


def write_clean(lake: Lake, profile: Profile, texts: dict[str, list[str]], num_files: int = 1) -> None:
    for entry in profile.sources:
        rows = [
            {
                "doc_id": doc_id(entry.name, str(i)),
                "content_id": content_id(text),
                "source": entry.name,
                "batch": DAY,
                "origin_file": "0" * 64,
                "origin_row": i,
                "num_records": 1,
                "subject_id": None,
                "kind": entry.kind,
                "segments": [{"text": part, "scored": True} for part in text.split("|")],
                "meta": [],
            }
            for i, text in enumerate(texts.get(entry.name, []))
        ]
        with lake.stage(lake.table(f"{entry.clean_stage}/{entry.name}", DAY)) as staged:
            for i in range(num_files):
                staged.write(pa.Table.from_pylist(rows[i::num_files], schema=DOCUMENT_SCHEMA))
            staged.commit()


TEXTS = {"web": [CLEAN, f"Quiz: {VIGNETTE}", "x"], "notes": [CLEAN, ABSTRACT.replace(" over", "|over"), SHORT]}


@pytest.mark.spark
def test_a_planted_leak_is_reported_from_all_sources(spark, lake: Lake) -> None:
    from resources.expectations import validate

    profile = profile_of("web", "notes")
    write_clean(lake, profile, TEXTS)
    result = decontamination.scan(spark, lake, profile, DAY, ITEMS, validate)

    rows = lake.table("contamination", DAY).read(CONTAMINATION_SCHEMA.names).sort_by("item_id").to_pylist()
    assert [(r["doc_id"], r["source"], r["task"], r["item_id"]) for r in rows] == [
        (doc_id("notes", "1"), "notes", "pubmedqa", "1"),
        (doc_id("notes", "2"), "notes", "medmcqa", "short"),
        (doc_id("web", "1"), "web", "medqa", "vignette"),
    ]
    assert all(r["ngrams_shared"] <= r["item_ngrams"] for r in rows)
    assert (result.rows_in, result.rows_out) == (6, 3)
    assert result.metadata["contaminated_documents"] == 3
    assert result.tables["sources"] == [
        {"source": "web", "documents": 3, "contaminated": 1},
        {"source": "notes", "documents": 3, "contaminated": 2},
    ]
    assert {"task": "mmlu", "items": 1, "items_found": 0, "documents": 0} in result.tables["tasks"]
    assert set(lake.table("contamination", DAY).manifest().inputs) == {
        f"filtered/web@{DAY}",
        f"deidentified/notes@{DAY}",
        *(f"evaluation_sets/{task}" for task in {item.task for item in ITEMS}),
    }


@pytest.mark.spark
def test_no_items_or_no_documents_give_an_empty_table(spark, lake: Lake) -> None:
    from resources.expectations import validate

    profile = profile_of("web", "notes")
    write_clean(lake, profile, TEXTS)
    without_items = decontamination.scan(spark, lake, profile, DAY, [], validate)
    assert "no evaluation set is there" in without_items.metadata["absent"]
    assert lake.table("contamination", DAY).read().schema.equals(CONTAMINATION_SCHEMA)
    write_clean(lake, profile, {})
    without_documents = decontamination.scan(spark, lake, profile, DAY, ITEMS, validate)
    assert (without_documents.rows_in, without_documents.rows_out) == (0, 0)
    assert "absent" not in without_documents.metadata


@pytest.mark.spark
def test_partitions_and_the_order_of_items_change_nothing(spark, tmp_path: Path, passing_validator) -> None:
    prints = []
    for num_files, items in ((1, ITEMS), (4, ITEMS[::-1])):
        lake, profile = Lake(tmp_path / str(num_files)), profile_of("web", "notes")
        write_clean(lake, profile, TEXTS, num_files)
        result = decontamination.scan(spark, lake, profile, DAY, items, passing_validator)
        assert result.manifest is not None
        prints.append(result.manifest.fingerprint)
    assert prints[0] == prints[1]


def test_every_source_must_be_clean_first(lake: Lake, passing_validator) -> None:
    profile = profile_of("web", "notes")
    write_clean(lake, profile_of("web"), TEXTS)
    with pytest.raises(GateError, match="deidentified/notes@2026-01-01 has not been committed"):
        decontamination.scan(None, lake, profile, DAY, ITEMS, passing_validator)  # type: ignore[arg-type]


@pytest.mark.open_data
def test_real_items_are_found_in_themselves_and_not_in_each_other(
    open_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(open_data))
    items = load_all(load_profile("open"))
    wanted = item_runs(items, CONFIG)
    assert (wanted.num_runs_of > 0).mean() > 0.99
    for i in range(0, len(items), 40):
        text = "\n".join([items[i].question, *items[i].options, items[i].context])
        found = {n for n, _ in shared_runs(text, wanted)}
        assert i in found
        assert len(found) < 5
