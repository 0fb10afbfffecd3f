"""A source's day: what the profile expects of it, the evidence of its verdict, its statistics, its drift since the last day."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_pages import DAY, PAGE, ledger_of, pages, profile_of, write_raw

from heal_pipeline import filtering
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.filtering.signals import SIGNALS, measure
from heal_pipeline.filtering.statistics import (
    COUNT_EDGES,
    SHARE_EDGES,
    WATCHED,
    Drift,
    _edges,
    _spread,
    drift,
    last_day,
    stability,
)
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, SourceEntry
from resources.expectations import validate

LATER = "2026-01-02"
BULGARIAN = "Клиниката отваря в осем сутринта и повечето хора, които идват, имат уговорен час при лекаря. "


def run(spark, lake: Lake, profile: Profile, entry: SourceEntry, texts: list[str], day: str = DAY) -> Any:
    write_raw(lake, entry, texts, day=day)
    return filtering.filter_source(spark, lake, profile, entry, day, validate)


def failed(lake: Lake, entry: SourceEntry) -> list[tuple[str, float]]:
    verdicts = lake.table(f"filtered/{entry.name}", DAY, entry.zone).verdicts()
    return [(r["column"], r["observed"]) for v in verdicts for r in v.results if not r.get("passed", True)]


@pytest.mark.spark
@pytest.mark.parametrize(
    ("expected", "texts", "found"),
    [
        ({"drop_share": [0, 0.2]}, [*pages(3), "no"], ("drop_share", 0.25)),
        ({"documents": [5, None]}, pages(4), ("documents", 4)),
        ({"documents": [0, 3]}, pages(4), ("documents", 4)),
        ({"mean_words": [60, None]}, [*pages(4), "no"], ("mean_words", float(len(pages(1)[0].split())))),
    ],
)
def test_a_day_outside_its_bounds_is_not_committed(
    spark, lake: Lake, expected: dict, texts: list[str], found: tuple[str, float]
) -> None:
    profile, entry = profile_of(expected=expected)
    with pytest.raises(GateFailedError, match="source_day"):
        run(spark, lake, profile, entry, texts)
    with pytest.raises(GateError, match="did not pass"):
        lake.table("filtered/pages", DAY).read()
    assert failed(lake, entry) == [found]
    assert not lake.table("statistics/pages", DAY).committed()
    assert not lake.table("ledger/filtered/pages", DAY).committed()

    signals = lake.table("signals/pages", DAY).manifest()
    mended, entry = profile_of({"expected": {found[0]: [0, None]}}, expected=expected)  # the source's own bound counts
    assert filtering.filter_source(spark, lake, mended, entry, DAY, validate).rows_out
    assert lake.table("signals/pages", DAY).manifest() == signals  # a bound measures nothing again


@pytest.mark.spark
def test_the_share_of_english_is_that_of_the_kept_documents(spark, lake: Lake) -> None:
    foreign = [f"{BULGARIAN * 4} {i}" for i in range(30)]
    profile, entry = profile_of({"group": "medical_proprietary", "kind": "note", "phi": "contains"})
    with pytest.raises(GateFailedError, match="source_day"):  # no web rule judges notes: they would all be kept
        run(spark, lake, profile, entry, [*pages(10), *foreign])
    assert failed(lake, entry) == [("english_share", 0.25)]
    profile, entry = profile_of()
    with_rule = run(
        spark, lake, profile, entry, [*pages(25), *foreign[:20]]
    )  # the rule drops them, and what is kept is English
    assert with_rule.rows_out == 25
    assert with_rule.metadata["drops"] == {"not_english": 20}


@pytest.mark.spark
def test_fewer_documents_than_twenty_are_not_judged_for_their_language(spark, lake: Lake) -> None:
    profile, entry = profile_of({"kind": "note"})
    assert run(spark, lake, profile, entry, [BULGARIAN * 4] * 3).rows_out == 3


@pytest.mark.spark
def test_an_excluded_source_shows_what_led_to_it(spark, lake: Lake) -> None:
    profile, entry = profile_of(expected={"drop_share": [0, 0.1]})
    ids = run_ids = write_raw(lake, entry, [*pages(10), *["no"] * 8, *[f"{PAGE} {BULGARIAN * 20}"] * 2])
    result = filtering.filter_source(spark, lake, profile, entry, DAY, validate)  # decided, and so no loss

    assert result.rows_out == 0
    metadata = lake.table("filtered/pages", DAY).manifest().metadata
    assert metadata["source_excluded"] is True
    assert (metadata["judged"], metadata["failing_share"]) == (20, 0.5)
    assert metadata["drops"] == {"source_excluded": 20}
    assert metadata["failing"]["too_short"] == 8
    assert metadata["failing"]["not_english"] >= 2
    first, *others = result.tables["source_verdict"]
    assert (first["rule"], first["documents"], first["share"]) == ("any rule", 10, 0.5)
    assert "excluded: 50.0% of 20" in first["reason"]
    assert {k: next(r for r in others if r["rule"] == "too_short")[k] for k in ("rule", "documents", "share")} == {
        "rule": "too_short",
        "documents": 8,
        "share": 0.4,
    }
    decisions = ledger_of(lake, entry)
    assert len(run_ids) == len(decisions)
    evidence = [decisions[i]["evidence"] for i in ids]
    assert evidence.count("") == 10
    assert evidence.count("too_short") == 8


@pytest.mark.spark
def test_domains_do_not_count_as_evidence(spark, lake: Lake) -> None:
    profile, entry = profile_of({"meta": ["url"], "allow_domains": ["nih.gov"]})
    urls = [*["https://nih.gov/a"] * 3, *["https://shop.example"] * 2]
    write_raw(lake, entry, [*pages(2), "no", "no", "no"], urls)
    result = filtering.filter_source(spark, lake, profile, entry, DAY, validate)
    assert result.metadata["failing"]["too_short"] == 1
    assert result.metadata["drops"] == {"domain_not_allowed": 2, "too_short": 1}
    assert result.tables["source_verdict"][0]["documents"] == 1


@pytest.mark.spark
def test_statistics_are_numbers_and_the_same_whatever_the_files(spark, tmp_path: Path) -> None:
    profile, entry = profile_of({"phi": "contains"})
    fingerprints = set()
    for num_files in (1, 3):
        lake = Lake(tmp_path / str(num_files))
        write_raw(lake, entry, [*pages(9), "no"], num_files=num_files)
        filtering.filter_source(spark, lake, profile, entry, DAY, validate)
        table = lake.table("statistics/pages", DAY)
        fingerprints.add(table.manifest().fingerprint)
    assert len(fingerprints) == 1
    rows = {row["signal"]: row for row in table.read().to_pylist()}
    assert set(rows) == set(WATCHED)
    assert all(row["documents"] == sum(row["histogram"]) == 10 for row in rows.values())
    measured = lake.table("signals/pages", DAY).read()
    for name, row in rows.items():
        assert row["mean"] == pytest.approx(np.mean(measured[name]))
        assert row["sd"] == pytest.approx(np.std(measured[name]))


@pytest.mark.spark
def test_a_day_is_compared_with_the_last_one_that_was_committed_and_large_enough(spark, lake: Lake) -> None:
    profile, entry = profile_of(expected={"drop_share": [0, 0.3]})
    run(spark, lake, profile, entry, pages(120), "2026-01-01")
    run(spark, lake, profile, entry, pages(10), "2026-01-02")
    with pytest.raises(GateFailedError):
        run(spark, lake, profile, entry, [*pages(120), *["no"] * 80], "2026-01-03")
    run(spark, lake, profile, entry, [], "2026-01-04")
    run(spark, lake, profile, entry, [p.upper() for p in pages(120)], "2026-01-05")
    assert last_day(lake, entry, "2026-01-01") is None
    assert last_day(lake, entry, "2026-01-05") == "2026-01-01"
    changed = {d.signal: d for d in drift(lake, "pages", "2026-01-01", "2026-01-05")}
    assert changed["uppercase_v1"].beyond(0.25)
    assert (changed["uppercase_v1"].before < 0.1, changed["uppercase_v1"].now) == (True, 1.0)
    assert not changed["gopher_words_v1"].beyond(0.0)


def test_what_is_watched_is_measured() -> None:
    assert set(WATCHED) <= set(SIGNALS)


DISTRIBUTIONS = {
    "lengths": (COUNT_EDGES, lambda rng, n: rng.lognormal(5, 1, n)),
    "shares": (SHARE_EDGES, lambda rng, n: rng.beta(2, 20, n)),
    "even": (SHARE_EDGES, lambda rng, n: rng.random(n)),
    "mostly nothing": (SHARE_EDGES, lambda rng, n: np.where(rng.random(n) < 0.9, 0, rng.random(n) * 0.3)),
    "nearly all one": (SHARE_EDGES, lambda rng, n: np.where(rng.random(n) < 0.97, 1, rng.random(n))),
}


def compared(name: str, before: np.ndarray, now: np.ndarray) -> Drift:
    edges = DISTRIBUTIONS[name][0]
    histograms = [_spread(values, edges)["histogram"] for values in (before, now)]
    return Drift(name, 0.0, 0.0, *stability(*histograms))


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("size", [100, 1000])
def test_equal_distributions_do_not_drift(name: str, size: int) -> None:
    rng = np.random.default_rng(3)
    draw = DISTRIBUTIONS[name][1]
    pairs = [compared(name, draw(rng, 100), draw(rng, size)) for _ in range(300)]
    assert not any(pair.beyond(0.25) for pair in pairs)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_other_distributions_do_drift(name: str) -> None:
    rng = np.random.default_rng(3)
    draw = DISTRIBUTIONS[name][1]
    for size in (100, 1000):
        now = draw(rng, size)
        now = now * 5 if name == "lengths" else np.where(rng.random(size) < 0.5, 0.5, now)
        assert compared(name, draw(rng, size), now).beyond(0.25)


@pytest.mark.open_data
@pytest.mark.slow
def test_drift_on_real_text(open_data: Path) -> None:
    """A crawl against itself does not drift; questions and answers of programmers in its place do."""

    def measured(name: str) -> dict[str, np.ndarray]:
        [path] = (open_data / "redpajama-sample" / name).glob("*.jsonl.gz")
        with gzip.open(path, "rt") as stream:
            return measure([json.loads(line)["text"] for line, _ in zip(stream, range(200), strict=False)])

    def drifted(before: dict[str, np.ndarray], now: dict[str, np.ndarray]) -> set[str]:
        pairs = {s: [_spread(day[s], _edges(s))["histogram"] for day in (before, now)] for s in WATCHED}
        return {s for s, pair in pairs.items() if Drift(s, 0.0, 0.0, *stability(*pair)).beyond(0.25)}

    crawl, answers = measured("c4-rp"), measured("stackexchange")
    first, second = ({s: values[half] for s, values in crawl.items()} for half in (slice(0, 100), slice(100, 200)))
    assert drifted(first, second) == set()
    assert {"c4_line_ends_v1", "fineweb_short_lines_v1"} <= drifted(crawl, answers)


COUNTS = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any)


@given(COUNTS, COUNTS)
@settings(deadline=None)
def test_the_index_is_symmetric_never_negative_and_nothing_for_equal_days(before: list[int], now: list[int]) -> None:
    there, back = stability(before, now), stability(now, before)
    assert there == pytest.approx(back)
    assert there[0] >= 0
    assert stability(before, before)[0] == 0


def test_the_index_is_the_textbooks_where_groups_are_full() -> None:
    p, q = np.array([2000, 3000, 5000]), np.array([3000, 3000, 4000])
    a, b = p / p.sum(), q / q.sum()
    assert stability(p.tolist(), q.tolist())[0] == pytest.approx(float(((b - a) * np.log(b / a)).sum()), rel=1e-3)


def test_the_noise_is_that_of_chi_squared() -> None:
    from scipy.stats import chi2

    for groups in (3, 6, 10, 19):
        counts = [50] * groups
        n = 50 * groups
        assert stability(counts, counts)[1] == pytest.approx(2 / n * chi2.ppf(0.99999, groups - 1), rel=0.1)
