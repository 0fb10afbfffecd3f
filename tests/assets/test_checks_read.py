"""What the checks show: gates in plain words, drift between days as a warning that stops nothing."""

import numpy as np
import pytest

from assets.checks import Attempt, drift_result, verdict_result
from heal_pipeline.filtering.signals import SIGNALS
from heal_pipeline.filtering.statistics import write_statistics
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import SourceEntry
from resources.expectations import load_suite, validate

DAYS = ["2026-01-05", "2026-01-06", "2026-01-07"]
ENTRY = SourceEntry(
    name="pages", reader="jsonl", group="medical_public", kind="text", licence="MIT", owner="team:data", phi="possible"
)


def commit_day(lake: Lake, day: str, num: int, english: float = 0.97, committed: bool = True) -> None:
    """A day of the source as the stage leaves it: its statistics, and its filtered table."""
    import pyarrow as pa

    rng = np.random.default_rng(int(day[-2:]))
    columns = {name: rng.beta(2, 8, num) for name in SIGNALS}
    columns["english_v1"] = np.where(rng.random(num) < english, 1.0, 0.1)
    signals = lake.table("signals/pages", day)
    with lake.stage(signals) as staged:
        staged.write(pa.table({"doc_id": pa.array([f"{i:032x}" for i in range(num)])}))
        staged.commit()
    write_statistics(lake, "pages", day, signals, columns)
    if committed:
        with lake.stage(lake.table("filtered/pages", day, "restricted")) as staged:
            staged.write(pa.table({"doc_id": pa.array([], pa.string())}))
            staged.commit()


def rows_of(result, table: str = "drift") -> list[dict[str, str]]:
    return [record.data for record in result.metadata[table].records]


def test_a_day_like_the_last_one_passes(lake: Lake) -> None:
    for day in DAYS[:2]:
        commit_day(lake, day, 400)
    result = drift_result(lake, ENTRY, [DAYS[1]], 0.25)
    assert result.passed
    assert result.description == "2026-01-06: nothing drifted since 2026-01-05"
    assert {row["drifted"] for row in rows_of(result)} == {"no"}


def test_a_signal_that_drifted_is_warned_of_and_blocks_nothing(lake: Lake) -> None:
    commit_day(lake, DAYS[0], 400)
    commit_day(lake, DAYS[1], 400, english=0.4)
    result = drift_result(lake, ENTRY, [DAYS[1]], 0.25)
    assert not result.passed
    assert result.severity.value == "WARN"
    assert result.description == "2026-01-06: english_v1 drifted since 2026-01-05"
    first = rows_of(result)[0]
    assert (first["signal"], first["drifted"]) == ("english_v1", "YES")
    assert float(first["PSI"]) > 1
    assert (first["last day"], first["this day"]) == (DAYS[0], DAYS[1])
    assert float(first["mean then"]) > 0.9 > 0.5 > float(first["mean now"])
    assert drift_result(lake, ENTRY, [DAYS[1]], 10.0).passed, "the bound is the profile's"


@pytest.mark.parametrize(
    ("earlier", "now", "why"),
    [
        (None, (400, True), "no earlier day"),
        ((99, True), (400, True), "no earlier day"),
        ((400, False), (400, True), "no earlier day"),
        ((400, True), (99, True), "fewer than 100 documents"),
        ((400, True), (400, False), "not committed"),
    ],
)
def test_a_day_that_cannot_be_compared_passes_and_says_why(lake: Lake, earlier, now, why: str) -> None:
    if earlier:
        commit_day(lake, DAYS[0], earlier[0], committed=earlier[1])
    commit_day(lake, DAYS[1], now[0], english=0.1, committed=now[1])
    result = drift_result(lake, ENTRY, [DAYS[1]], 0.25)
    assert result.passed
    assert why in result.description
    assert "drift" not in result.metadata


def test_several_days_are_told_apart(lake: Lake) -> None:
    for day, english in zip(DAYS, (0.97, 0.97, 0.3), strict=True):
        commit_day(lake, day, 400, english)
    result = drift_result(lake, ENTRY, DAYS, 0.25)
    assert not result.passed
    assert "2026-01-06: nothing drifted since 2026-01-05" in result.description
    assert "2026-01-07: english_v1 drifted since 2026-01-06" in result.description
    assert {(r["this day"], r["signal"]) for r in rows_of(result) if r["drifted"] == "YES"} == {(DAYS[2], "english_v1")}


def test_gates_read_as_sentences_and_failures_come_first() -> None:
    import pandas as pd

    names = ("documents", "drop_share", "english_share", "mean_words")
    bounds = {f"{name}_{side}": bound for name in names for side, bound in (("least", 0), ("most", None))}
    measured = pd.DataFrame([{"documents": 1200, "drop_share": 0.25, "english_share": 0.9, "mean_words": 45.678}])
    verdicts = [
        Verdict("rows_conserved", True, [{"rows_in": 1200, "kept": 900, "dropped": 300}]),
        validate("source_day", measured, **{**bounds, "drop_share_most": 0.1, "english_share_most": 1}),
    ]
    result = verdict_result([Attempt("filtered/pages@2026-01-05", False, verdicts)])
    assert not result.passed
    assert result.description == "expectations:source_day failed"
    rows = rows_of(result, "verdicts")
    shown = [(r["passed"], r["column"], r["expectation"], r["bound"], r["failing"], r["observed"]) for r in rows]
    assert shown[0] == ("NO", "drop_share", "lies within", "0 to 0.1", "1", "0.25")
    assert ("yes", "", "rows conserved", "", "", "rows in 1,200, kept 900, dropped 300") in shown
    assert ("yes", "mean_words", "lies within", "at least 0", "0", "45.68") in shown
    assert len(rows) == 1 + len(load_suite("source_day")["expectations"])
    assert {r["gate"] for r in rows} == {"rows_conserved", "expectations:source_day"}
    of_two = verdict_result([Attempt("a", True, verdicts[:1]), Attempt("b", True, verdicts[:1])])
    assert [row["of"] for row in rows_of(of_two, "verdicts")] == ["a and 1 more"]


def test_a_long_table_ends_with_how_many_rows_are_left_out_and_never_leaves_out_a_failure() -> None:
    attempts = [Attempt(f"t@{i}", i < 99, [Verdict("rows_conserved", i < 99, [{"rows_in": i}])]) for i in range(100)]
    rows = rows_of(verdict_result(attempts), "verdicts")
    assert (rows[0]["of"], rows[0]["passed"]) == ("t@99", "NO")
    assert rows[-1]["passed"] == f"and {100 - len(rows) + 1} more"


def test_a_measure_with_nothing_to_judge_says_so() -> None:
    import pandas as pd

    names = ("documents", "drop_share", "english_share", "mean_words")
    bounds = {f"{name}_{side}": bound for name in names for side, bound in (("least", 0), ("most", 1))}
    verdict = validate("source_day", pd.DataFrame([dict.fromkeys(names) | {"documents": 0.0}], dtype=float), **bounds)
    result = verdict_result([Attempt("filtered/pages@2026-01-05", True, [verdict])])
    rows = rows_of(result, "verdicts")
    assert {r["observed"] for r in rows if r["column"] in names[1:]} == {"nothing to judge"}


def test_what_never_came_to_a_verdict_is_named() -> None:
    result = verdict_result([Attempt("raw/pages@2026-01-05", False, [])])
    assert (result.passed, result.description) == (False, "raw/pages@2026-01-05 was never committed")
