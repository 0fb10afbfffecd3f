"""Table 1 and the funnel: everything adds up, every drop has its reason, estimates are marked, what is late is named."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heal_pipeline import phases, report
from heal_pipeline.lake import Lake
from heal_pipeline.report.corpus_lines import Ratio, with_estimates
from heal_pipeline.report.funnel import Amount, SourceFunnel
from heal_pipeline.survivors import REASONS
from tests.report.corpus_home import CHARACTERS, DROPPED_CHARACTERS, CorpusHome, commit_day
from tests.token_home import DAYS

LATE = "2026-01-07"


@pytest.fixture
def home(lake: Lake) -> CorpusHome:
    """Everything up to two planned phases; of the survivors' input some documents are duplicate, contaminated, withdrawn."""
    made = CorpusHome(lake)
    gone = {r["doc_id"]: REASONS[i % 3] for i, r in enumerate(made.rows[::9])}
    made.survive(made.rows, reasons=gone)
    return made


def planned(home: CorpusHome) -> CorpusHome:
    home.pack()
    phases.mixture(home.lake, home.profile, "phase_1", None)
    phases.shards(home.lake, home.profile, "phase_1")
    return home


def table(value: dict, title: str) -> list[dict]:
    [found] = [t for t in value["tables"] if t["title"] == title]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


def note(value: dict, title: str) -> str:
    return next(t["note"] for t in value["tables"] if t["title"] == title)


def by_source(rows: list[dict]) -> dict[str, dict]:
    return {row["source"]: row for row in rows}


def assert_adds_up(value: dict) -> None:
    """In each source kept and dropped are what came in, and what was kept is what comes in next or waits."""
    for source in value["sources"]:
        for step in source["decisions"]:
            assert step["documents_in"] == step["kept"] + sum(step["dropped"].values()), (source["source"], step)
        for before, after in pairwise(source["decisions"]):
            assert before["kept"] == after["documents_in"] + after["not_yet"], (source["source"], after)
    for title in ("Documents by stage", "Tokens by stage", "Characters by stage"):
        assert_sums(table(value, title), value)


def assert_sums(rows: list[dict], value: dict) -> None:
    """Groups are the sums of their sources, and the last row is the sum of the groups."""
    group_of = {s["source"]: s["group"] for s in value["sources"]}
    for column in set(rows[0]) - {"source", "share released"}:
        groups: Counter[str] = Counter()
        for row in rows:
            if row["source"] in group_of:
                groups[group_of[row["source"]]] += row[column] or 0
        found = {r["source"]: r[column] or 0 for r in rows if r["source"].startswith("all ")}
        assert found.pop("all sources") == sum(groups.values())
        assert found == {f"all {g.replace('_', ' ')}": n for g, n in groups.items()}


counts = st.integers(0, 4)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(unreadable=counts, filtered=counts, quarantined=counts, gone=st.lists(st.sampled_from(REASONS), max_size=12))
def test_every_stage_adds_up_for_every_source(
    tmp_path_factory: pytest.TempPathFactory, unreadable: int, filtered: int, quarantined: int, gone: list[str]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("home"))
    home = CorpusHome(lake, 12, unreadable=unreadable, filtered=filtered, quarantined=quarantined)
    reasons = {r["doc_id"]: reason for r, reason in zip(home.rows[::3], gone, strict=False)}
    home.survive(home.rows, reasons=reasons)
    value = report.corpus(lake, home.profile)
    assert_adds_up(value)
    documents = by_source(table(value, "Documents by stage"))
    lost = len(DAYS) * (filtered + quarantined)
    assert documents["notes"]["raw"] == 12 + lost
    assert documents["notes"]["filtered"] == 12 + len(DAYS) * quarantined
    assert documents["web"]["filtered"] == documents["web"]["clean"] == documents["notes"]["clean"] == 12
    removed = Counter(reasons.values())
    assert {reason: documents["all sources"][reason] for reason in REASONS} == {r: removed[r] for r in REASONS}
    rules = Counter()
    for row in table(value, "Kept and dropped by rule"):
        if row["reason"]:
            rules[row["stage"], row["rule"]] += row["documents"]
    assert rules["raw", "unreadable"] == 4 * len(DAYS) * unreadable
    assert rules["filtered", "few_words"] == 4 * len(DAYS) * filtered
    assert rules["deidentified", "quarantined"] == 2 * len(DAYS) * quarantined


def test_what_was_counted_is_never_estimated(home: CorpusHome) -> None:
    amounts = {"raw": Amount(3, 900, None), "clean": Amount(2, 600, 100), "release": Amount(1, None, None)}
    found = SourceFunnel(home.profile.source("web"), amounts, [], tokenized=amounts["clean"])
    assert with_estimates(found, Ratio(4.0, "web")).amounts == {**amounts, "raw": Amount(3, 900, 225)}
    assert with_estimates(found, None) == found


def test_what_came_in_is_what_was_dropped_and_kept_in_the_table_of_rules(home: CorpusHome) -> None:
    value = report.corpus(home.lake, home.profile)
    stages: dict[str, list[dict]] = {}
    for row in table(value, "Kept and dropped by rule"):
        stages.setdefault(row["stage"], []).append(row)
    assert list(stages) == ["raw", "filtered", "deidentified", "survivors", "repeated sentences"]
    for first, *dropped, last in stages.values():
        assert (first["rule"], last["rule"]) == ("in", "kept")
        assert first["documents"] == sum(r["documents"] for r in [*dropped, last])
        assert sum(r["share"] for r in [*dropped, last]) == pytest.approx(1)
        assert all(r["reason"] for r in dropped)
    few = next(r for r in stages["filtered"] if r["rule"] == "few_words")
    assert few["reason"] == "Gopher: fewer than 50 words"


def test_tokens_are_exact_from_clean_on_and_survive_into_the_packed_rows(home: CorpusHome) -> None:
    value = report.corpus(planned(home).lake, home.profile)
    assert_adds_up(value)
    for measure, of in (("Tokens by stage", "num_tokens"), ("Characters by stage", "num_characters")):
        rows = by_source(table(value, measure))
        for name in ("web", "papers", "notes", "tasks"):
            row = rows[name]
            assert row["clean"] == sum(r[of] for r in home.rows if r["source"] == name)
            assert row["clean"] - sum(row[reason] for reason in REASONS) == row["survivors"] == row["release"]
            assert row["training"] + row["held out"] == row["release"]
            assert row["held out"] > 0
    assert value["stage"] == "release"
    tokens = sum(s["tokens"] for s in value["sources"])
    assert tokens == sum(g["tokens"] for g in value["groups"]) == rows["all sources"]["release"] / CHARACTERS
    assert sum(s["share"] for s in value["sources"]) == pytest.approx(1)
    assert sum(g["share"] for g in value["groups"]) == pytest.approx(1)


def test_what_is_left_out_of_documents_is_not_in_the_release(home: CorpusHome) -> None:
    """A sentence that all pages hold stays in one of them; pages with little else go."""
    pages = [r for r in home.rows if r["source"] == "web"]
    for row in pages:
        row["sentence_hashes"][-1], row["sentence_words"][-1] = 7, 30
    home.tokenize(home.rows)
    home.leave_out()
    value = report.corpus(planned(home).lake, home.profile)
    assert_adds_up(value)
    entries = home.lake.table("repeated_sentences").read().to_pylist()
    gone = {r["doc_id"] for r in entries if not r["kept"]}
    survivors = {r["doc_id"] for r in home.lake.table("survivors").read().to_pylist() if r["kept"]}
    staying = [r for r in pages if r["doc_id"] in survivors - gone]
    assert 0 < len(gone) < len(entries)
    [row] = [r for r in table(value, "Kept and dropped by rule") if r["rule"] == "mostly_repeated"]
    assert (row["stage"], row["documents"]) == ("repeated sentences", len(gone))
    lost = sum(r["tokens_left_out"] for r in entries if r["kept"])
    tokens = by_source(table(value, "Tokens by stage"))["web"]
    assert tokens["release"] == sum(r["num_tokens"] for r in staying) - lost == tokens["training"] + tokens["held out"]
    characters = by_source(table(value, "Characters by stage"))["web"]
    assert characters["release"] == characters["training"] + characters["held out"] < characters["survivors"]


def test_tokens_that_nobody_counted_are_estimates_by_the_sources_own_ratio(home: CorpusHome) -> None:
    value = report.corpus(home.lake, home.profile)
    sources = {s["source"]: s["stages"] for s in value["sources"]}
    estimated = {
        (name, stage) for name, stages in sources.items() for stage in stages if stages[stage]["tokens_estimated"]
    }
    restricted = ("notes", "tasks")
    raw = {(name, "raw") for name in ("web", "papers", "subtitles", *restricted)}
    assert estimated == raw | {(name, "filtered") for name in restricted}
    dropped = len(DAYS) * 3 * DROPPED_CHARACTERS
    assert sources["web"]["raw"]["characters"] == sources["web"]["clean"]["characters"] + dropped
    assert sources["web"]["raw"]["tokens"] == sources["web"]["clean"]["tokens"] + dropped // CHARACTERS
    of = {s["source"]: s["characters_per_token_of"] for s in value["sources"]}
    assert (of["web"], of["subtitles"], of["letters"]) == ("web", "non medical public", "medical proprietary")
    assert "raw, estimated" in table(value, "Tokens by stage")[0]
    assert "estimated by those of non medical public: subtitles" in note(value, "Tokens by stage")


def test_an_excluded_source_is_named_with_its_evidence(home: CorpusHome) -> None:
    value = report.corpus(home.lake, home.profile)
    [row] = table(value, "Excluded sources")
    assert (row["source"], row["days"], row["documents judged"]) == ("subtitles", 2, 60)
    assert (row["failing share"], row["share allowed"]) == (pytest.approx(0.8), 0.5)
    assert row["fail for"] == "few_words 50%, subtitles 50%"
    assert {s["source"] for s in value["sources"] if s["excluded"]} == {"subtitles"}
    assert by_source(table(value, "Documents by stage"))["subtitles"]["clean"] == 0


def test_a_source_without_a_day_is_there_with_gaps(home: CorpusHome) -> None:
    value = report.corpus(home.lake, home.profile)
    row = by_source(table(value, "Documents by stage"))["letters"]
    assert set(row.values()) == {"letters", None}
    assert "letters" in note(value, "Table 1: tokens by source and group")
    assert next(s for s in value["sources"] if s["source"] == "letters")["tokens"] == 0


def test_a_late_day_waits_at_the_stage_that_it_has_not_passed(home: CorpusHome) -> None:
    late = {f"{i:032x}": 8 for i in range(7)}
    commit_day(home.lake, "raw", home.profile.source("web"), LATE, late, {})
    commit_day(home.lake, "raw", home.profile.source("notes"), LATE, late, {})
    commit_day(home.lake, "filtered", home.profile.source("notes"), LATE, late, {})
    commit_day(home.lake, "deidentified", home.profile.source("notes"), LATE, late, {})
    value = report.corpus(home.lake, home.profile)
    assert_adds_up(value)
    assert "7 of web at filtered, 7 of notes at survivors" in note(value, "Documents by stage")
    assert "a day is not tokenized yet: notes" in note(value, "Tokens by stage")
    notes = next(s for s in value["sources"] if s["source"] == "notes")["stages"]
    assert notes["clean"]["tokens_estimated"]
    counted = sum(r["num_tokens"] for r in home.rows if r["source"] == "notes")
    assert notes["clean"]["tokens"] == counted + len(late) * 8 // CHARACTERS


def test_a_source_that_has_come_no_further_than_raw_waits_as_a_whole(home: CorpusHome) -> None:
    commit_day(home.lake, "raw", home.profile.source("letters"), DAYS[0], {f"{i:032x}": 8 for i in range(5)}, {})
    value = report.corpus(home.lake, home.profile)
    assert_adds_up(value)
    assert "5 of letters at survivors" in note(value, "Documents by stage")
    fates = value["charts"][2]
    assert fates["series"]["not yet decided"][fates["bars"].index("letters")] == 1


def test_a_stage_that_was_made_from_more_than_there_is_now_is_named(home: CorpusHome) -> None:
    commit_day(home.lake, "raw", home.profile.source("web"), DAYS[0], {f"{i:032x}": 8 for i in range(3)}, {})
    value = report.corpus(home.lake, home.profile)
    assert "Made when the stage before held more: web at filtered" in note(value, "Documents by stage")
    assert len(value["charts"]) == 3


def test_decisions_that_do_not_add_up_are_reported(home: CorpusHome) -> None:
    """The ledger of a day is that of another table: what a process leaves that is killed between the two."""
    entry = home.profile.source("web")
    place = home.lake.table("raw/web", DAYS[0]).path / "manifest.json"
    before = place.read_text()
    commit_day(home.lake, "raw", entry, DAYS[0], {f"{i:032x}": 8 for i in range(99)}, {})
    now = json.loads(place.read_text())
    place.write_text(json.dumps({**now, "rows": json.loads(before)["rows"]}))
    value = report.corpus(home.lake, home.profile)
    assert "do not add up to the input: web at raw" in note(value, "Documents by stage")


def test_mixing_gives_each_group_an_equal_share_beside_its_natural_one(home: CorpusHome) -> None:
    value = report.corpus(planned(home).lake, home.profile)
    groups = {g["group"]: g for g in value["groups"]}
    assert sum(g["training_share"] for g in groups.values()) == pytest.approx(1)
    for group in groups.values():
        assert group["phase_shares"]["phase 1"] == pytest.approx(1 / 3, abs=0.03)
    assert abs(groups["medical_proprietary"]["training_share"] - 1 / 3) > 0.1
    rows = by_source(table(value, "Table 1: tokens by source and group"))
    assert rows["all medical public"]["phase 1 share"] == groups["medical_public"]["phase_shares"]["phase 1"]
    assert rows["all sources"]["phase 1 share"] == rows["all sources"]["training share"] == 1
    mixing = value["charts"][-1]
    assert mixing["bars"] == ["packed", "phase 1"]
    assert all(sum(parts) == pytest.approx(1) for parts in zip(*mixing["series"].values(), strict=True))


def test_a_release_whose_tokens_were_made_again_has_no_counts_of_them(home: CorpusHome) -> None:
    planned(home)
    home.tokenize([{**r, "num_tokens": r["num_tokens"] + 1} for r in home.rows])
    value = report.corpus(home.lake, home.profile)
    stages = next(s for s in value["sources"] if s["source"] == "web")["stages"]
    assert stages["release"]["documents"] == stages["training"]["documents"] + stages["held out"]["documents"]
    assert stages["release"]["tokens"] is None
    assert stages["training"]["tokens"] > 0


def test_charts_show_what_the_tables_say(home: CorpusHome) -> None:
    value = report.corpus(planned(home).lake, home.profile)
    charts = {c["title"]: c for c in value["charts"]}
    totals = by_source(table(value, "Documents by stage"))["all sources"]
    documents = charts["Documents by stage"]
    lengths = [sum(parts) for parts in zip(*documents["series"].values(), strict=True)]
    assert dict(zip(documents["bars"], lengths, strict=True)) == {stage: totals[stage] for stage in documents["bars"]}
    assert documents["bars"] == ["raw", "filtered", "clean", "survivors", "release", "training"]
    fates = charts["What became of each source's documents"]
    assert "letters" not in fates["bars"]
    assert all(sum(parts) == pytest.approx(1) for parts in zip(*fates["series"].values(), strict=True))
    assert fates["series"]["source excluded"][fates["bars"].index("subtitles")] == 1


def test_no_document_is_named(home: CorpusHome) -> None:
    report.corpus(planned(home).lake, home.profile)
    text = (home.lake.reports / "corpus.json").read_text()
    assert not any(r["doc_id"] in text for r in home.rows)


def test_equal_homes_give_equal_files(home: CorpusHome, tmp_path: Path) -> None:
    other = CorpusHome(Lake(tmp_path / "other"))
    other.tokenize(list(reversed(other.rows)))
    other.survive(
        list(reversed(other.rows)), reasons={r["doc_id"]: REASONS[i % 3] for i, r in enumerate(home.rows[::9])}
    )
    assert report.corpus(home.lake, home.profile) == report.corpus(other.lake, other.profile)
    assert (home.lake.reports / "corpus.json").read_bytes() == (other.lake.reports / "corpus.json").read_bytes()


def test_an_empty_home_says_what_to_run(home: CorpusHome, tmp_path: Path) -> None:
    value = report.corpus(Lake(tmp_path / "empty"), home.profile)
    assert "heal run --job refresh" in value["absent"]
    assert value["sources"] == value["charts"] == []


def test_a_home_of_raw_documents_alone_has_a_table(lake: Lake) -> None:
    home = CorpusHome(lake)
    raw = Lake(lake.home.with_name("raw"))
    with raw.stage(raw.table("raw/web", DAYS[0])) as staged:
        staged.write(pa.table({"doc_id": ["a", "b"]}))
        staged.commit({"characters": 20})
    value = report.corpus(raw, home.profile)
    assert value["stage"] == "raw"
    assert by_source(table(value, "Documents by stage"))["all sources"]["raw"] == 2
    assert by_source(table(value, "Tokens by stage"))["web"]["raw, estimated"] is None
    assert [c["title"] for c in value["charts"]] == ["Documents by stage", "What became of each source's documents"]
