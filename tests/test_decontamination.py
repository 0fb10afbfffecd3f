"""Decontamination: planted leaks are found in every disguise that words survive, clean text is left alone."""

import gzip
import json
import random
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline import decontamination
from heal_pipeline.decontamination import CONTAMINATION_SCHEMA
from heal_pipeline.decontamination.runs import (
    MAX_ITEMS_PER_RUN,
    ItemRuns,
    item_runs,
    longest_stretch,
    matches,
)
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


def shared_runs(text: str, wanted: ItemRuns) -> list[tuple[int, int]]:
    """(item, how many of its distinct runs the text holds)."""
    return [(match.item, len(np.unique(match.runs))) for match in matches([text], wanted)]


def found_in(text: str) -> set[str]:
    wanted = item_runs(ITEMS, CONFIG)
    return {wanted.names[match.item][1] for match in matches([text], wanted)}


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


def test_places_are_those_of_the_words_of_each_text() -> None:
    wanted = item_runs(ITEMS, CONFIG)
    texts = ["", f"Quiz of today: {VIGNETTE} And then?", CLEAN, " ".join(VIGNETTE.split()[:9]), f"{SHORT} {SHORT}"]
    found = {(match.text, wanted.names[match.item][1]): match for match in matches(texts, wanted)}
    assert set(found) == {(1, "vignette"), (4, "short")}  # no run reaches from one text into the next
    start, end = longest_stretch(found[1, "vignette"].starts, found[1, "vignette"].ends)
    assert words(texts[1])[start:end] == words(VIGNETTE)
    assert found[4, "short"].starts.tolist() == [0, len(words(SHORT))]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), min_size=1, max_size=8))
def test_the_longest_stretch_is_that_of_the_words_covered(runs: list[tuple[int, int]]) -> None:
    starts, ends = np.array(sorted((start, start + size) for start, size in runs)).T
    covered = {word for start, end in zip(starts, ends, strict=True) for word in range(start, end)}
    start, end = longest_stretch(starts, ends)
    assert set(range(start, end)) <= covered
    runs_of_words = "".join("x" if word in covered else " " for word in range(40)).split()
    assert end - start == max(map(len, runs_of_words))


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
        found = {match.item for match in matches([text], wanted)}
        assert i in found
        assert len(found) < 5


COMMON = "the study was approved by the ethics committee of the hospital and all patients gave informed consent before"


@pytest.mark.spark
def test_what_many_texts_of_a_source_say_tells_nothing_alone_and_a_copy_stays_one(
    spark, lake: Lake, passing_validator
) -> None:
    item = Item("pubmedqa", "2", "Is consent enough?", "", ("yes", "no"), 1, (f"{ABSTRACT} {COMMON} {VIGNETTE}",))
    profile = profile_of("web", "notes")
    num = CONFIG.common_texts
    pages = [f"Article {i} on another matter. {COMMON} they were seen." for i in range(num + 1)]
    texts = {
        "web": [*pages, f"Read: {ABSTRACT} {COMMON} {VIGNETTE}", f"A part of it. {VIGNETTE}"],
        "notes": pages[:num],
    }
    write_clean(lake, profile, texts)
    result = decontamination.scan(spark, lake, profile, DAY, [item], passing_validator)
    found = {(r["source"], r["doc_id"]) for r in lake.table("contamination", DAY).read().to_pylist()}
    copy, part = doc_id("web", str(num + 1)), doc_id("web", str(num + 2))
    assert {doc for source, doc in found if source == "web"} == {copy, part}
    assert len(found) == 2 + num  # of the notes each is reported: so few make no phrase
    assert result.metadata["matches_of_common_phrases"] == num + 1


@pytest.mark.spark
def test_an_item_that_leaked_into_many_texts_does_not_hide_itself(spark, lake: Lake, passing_validator) -> None:
    profile = profile_of("web")
    write_clean(
        lake, profile, {"web": [f"Quiz {i}. {VIGNETTE} Then {i} more." for i in range(3 * CONFIG.common_texts)]}
    )
    decontamination.scan(spark, lake, profile, DAY, ITEMS, passing_validator)
    assert lake.table("contamination", DAY).manifest().rows == 3 * CONFIG.common_texts


def edited(text: str, rng: random.Random) -> str:
    """Every twentieth word another one, other line ends, other case of some words."""
    found = text.split()
    for i in range(10, len(found), 20):
        found[i] = rng.choice(["then", "often", "very"])
    return "\r\n".join(word.upper() if rng.random() < 0.1 else word for word in found)


@pytest.mark.open_data
@pytest.mark.slow
def test_planted_items_are_found_as_they_are_edited_and_with_other_line_ends(
    open_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(open_data))
    profile = load_profile("open")
    items = load_all(profile)
    wanted = item_runs(items, profile.decontamination)
    rng = random.Random(3)
    long = [i for i, item in enumerate(items) if len(words(item.question)) >= 40 or item.passage_texts]
    planted = rng.sample(long, 300)
    host = "The following was discussed at our weekly meeting. {} It will be continued on Monday."
    texts = [host.format("\n".join([items[i].question, *items[i].passage_texts])) for i in planted]
    for disguise in (texts, [text.replace("\n", "\r\n") for text in texts], [edited(text, rng) for text in texts]):
        found = {(match.text, match.item) for match in matches(disguise, wanted)}
        assert all((place, item) in found for place, item in enumerate(planted))


@pytest.mark.open_data
def test_ordinary_and_medical_pages_hold_no_item(open_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(open_data))
    profile = load_profile("open")
    wanted = item_runs(load_all(profile), profile.decontamination)
    with tarfile.open(open_data / "digitalgov" / "content.tar.gz") as archive:
        files = (archive.extractfile(member) for member in archive if member.name.endswith(".md"))
        texts = [file.read().decode("utf-8", "replace") for file in files if file]
    with gzip.open(open_data / "wikidoc-instructions" / "medical_meadow_small.json.gz", "rt", encoding="utf-8") as file:
        texts += [record["output"] for record in json.load(file)]
    assert len(texts) > 7000
    assert not list(matches(texts, wanted))
