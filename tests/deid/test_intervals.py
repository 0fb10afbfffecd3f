"""The check of dates: reads them by itself, counts what was broken, and lets nothing else pass for broken."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import dates
from heal_pipeline.deid.intervals import Intervals, Reading, read


@pytest.mark.parametrize(
    ("value", "reading"),
    [
        ("03/14/1958", Reading(1958, 3, 14)),
        ("3-14-58", Reading(58, 3, 14)),
        ("13.02.1958", Reading(1958, 2, 13)),
        ("2024-02-29T10:22:31Z", Reading(2024, 2, 29)),
        ("3/14/2021 10:30", Reading(2021, 3, 14)),
        ("March 14th, 2019", Reading(2019, 3, 14)),
        ("Sept 4", Reading(None, 9, 4)),
        ("14-Mar-58", Reading(58, 3, 14)),
        ("March '58", Reading(58, 3, None)),
        ("April 23 '23", Reading(23, 4, 23)),
        ("March of 2011", Reading(2011, 3, None)),
        ("the twenty-first of march, nineteen eighty two", Reading(1982, 3, 21)),
        ("may third two thousand and four", Reading(2004, 5, 3)),
        ("3/14", Reading(None, 3, 14)),
        ("03/2021", Reading(2021, 3, None)),
        ("20210314", Reading(2021, 3, 14)),
        ("03141958", Reading(1958, 3, 14)),
        ("2019", Reading(2019, None, None)),
        ("nineteen thirty one", Reading(1931, None, None)),
        ("99/99/12", None),
        ("yesterday", None),
        ("March 2-5, 2021", None),
        ("", None),
    ],
)
def test_dates_are_read(value: str, reading: Reading | None) -> None:
    assert read(value) == reading


@given(st.text(max_size=40))
def test_any_text_can_be_read(value: str) -> None:
    for policy in ("limited_data_set", "safe_harbor"):
        Intervals(policy, 2026).add([(value, value), ("03/14/2020", value), (value, "2020")])


@given(
    st.dates(datetime.date(1930, 1, 1), datetime.date(2026, 12, 31)),
    st.sampled_from(
        ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%B %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d", "%m/%d", "%B %Y"]
    ),
)
def test_both_readers_agree(value: datetime.date, form: str) -> None:
    one, other = dates.parse(value.strftime(form), 2026), read(value.strftime(form))
    assert one is not None
    assert other is not None
    assert (one.month, one.day) == (other.month, other.day)
    assert one.year == other.year or other.year == one.year % 100  # type: ignore[operator]


def add(*pairs: tuple[str, str], policy: str = "limited_data_set") -> int:
    return Intervals(policy, 2026).add(pairs)


def test_one_date_that_moved_otherwise_breaks_all_its_pairs() -> None:
    kept = [("03/14/2020", "03/24/2020"), ("March 20, 2020", "March 30, 2020"), ("2020-12-31", "2021-01-10")]
    assert add(*kept) == 0
    assert add(*kept, ("04/01/2020", "04/12/2020")) == 3
    assert add(*kept, ("04/01/2020", "04/01/2020")) == 3
    assert add(*kept, ("04/01/2020", "nonsense")) == 3
    assert add(*kept, ("04/01/2020", "[DATE]")) == 0


@pytest.mark.parametrize(
    ("given_", "made", "broken"),
    [
        ("February 29", "March 10", 0),
        ("February 28", "March 9", 0),  # the visit is in the leap year 2020
        ("February 28", "March 10", 1),
        ("Dec 30", "Jan 9", 0),
        ("Dec 30", "Jan 10", 1),
        ("March 2020", "March 2020", 0),
        ("March 2020", "April 2020", 0),
        ("March 2020", "May 2020", 1),
        ("03/14/20", "03/24/20", 0),
        ("03/14/20", "03/24/21", 1),
        ("March 3", "March 13, 2020", 1),
    ],
)
def test_dates_with_parts_left_out(given_: str, made: str, broken: int) -> None:
    assert add(("03/14/2020", "03/24/2020"), (given_, made)) == broken


def test_records_of_a_person_are_held_to_one_shift() -> None:
    intervals = Intervals("limited_data_set", 2026)
    assert intervals.add([("03/14/2020", "03/24/2020")]) == 0
    assert intervals.add([("03/15/2020", "03/25/2020"), ("2020-03-16", "2020-03-27")]) == 2


def test_safe_harbor_lets_every_year_stand() -> None:
    sound = [("03/14/2020", "2020"), ("3/14/58", "1958"), ("07/04/1931", "1936 or earlier"), ("March 3", "August 9")]
    assert add(*sound, policy="safe_harbor") == 0
    assert add(*sound, ("03/14/2020", "2021"), ("05/05/1931", "1931"), policy="safe_harbor") == 2
