"""Ages of ninety and more, in all the ways of telling them; younger ones stay."""

import pytest

from heal_pipeline.deid import ages


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("88", "88"),
        ("89", "89"),
        ("90", "90+"),
        ("91", "90+"),
        ("104", "90+"),
        ("eighty-nine", "eighty-nine"),
        ("ninety", "90+"),
        ("ninety-one", "90+"),
        ("one hundred and two", "90+"),
        ("92F", "90+F"),
        ("91-year-old", "90+-year-old"),
        ("89-year-old", "89-year-old"),
        ("nonagenarian", "90+"),
        ("centenarian", "90+"),
        ("late 90s", "90+"),
        ("1079 months", "1079 months"),
        ("1092 months", "90+ years"),
        ("1092-month", "90+-year"),
        ("45", "45"),
        ("elderly", "[REDACTED]"),
    ],
)
def test_ages_from_ninety_on_are_one_class(value: str, made: str) -> None:
    assert ages.top_coded(value) == made
    assert ages.top_coded(made) == made or made == "[REDACTED]"


@pytest.mark.parametrize(
    ("born", "told"), [(1935, "1936 or earlier"), (1936, "1936 or earlier"), (1937, "1937"), (1938, "1938")]
)
def test_years_of_birth_around_ninety(born: int, told: str) -> None:
    """In 2026: 91, 90 (or 89 before the birthday), 89 and 88."""
    assert ages.told_year(born, 2026) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("She was born in 1931.", "1931"),
        ("year of birth: 1930", "1930"),
        ("Born in the spring of 1929, he", "1929"),
        ("i was born in nineteen thirty one in ohio", "nineteen thirty one"),
        ("born in '31", "'31"),
        ("a nonagenarian lady", "nonagenarian"),
        ("two centenarians met", "centenarian"),
        ("in her late 90s now", "late 90s"),
        ("in his mid-nineties", "mid-nineties"),
        ("she is in her nineties.", "nineties"),
        ("she is 93 and lives alone", "93"),
        ("My mother is 97.", "97"),
        ("a 1092-month-old woman", "1092-month"),
    ],
)
def test_phrases_that_tell_a_high_age(text: str, told: str) -> None:
    assert [text[s:e] for s, e, *_ in ages.tells(text, 2026)] == [told]


@pytest.mark.parametrize(
    "text",
    [
        "She was born in 1950.", "born 1936 or earlier", "the clinic, built in 1931", "she is 93.5 kg", "pulse is 93 and regular",
        "in the late 90s he moved", "born in '58", "a 12-month-old boy", "born in nineteen sixty", "he is 45 and", "90+ years",
        "the 1200 months of records", "born at 38 weeks",
    ],
)  # fmt: skip
def test_other_phrases_are_left_alone(text: str) -> None:
    assert ages.tells(text, 2026) == []
