"""Written dates, and what the policies make of dates, ages and ZIP codes."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import dates
from heal_pipeline.deid.intervals import Intervals
from heal_pipeline.deid.policy import Policy, Writer
from heal_pipeline.deid.surrogates import Pools, Surrogates
from heal_pipeline.errors import UserError
from heal_pipeline.profile import DeidConfig

KEY = b"k" * 32
FORMS = ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%B %d, %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y", "%m-%d-%Y"]


@pytest.fixture
def safe(pools: Pools) -> Writer:
    return Policy("safe_harbor", 2026).writer(KEY, "s", "r", pools, [])


@pytest.fixture
def limited(pools: Pools) -> Writer:
    return Policy("limited_data_set", 2026).writer(KEY, "s", "r", pools, [])


@given(st.dates(datetime.date(1960, 1, 1), datetime.date(2026, 12, 31)), st.sampled_from(FORMS))
def test_a_date_is_read_and_written_again(value: datetime.date, form: str) -> None:
    text = value.strftime(form)
    read = dates.parse(text, 2059)
    assert read is not None
    assert (read.year, read.month, read.day) == (value.year, value.month, value.day) or form == "%m/%d/%y"
    assert read.with_values(value) == text


@given(
    st.dates(datetime.date(1940, 1, 1), datetime.date(2025, 12, 31)),
    st.sampled_from(["%m/%d/%Y", "%B %d, %Y", "%Y-%m-%d", "%m%d%Y", "%Y%m%d"]),
    st.text(min_size=1, max_size=8),
)
def test_shifted_dates_keep_their_distance(pools: Pools, value: datetime.date, form: str, subject: str) -> None:
    writer = Policy("limited_data_set", 2026).writer(KEY, subject, "r", pools, [])
    other = value + datetime.timedelta(45)
    moved = [
        datetime.datetime.strptime(writer.replacement("DATE_TIME", d.strftime(form)), form).date()
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
        ("3/14/26", "2026"),
        ("3/14/27", "2027"),
        ("3/14/28", "1936 or earlier"),
        ("3/14/36", "1936 or earlier"),
        ("3/14/37", "1937"),
        ("Monday, March 14th, 2019", "2019"),
        ("2019-03-14T10:22:31.5+05:00", "2019"),
        ("march fourteenth two thousand and four", "2004"),
        ("nineteen thirty-one", "1936 or earlier"),
        ("june the third twenty twenty one", "2021"),
        ("june the twenty third twenty twenty one", "2021"),
        ("'31", "1936 or earlier"),
        ("02/29/2023", "2023"),
        ("2/2919", "[DATE]"),
        ("soon 1999 perhaps", "1999"),
        ("99/99/12", "[DATE]"),
    ],
)
def test_safe_harbor_tells_the_year_alone(value: str, expected: str, safe: Writer) -> None:
    assert safe.replacement("DATE_TIME", value) == expected


def test_a_birth_is_in_no_year_to_come(safe: Writer) -> None:
    text = "DOB: 1/5/27. Born on 1/5/27. Back on 1/5/27."
    spans = [(m.start(), m.end(), "DATE_TIME", 1.0) for m in re.finditer("1/5/27", text)]
    assert safe.rewrite(text, spans).text == "DOB: 1936 or earlier. Born on 1936 or earlier. Back on 2027."
    given_ = [("1/5/27", "1936 or earlier"), ("1/5/27", "2027"), ("1/5/28", "1936 or earlier")]
    assert Intervals("safe_harbor", 2026).add(given_) == 0
    assert Intervals("safe_harbor", 2026).add([("1/5/27", "2026"), ("1/5/28", "2028")]) == 2


@pytest.mark.parametrize("value", ["March 3rd", "the third of march", "MARCH", "3/14", "feb 29"])
def test_a_date_without_a_year_becomes_another_in_its_form(value: str, safe: Writer) -> None:
    made = safe.replacement("DATE_TIME", value)
    assert made != value
    assert made.isupper() == value.isupper()
    assert dates.parse(made, 2026) is not None


def test_the_29th_of_february_can_be_shifted(limited: Writer) -> None:
    for value in ("02/29/2024", "Feb 29", "02/29/2023"):
        assert limited.replacement("DATE_TIME", value) != value


def test_ages_stay_in_a_limited_data_set(limited: Writer) -> None:
    assert limited.replacement("AGE", "91") == "91"
    assert limited.policy.more_spans("a nonagenarian, born in 1931") == []


@pytest.mark.parametrize(
    ("value", "zip3"), [("OH 44118", "OH 441"), ("WY 82101", "WY 000"), ("OH 44118-2203", "OH 441")]
)
def test_zip_codes_keep_three_digits(value: str, zip3: str, safe: Writer) -> None:
    assert safe.replacement("LOCATION", value) == zip3


def test_the_list_of_restricted_zips_can_be_replaced(pools: Pools) -> None:
    config = DeidConfig(restricted_zips=("441",))
    writer = Policy.of(config, 2026).writer(KEY, "s", "r", pools, [])
    assert [writer.replacement("LOCATION", f"OH {z}") for z in ("44118", "82101")] == ["OH 000", "OH 821"]


@pytest.mark.parametrize("label", ["Safe Harbor", "safe_harbour", "HIPAA SAFE-HARBOR set"])
def test_a_limited_data_set_is_never_labelled_safe_harbor(label: str) -> None:
    with pytest.raises(UserError, match="is not true of limited_data_set"):
        Policy("limited_data_set", 2026, label=label)
    with pytest.raises(ValueError, match="is not true of limited_data_set"):
        DeidConfig(policy="limited_data_set", label=label)
    with pytest.raises(UserError):
        Policy.of(DeidConfig(label=label), 2026, "limited_data_set")
    assert DeidConfig(label=label).label == Policy.of(DeidConfig(label=label), 2026).label
    assert "Safe Harbor" not in Policy("limited_data_set", 2026).label


@given(st.text(min_size=1, max_size=8))
def test_the_shift_is_within_a_year_and_never_none(pools: Pools, subject: str) -> None:
    surrogates = Surrogates(KEY, subject, pools)
    assert 1 <= abs(surrogates.shift_days()) <= 365
    weeks = surrogates.shift_days(whole_weeks=True)
    assert 1 <= abs(weeks) <= 365
    assert weeks % 7 == 0


def test_weekdays_can_be_kept(pools: Pools) -> None:
    for i in range(20):
        writer = Policy("limited_data_set", 2026, keep_weekday=True).writer(KEY, str(i), "r", pools, [])
        assert writer.replacement("DATE_TIME", "Tuesday, March 3rd, 2026").startswith("Tuesday, ")
    written = {
        Policy("limited_data_set", 2026).writer(KEY, str(i), "r", pools, []).replacement("DATE_TIME", "Tue 3/3/2026")
        for i in range(20)
    }
    for text in written:
        day = datetime.datetime.strptime(text[4:], "%m/%d/%Y")
        assert text[:3] == day.strftime("%a")


WRITTEN = [
    "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%Y-%m-%dT10:30:00Z", "%B %d", "%m/%d", "%b %d",
    "%A, %B %d, %Y", "%B %Y", "spoken",
]  # fmt: skip


def written(day: datetime.date, form: str) -> str:
    if form == "spoken":
        return dates.parse("march fourteenth, nineteen eighty two", 2026).with_values(day)  # type: ignore[union-attr]
    return day.strftime(form)


@given(
    st.lists(st.tuples(st.integers(-180, 180), st.sampled_from(WRITTEN)), min_size=2, max_size=8),
    st.dates(datetime.date(2015, 1, 1), datetime.date(2026, 12, 31)),
    st.text(max_size=5),
    st.booleans(),
)
def test_intervals_of_a_record_hold_whatever_the_forms(
    pools: Pools, others: list[tuple[int, str]], visit: datetime.date, subject: str, weekday: bool
) -> None:
    """Dates without a year, 29 February and the turn of the year among them: the visit has a full date, the latest one."""
    others = [(-abs(n) if "%Y" in form or form in ("%m/%d/%y", "spoken") else n, form) for n, form in others]
    values = [visit.strftime("%m/%d/%Y")] + [written(visit + datetime.timedelta(n), form) for n, form in others]
    policy = Policy("limited_data_set", 2027, keep_weekday=weekday)
    writer = policy.writer(KEY, subject, "r", pools, values)
    made = [writer.replacement("DATE_TIME", v) for v in values]
    assert Intervals("limited_data_set", 2027).add(list(zip(values, made, strict=True))) == 0
    shift = datetime.timedelta(writer.surrogates.shift_days(weekday))
    assert made[0] == (visit + shift).strftime("%m/%d/%Y")
    for (num, form), text in zip(others, made[1:], strict=True):
        if form not in ("%B %Y", "spoken") and "%d" in form:
            assert dates.parse(text, 2027).resolved(visit + shift) == visit + datetime.timedelta(num) + shift  # type: ignore[union-attr]
