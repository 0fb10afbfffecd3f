"""Scores of coverage, worked out by hand on small texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid.scoring import NOT_IDENTIFYING, TOKEN, TokenCounts

TEXT = "Anna Vole of Tarnhaven saw Dr. Wood on 3/4/19 for Acme."
"""Tokens: Anna Vole of Tarnhaven saw Dr Wood on 3 4 19 for Acme"""
GOLD = [(0, 9, "PERSON"), (13, 22, "LOCATION"), (31, 35, "PERSON"), (39, 45, "DATE_TIME"), (50, 54, "ORGANIZATION")]


def counted(*texts: tuple[str, list, list]) -> TokenCounts:
    counts = TokenCounts()
    for text, gold, found in texts:
        counts.add(text, gold, found)
    return counts


def test_a_half_covered_name_counts_as_found_but_not_as_fully_covered() -> None:
    counts = counted((TEXT, GOLD, [(0, 4, "PERSON", 0.9), (31, 35, "LOCATION"), (39, 45, "ID"), (23, 26, "PERSON")]))
    row = counts.row()
    assert (counts.tokens, counts.gold, counts.found, counts.correct) == (12, 7, 6, 5)
    assert row["precision"] == pytest.approx(5 / 6, abs=1e-4)
    assert row["recall"] == pytest.approx(5 / 7, abs=1e-4)
    assert row["F2"] == pytest.approx(5 * (5 / 6) * (5 / 7) / (4 * 5 / 6 + 5 / 7), abs=1e-4)
    assert row["names fully covered"] == 0.5
    assert row["false positives per 1,000 tokens"] == pytest.approx(1000 / 12, abs=1e-3)
    assert row["share of texts with a miss"] == 1.0


def test_rows_of_types_tell_spans_full_cover_and_recall() -> None:
    rows = counted((TEXT, GOLD, [(0, 4, "PERSON"), (39, 45, "ID")])).type_rows()
    assert rows == [
        {"type": "DATE_TIME", "spans": 1, "fully covered": 1.0, "recall": 1.0},
        {"type": "LOCATION", "spans": 1, "fully covered": 0.0, "recall": 0.0},
        {"type": "PERSON", "spans": 2, "fully covered": 0.0, "recall": pytest.approx(1 / 3, abs=1e-4)},
    ]


def test_a_cut_token_is_found_and_not_fully_covered() -> None:
    counts = counted(("Quillfeather", [(0, 12, "PERSON")], [(0, 5, "PERSON")]))
    assert (counts.row()["recall"], counts.fully_covered()) == (1.0, 0.0)


def test_the_leak_share_is_of_texts_that_hold_an_identifier() -> None:
    name = ("Anna", [(0, 4, "NAME")], [(0, 4, "PERSON")])
    counts = counted(("nothing here", [], []), name, ("Anna", [(0, 4, "NAME")], []))
    assert counts.row()["share of texts with a miss"] == 0.5


def test_organisations_count_neither_way() -> None:
    counts = counted((TEXT, GOLD, [(50, 54, "ORGANIZATION"), (10, 12, "ORGANIZATION")]))
    assert (counts.tokens, counts.found) == (11, 0)


def test_nothing_counted_gives_no_shares() -> None:
    row = TokenCounts().row()
    assert [k for k, v in row.items() if v is not None] == ["texts", "identifying tokens"]
    assert TokenCounts().fully_covered() is None


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10), st.sampled_from(["PERSON", "ID", "ORGANIZATION"])))


@given(st.text("ab .", max_size=40), SPANS, SPANS)
def test_equal_to_the_plain_definition(text: str, gold: list, found: list) -> None:
    gold, found = ([(s, min(s + n, len(text)), t) for s, n, t in spans if s < len(text)] for spans in (gold, found))

    def touched(start: int, end: int, spans: list, ignored: bool) -> bool:
        return any(s < end and e > start for s, e, t in spans if (t in NOT_IDENTIFYING) is ignored)

    counts = counted((text, gold, found))
    tokens = [m.span() for m in TOKEN.finditer(text)]
    wanted = [t for t in tokens if touched(*t, gold, False)]
    kept = [t for t in tokens if t in wanted or not touched(*t, gold + found, True)]
    assert counts.tokens == len(kept)
    assert counts.gold == len(wanted)
    assert counts.found == sum(touched(*t, found, False) for t in kept)
    assert counts.correct == sum(touched(*t, found, False) for t in wanted)
