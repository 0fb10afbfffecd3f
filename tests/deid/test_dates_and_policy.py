"""Written dates, and what the policies make of dates, ages and ZIP codes."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import dates
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.surrogates import Pools, Surrogates

KEY = b"k" * 32
FORMS = ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%B %d, %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y", "%m-%d-%Y"]


@pytest.fixture(scope="module")
def safe() -> Policy:
    return Policy("safe_harbor", 2026)


@pytest.fixture(scope="module")
def limited() -> Policy:
    return Policy("limited_data_set", 2026)


@given(st.dates(datetime.date(1960, 1, 1), datetime.date(2026, 12, 31)), st.sampled_from(FORMS))
def test_a_date_is_read_and_written_again(value: datetime.date, form: str) -> None:
    text = value.strftime(form)
    read = dates.parse(text, 2059)
    assert read is not None
    assert (read.year, read.month, read.day) == (value.year, value.month, value.day) or form == "%m/%d/%y"
    assert read.with_values(value) == text


@given(
    st.dates(datetime.date(1940, 1, 1), datetime.date(2025, 12, 31)),
    st.sampled_from(["%m/%d/%Y", "%B %d, %Y", "%Y-%m-%d"]),
    st.text(min_size=1, max_size=8),
)
def test_shifted_dates_keep_their_distance(pools: Pools, value: datetime.date, form: str, subject: str) -> None:
    surrogates, limited = Surrogates(KEY, subject, pools), Policy("limited_data_set", 2026)
    other = value + datetime.timedelta(45)
    moved = [
        datetime.datetime.strptime(limited.replacement("DATE_TIME", d.strftime(form), surrogates), form).date()
        for d in (value, other)
    ]
    assert (moved[1] - moved[0]).days == 45
    assert 1 <= abs((moved[0] - value).days) <= 365


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("03/14/1958", "1958"),
        ("March 14th, 2019", "2019"),
        ("3/14/58", "1958"),
        ("02/29/2024", "2024"),
        ("March of 2011", "2011"),
        ("the fourteenth of march, nineteen eighty two", "1982"),
        ("07/04/1931", "1936 or earlier"),
        ("soon 1999 perhaps", "1999"),
        ("99/99/12", "[DATE]"),
    ],
)
def test_safe_harbor_tells_the_year_alone(value: str, expected: str, safe: Policy, pools: Pools) -> None:
    assert safe.replacement("DATE_TIME", value, Surrogates(KEY, "s", pools)) == expected


@pytest.mark.parametrize("value", ["March 3rd", "the third of march", "MARCH", "3/14", "feb 29"])
def test_a_date_without_a_year_becomes_another_in_its_form(value: str, safe: Policy, pools: Pools) -> None:
    made = safe.replacement("DATE_TIME", value, Surrogates(KEY, "s", pools))
    assert made != value
    assert made.isupper() == value.isupper()
    assert dates.parse(made, 2026) is not None


def test_the_29th_of_february_can_be_shifted(limited: Policy, pools: Pools) -> None:
    for value in ("02/29/2024", "Feb 29", "02/29/2023"):
        assert limited.replacement("DATE_TIME", value, Surrogates(KEY, "s", pools)) != value


def test_ages_from_ninety_on_are_one_class(safe: Policy, limited: Policy, pools: Pools) -> None:
    surrogates = Surrogates(KEY, "s", pools)
    assert [safe.replacement("AGE", v, surrogates) for v in ("91", "ninety-one", "92F")] == ["90+", "90+", "90+F"]
    assert limited.replacement("AGE", "91", surrogates) == "91"


@pytest.mark.parametrize(
    ("value", "zip3"), [("OH 44118", "OH 441"), ("WY 82101", "WY 000"), ("OH 44118-2203", "OH 441")]
)
def test_zip_codes_keep_three_digits(value: str, zip3: str, safe: Policy, pools: Pools) -> None:
    assert safe.replacement("LOCATION", value, Surrogates(KEY, "s", pools)) == zip3
