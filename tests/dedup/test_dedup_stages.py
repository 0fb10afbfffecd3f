"""The daily stages on Spark: parity with comparing each with each, the order of days, partitions, schemes, broken runs."""

import csv
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heal_pipeline import dedup, pieces
from heal_pipeline.dedup import candidates, comparing, evidence, indexing, pairing
from heal_pipeline.dedup.linking import MAX_CENTRES
from heal_pipeline.dedup.minhash import Scheme, shingle, shingles
from heal_pipeline.dedup.verification import similarity
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import DedupConfig, Profile
from heal_pipeline.survivors import decide

pytestmark = pytest.mark.spark

ROOT = Path(__file__).resolve().parents[2]
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
Texts = dict[str, str]


@pytest.fixture
def suite():
    from resources.expectations import validate

    return validate


@pytest.fixture
def profile() -> Profile:
    entry = {"reader": "jsonl", "owner": "team:x", "licence": "MIT"}
    return Profile.model_validate(
        {
            "name": "p",
            "days": DAYS,
            "sources": [
                {**entry, "name": "notes", "kind": "note", "group": "medical_proprietary", "phi": "contains"},
                {**entry, "name": "pages", "kind": "text", "group": "non_medical_public", "priority": 50},
            ],
        }
    )


def write_clean(lake: Lake, day: str, notes: Texts, pages: Texts | None = None, files: int = 1, seed: int = 0) -> None:
    """The clean tables of a day, in as many files, in a shuffled order of rows."""
    for name, source, texts in (("deidentified/notes", "notes", notes), ("filtered/pages", "pages", pages or {})):
        rows = [
            {
                "doc_id": doc_id(source, key),
                "content_id": content_id(text),
                "source": source,
                "batch": day,
                "origin_file": "0" * 64,
                "origin_row": i,
                "num_records": 1,
                "subject_id": None,
                "kind": "note" if source == "notes" else "text",
                "segments": [{"text": text, "scored": True}],
                "meta": [],
            }
            for i, (key, text) in enumerate(texts.items())
        ]
        random.Random(seed).shuffle(rows)
        table = pa.Table.from_pylist(rows, DOCUMENT_SCHEMA)
        size = -(-len(rows) // files)
        with lake.stage(lake.table(name, day)) as staged:
            for start in range(0, max(len(rows), 1), max(size, 1)):
                staged.write(table.slice(start, size))
            staged.commit()


def contaminate_nothing(lake: Lake, *days: str) -> None:
    empty = pa.table({name: pa.array([], pa.string()) for name in ("doc_id", "source", "task", "item_id")})
    for day in days:
        with lake.stage(lake.table("contamination", day)) as staged:
            staged.write(empty)
            staged.commit()


def run_day(spark, lake: Lake, profile: Profile, day: str, suite) -> None:
    dedup.index(spark, lake, profile, day, suite)
    dedup.find_pairs(spark, lake, profile, day, suite)


def words(rng: random.Random, num: int = 120) -> list[str]:
    return [f"w{rng.randrange(3000)}" for _ in range(num)]


def variant(rng: random.Random, text: str, changes: int) -> str:
    found = text.split()
    for _ in range(changes):
        found[rng.randrange(len(found))] = f"x{rng.randrange(1000)}"
    return " ".join(found)


def corpus(seed: int) -> dict[str, tuple[Texts, Texts]]:
    """Three days of notes and pages with equal, near and merely similar texts within and between days and sources."""
    rng = random.Random(seed)
    bases = [" ".join(words(rng)) for _ in range(6)]
    days: dict[str, tuple[Texts, Texts]] = {}
    for day in DAYS:
        sides: list[Texts] = [{}, {}]
        for i in range(16):
            base = rng.choice(bases)
            text = rng.choice([base, base.upper(), variant(rng, base, 1), variant(rng, base, 2), variant(rng, base, 6)])
            sides[i % 2][f"{day}-{i}"] = rng.choice([text, text, " ".join(words(rng))])
        sides[0][f"{day}-short"] = "no known allergies"
        sides[1][f"{day}-wordless"] = "?!"
        days[day] = (sides[0], sides[1])
    return days


def survivors(lake: Lake) -> list[dict[str, Any]]:
    return lake.table("survivors").read().to_pylist()


def pair_set(lake: Lake, *days: str) -> set[tuple]:
    rows = [row for day in days for row in lake.table("duplicate_pairs", day).read().to_pylist()]
    return {(row["a"], row["b"], row["jaccard"], row["accepted"], row["rule"]) for row in rows}


def test_accepted_pairs_are_those_of_comparing_each_with_each(spark, lake: Lake, profile: Profile, suite) -> None:
    texts: Texts = {}
    for notes, pages in corpus(1).values():
        texts |= notes | pages
    write_clean(lake, DAYS[0], texts)
    run_day(spark, lake, profile, DAYS[0], suite)
    rows = lake.table("duplicate_pairs", DAYS[0]).read().to_pylist()
    distinct = {content_id(t): shingles(t, 5) for t in texts.values()}
    expected = {
        tuple(sorted((a, b))): similarity(distinct[a], distinct[b])
        for a, b in combinations(distinct, 2)
        if similarity(distinct[a], distinct[b])[0] >= 0.8
    }
    found = {
        tuple(sorted((r["content_a"], r["content_b"]))): (r["jaccard"], r["containment"])
        for r in rows
        if r["accepted"] and r["rule"] != "exact"
    }
    assert found == expected
    assert len(found) > 10
    assert sum(r["rule"] == "exact" for r in rows) == len(texts) - len(distinct)
    index = lake.table("minhash_index", DAYS[0]).read().to_pylist()
    assert {r["doc_id"] for r in index} == {doc_id("notes", key) for key in texts}
    short = next(r for r in index if r["doc_id"] == doc_id("notes", f"{DAYS[0]}-short"))
    wordless = next(r for r in index if r["doc_id"] == doc_id("notes", f"{DAYS[0]}-wordless"))
    assert (short["num_shingles"], len(short["bands"])) == (1, 21)
    assert (wordless["num_shingles"], wordless["bands"]) == (0, [])


@pytest.mark.slow
def test_partitions_and_the_order_of_rows_change_nothing(
    spark, tmp_path: Path, profile: Profile, suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytes_of = []
    for attempt, files in enumerate((1, 8)):
        lake = Lake(tmp_path / str(attempt))
        notes, pages = corpus(2)[DAYS[0]]
        write_clean(lake, DAYS[0], notes, pages, files=files, seed=attempt)
        if attempt == 1:  # as many tasks of each kind as there can be
            monkeypatch.setattr(pieces, "PIECE_BYTES", 1)
            monkeypatch.setattr(indexing, "PART_KEYS", 100)
            monkeypatch.setattr(candidates, "TASK_KEYS", 50)
            monkeypatch.setattr(evidence, "TASK_BYTES", 1)
            monkeypatch.setattr(comparing, "TASK_PAIRS", 2)
        run_day(spark, lake, profile, DAYS[0], suite)
        contaminate_nothing(lake, DAYS[0])
        decide(lake, profile, suite)
        prints = [lake.table(n, DAYS[0]).manifest().fingerprint for n in ("minhash_index", "duplicate_pairs")]
        bytes_of.append((prints, [Path(f).read_bytes() for f in lake.table("survivors").files()]))
    assert bytes_of[0] == bytes_of[1]


@pytest.mark.slow
def test_the_order_of_days_reruns_and_ranges_change_nothing(spark, tmp_path: Path, profile: Profile, suite) -> None:
    days = corpus(3)
    outcomes = []
    for attempt, order in enumerate([None, [0, 1, 2], [2, 0, 1], [1, 2, 0]]):
        lake = Lake(tmp_path / str(attempt))
        if order is None:  # one run over all days: each stage goes through them before the next begins
            for day in DAYS:
                write_clean(lake, day, *days[day])
                dedup.index(spark, lake, profile, day, suite)
            for day in DAYS:
                dedup.find_pairs(spark, lake, profile, day, suite)
        else:
            for i in order:
                write_clean(lake, DAYS[i], *days[DAYS[i]])
                run_day(spark, lake, profile, DAYS[i], suite)
        contaminate_nothing(lake, *DAYS)
        decide(lake, profile, suite)
        outcomes.append((survivors(lake), pair_set(lake, *DAYS)))
        if attempt == 2:  # a middle day is late and wrong at first, then run again
            write_clean(lake, DAYS[1], days[DAYS[2]][0])
            run_day(spark, lake, profile, DAYS[1], suite)
            decide(lake, profile, suite)
            assert survivors(lake) != outcomes[0][0]
            write_clean(lake, DAYS[1], *days[DAYS[1]])
            run_day(spark, lake, profile, DAYS[1], suite)
            decide(lake, profile, suite)
            assert survivors(lake) == outcomes[0][0]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert 10 < sum(row["kept"] for row in outcomes[0][0]) < len(outcomes[0][0])


def test_a_dose_spares_a_note_and_no_page_and_is_reported(spark, lake: Lake, profile: Profile, suite) -> None:
    body = words(random.Random(5))
    low, high = (" ".join([*body[:60], "metoprolol", dose, "mg", *body[60:]]) for dose in ("25", "50"))
    other = words(random.Random(6))
    page, page_later = (" ".join([*other, "updated", year]) for year in ("2020", "2021"))
    write_clean(lake, DAYS[0], {"low": low, "high": high}, {"one": page, "two": page_later})
    run_day(spark, lake, profile, DAYS[0], suite)
    contaminate_nothing(lake, DAYS[0])
    decide(lake, profile, suite)
    rows = lake.table("duplicate_pairs", DAYS[0]).read().to_pylist()
    assert [(r["rule"], r["accepted"]) for r in rows] == [("jaccard_numbers_differ", True)] * 2
    stays = {row["doc_id"]: row["kept"] for row in survivors(lake)}
    assert stays[doc_id("notes", "low")]
    assert stays[doc_id("notes", "high")]
    assert sorted([stays[doc_id("pages", "one")], stays[doc_id("pages", "two")]]) == [False, True]
    report = dedup.report(lake, profile)
    rules = {row[0]: row[1] for row in next(t for t in report["tables"] if t["title"] == "Pairs by rule")["rows"]}
    assert rules == {"exact": 0, "jaccard": 0, "jaccard_numbers_differ": 2, "below": 0}
    between = next(t for t in report["tables"] if t["title"] == "Accepted pairs between sources")["rows"]
    assert between == [["notes", "notes", 0, 0, 1], ["pages", "pages", 0, 0, 1]]
    assert json.loads((lake.reports / "dedup.json").read_text()) == report
    assert "metoprolol" not in (lake.reports / "dedup.json").read_text()


def test_a_hot_bucket_of_equal_documents_is_linked_in_a_chain(spark, lake: Lake, profile: Profile, suite) -> None:
    text = " ".join(words(random.Random(7)))
    write_clean(lake, DAYS[0], {str(i): text for i in range(2000)}, {"near": text + " more"})
    run_day(spark, lake, profile, DAYS[0], suite)
    table = lake.table("duplicate_pairs", DAYS[0])
    assert table.manifest().rows == 2000
    assert table.manifest().metadata["candidates"] == 1
    contaminate_nothing(lake, DAYS[0])
    with pytest.raises(GateFailedError, match="wipe_out_guard, largest_cluster"):
        decide(lake, profile, suite)
    open_profile = profile.model_copy(update={"dedup": DedupConfig(max_removed_share=1.0, max_cluster_share=1.0)})
    assert decide(lake, open_profile, suite).rows_out == 1


def test_a_day_without_documents_and_one_without_duplicates(spark, lake: Lake, profile: Profile, suite) -> None:
    write_clean(lake, DAYS[0], {})
    write_clean(lake, DAYS[1], {str(i): " ".join(words(random.Random(i))) for i in range(5)})
    for day in DAYS[:2]:
        run_day(spark, lake, profile, day, suite)
        assert lake.table("duplicate_pairs", day).manifest().rows == 0
    assert dedup.report(lake, profile)["absent"]
    contaminate_nothing(lake, *DAYS[:2])
    assert decide(lake, profile, suite).rows_out == 5
    assert not dedup.report(lake, profile)["absent"]


def test_what_is_absent_or_stale_is_refused_by_name(spark, lake: Lake, profile: Profile, suite) -> None:
    with pytest.raises(GateError, match=rf"deidentified/notes@{DAYS[0]} has not been committed"):
        dedup.index(spark, lake, profile, DAYS[0], suite)
    write_clean(lake, DAYS[0], {"a": "one two three four five six"})
    dedup.index(spark, lake, profile, DAYS[0], suite)
    other = profile.model_copy(update={"dedup": DedupConfig(shingle_words=3)})
    with pytest.raises(GateError, match=r"has the scheme .*word5.*needs .*word3"):
        dedup.find_pairs(spark, lake, other, DAYS[0], suite)
    write_clean(lake, DAYS[0], {"a": "something else"})
    with pytest.raises(GateError, match="older than the clean tables"):
        dedup.find_pairs(spark, lake, profile, DAYS[0], suite)
    assert lake.table("minhash_index", DAYS[0]).manifest().scheme == Scheme.of(profile.dedup).name


def test_a_run_that_dies_leaves_the_old_table_and_no_scratch(
    spark, lake: Lake, profile: Profile, suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = " ".join(words(random.Random(8)))
    write_clean(lake, DAYS[0], {"a": text, "b": text + " more"})
    run_day(spark, lake, profile, DAYS[0], suite)
    before = lake.table("duplicate_pairs", DAYS[0]).read()
    write_clean(lake, DAYS[0], {"a": text, "b": text + " more", "c": text})
    dedup.index(spark, lake, profile, DAYS[0], suite)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pairing, "compare_candidates", die)
        with pytest.raises(KeyboardInterrupt):
            dedup.find_pairs(spark, lake, profile, DAYS[0], suite)
    assert lake.table("duplicate_pairs", DAYS[0]).read() == before
    assert not list(lake.scratch.glob("duplicate_pairs*"))
    with pytest.raises(GateFailedError):
        dedup.find_pairs(spark, lake, profile, DAYS[0], lambda suite, frame: Verdict(suite, False))
    with pytest.raises(GateError, match="did not pass its gate"):
        lake.table("duplicate_pairs", DAYS[0]).read()


def hot_corpus(rng: random.Random, num: int) -> Texts:
    """As many different texts that are near-duplicates of each other: a page's boilerplate, with three words of its own."""
    base = words(rng)
    return {f"hot-{i}": " ".join([*base, f"own{i}", f"more{i}", f"last{i}"]) for i in range(num)}


@pytest.mark.slow
def test_a_hot_bucket_of_different_contents_grows_with_its_size_and_ignores_the_order_of_days(
    spark, tmp_path: Path, profile: Profile, suite
) -> None:
    profile = profile.model_copy(update={"dedup": DedupConfig(max_removed_share=1.0, max_cluster_share=1.0)})
    keys = list(texts := hot_corpus(random.Random(9), 5 * MAX_CENTRES))
    random.Random(1).shuffle(keys)
    days = {DAYS[0]: keys[: 3 * MAX_CENTRES], DAYS[1]: keys[3 * MAX_CENTRES :]}
    outcomes = []
    for order in (DAYS[:2], DAYS[1::-1]):
        lake = Lake(tmp_path / order[0])
        for day in order:
            write_clean(lake, day, {}, {key: texts[key] for key in days[day]})
            run_day(spark, lake, profile, day, suite)
        contaminate_nothing(lake, *order)
        decide(lake, profile, suite)
        outcomes.append((survivors(lake), pair_set(lake, *order)))
    assert outcomes[0] == outcomes[1]
    assert sum(row["kept"] for row in outcomes[0][0]) == 1
    assert len(outcomes[0][1]) < 2 * MAX_CENTRES * len(keys)


def index_for_ever(home: str, day: str) -> None:
    """What the killed process does: it indexes the day again and again."""
    from heal_pipeline.profile import load_profile
    from heal_pipeline.spark import session
    from resources.expectations import validate

    lake, profile = Lake(Path(home)), load_profile(f"{home}/profile.yaml")
    spark = session(profile.spark, lake)
    while True:
        dedup.index(spark, lake, profile, day, validate)


@pytest.mark.slow
def test_a_process_killed_while_it_writes_leaves_the_index_as_it_was(
    spark, lake: Lake, profile: Profile, suite
) -> None:
    texts = {str(i): " ".join(words(random.Random(i))) for i in range(3000)}
    write_clean(lake, DAYS[0], texts)
    run_day(spark, lake, profile, DAYS[0], suite)
    before = lake.table("minhash_index", DAYS[0])
    print_before, rows = before.manifest().fingerprint, before.read().num_rows
    write_clean(lake, DAYS[0], {**texts, "new": "a text that was not there before"})
    (lake.home / "profile.yaml").write_text(profile.model_dump_json())
    call = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from test_dedup_stages import index_for_ever; index_for_ever({str(lake.home)!r}, {DAYS[0]!r})"
    child = subprocess.Popen([sys.executable, "-c", call], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: any(lake.scratch.glob(f"minhash_index@{DAYS[0]}-*/*")), child)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert before.manifest().fingerprint == print_before
    assert before.read().num_rows == rows
    with pytest.raises(GateError, match="older than the clean tables"):
        dedup.find_pairs(spark, lake, profile, DAYS[0], suite)
    lake.clear_scratch()
    run_day(spark, lake, profile, DAYS[0], suite)
    assert before.manifest().rows == rows + 1


def wait_for(condition: Callable[[], bool], child: subprocess.Popen[bytes], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert child.poll() is None, "it ended by itself"
        assert time.monotonic() < end, "it did not come so far"
        time.sleep(0.005)


def test_odd_documents(spark, lake: Lake, profile: Profile, suite) -> None:
    composed, decomposed = "caf\u00e9 au lait every morning at home", "cafe\u0301 au lait every morning at home"
    body = " ".join(words(random.Random(3)))
    texts = {
        "empty": "",
        "wordless": "?! ...",
        "short": "no known allergies",
        "short again": "No known ALLERGIES.",
        "composed": composed,
        "decomposed": decomposed,
        "unix": body.replace(" w1", "\nw1"),
        "dos": body.replace(" w1", "\r\nw1"),
        "long": " ".join(words(random.Random(4), 200_000)),
    }
    write_clean(lake, DAYS[0], texts)
    run_day(spark, lake, profile, DAYS[0], suite)
    name = {doc_id("notes", key): key for key in texts}
    rows = lake.table("duplicate_pairs", DAYS[0]).read().to_pylist()
    found = {frozenset((name[r["a"]], name[r["b"]])) for r in rows if r["accepted"]}
    assert {frozenset(("composed", "decomposed")), frozenset(("unix", "dos"))} <= found
    assert all("long" not in pair for pair in found)


def test_a_text_that_is_not_the_one_that_was_indexed_is_not_compared(
    spark, lake: Lake, profile: Profile, suite
) -> None:
    """A table's fingerprint does not see the order of its rows, and documents are found by their row."""
    text = " ".join(words(random.Random(10)))
    write_clean(lake, DAYS[0], {"a": text, "b": text + " more", "c": "something else"})
    dedup.index(spark, lake, profile, DAYS[0], suite)
    [file] = lake.table("deidentified/notes", DAYS[0]).files()
    rows = pq.read_table(file, partitioning=None)
    pq.write_table(pa.concat_tables([rows.slice(1), rows.slice(0, 1)]), file)
    with pytest.raises(GateFailedError, match="candidates_compared"):
        dedup.find_pairs(spark, lake, profile, DAYS[0], suite)


def test_texts_made_to_share_a_key_are_compared_with_its_centres_and_are_no_pairs(
    spark, lake: Lake, profile: Profile, suite
) -> None:
    """The runs of words with the least values under the permutations of a band, in texts that are unlike otherwise."""
    scheme, rng = Scheme.of(profile.dedup), random.Random(11)
    runs = [" ".join(words(rng, scheme.shingle_words)) for _ in range(20_000)]
    values = scheme.signatures(shingle(runs, scheme.shingle_words))[:, : scheme.rows_per_band]
    least = [runs[i] for i in values.argmin(axis=0)]
    num = 2 * MAX_CENTRES
    write_clean(lake, DAYS[0], {str(i): " ".join([*least, *words(random.Random(i + 100), 40)]) for i in range(num)})
    run_day(spark, lake, profile, DAYS[0], suite)
    table = lake.table("duplicate_pairs", DAYS[0])
    comparisons = MAX_CENTRES * num - MAX_CENTRES * (MAX_CENTRES + 1) // 2
    assert 0.8 * comparisons < table.manifest().metadata["candidates"] <= comparisons
    assert table.manifest().rows == 0


@pytest.mark.slow
def test_a_document_of_fifty_megabytes_and_its_near_copy_among_small_ones(
    spark, lake: Lake, profile: Profile, suite
) -> None:
    rng = random.Random(12)
    long = " ".join([*words(rng, 2000)] * 5000)[: 50 * 2**20]
    texts = {"long": long + " once", "copy": long + " twice", **{str(i): " ".join(words(rng)) for i in range(20)}}
    write_clean(lake, DAYS[0], texts)
    run_day(spark, lake, profile, DAYS[0], suite)
    [pair] = lake.table("duplicate_pairs", DAYS[0]).read().to_pylist()
    assert {pair["a"], pair["b"]} == {doc_id("notes", "long"), doc_id("notes", "copy")}


@pytest.mark.open_data
@pytest.mark.slow
def test_releases_of_a_set_that_differ_in_their_line_ends_are_one(
    spark, lake: Lake, profile: Profile, suite, open_data: Path
) -> None:
    """The files of MTS-Dialog's releases of 2022 and 2023 hold the same dialogues with other line ends."""
    with (open_data / "mts-dialog" / "MTS-Dialog-TrainingSet.csv").open(newline="", encoding="utf-8") as file:
        first = [row["dialogue"] for row in csv.DictReader(file)]
    augmented = next((open_data / "mts-dialog" / "Augmented-Data").glob("*.csv.gz"))
    with gzip.open(augmented, "rt", newline="", encoding="utf-8") as file:
        second = [row["dialogue"] for row in csv.DictReader(file)][: len(first)]
    assert sum("\r\n" in text for text in first) > 1000 > 0 == sum("\r\n" in text for text in second)
    write_clean(lake, DAYS[0], dict(zip(map(str, range(len(first))), first, strict=True)))
    write_clean(lake, DAYS[1], {}, dict(zip(map(str, range(len(second))), second, strict=True)))
    for day in DAYS[:2]:
        run_day(spark, lake, profile, day, suite)
    contaminate_nothing(lake, *DAYS[:2])
    decide(lake, profile, suite)
    assert not [row for row in survivors(lake) if row["source"] == "pages" and row["kept"]]
