"""Surrogates: other values in the same case and form, the same for a person, never a registered name."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.registered import taken
from heal_pipeline.deid.surrogates import Pools, Surrogates, digits, is_reserved, spoken_digits

KEY = b"k" * 32


@pytest.fixture
def make(pools: Pools):
    return lambda subject="s", **values: Surrogates(KEY, subject, pools, **values)


def test_a_name_maps_alike_in_every_form(make) -> None:
    last = make().value("PERSON", "Quillfeather")
    assert make().value("PERSON", "QUILLFEATHER") == last.upper()
    assert make().value("PERSON", "quillfeather, anna").split(",")[0] == last.lower()
    assert make().value("PERSON", "Dr. Anna B. Quillfeather's").endswith(f" {last}'s")
    assert make().value("PERSON", "Dr. Quillfeather").startswith("Dr. ")


def test_persons_differ(make) -> None:
    assert len({make(str(i)).value("PERSON", "Anna Quillfeather") for i in range(20)}) > 15


def test_registered_words_are_never_given_out(pools: Pools) -> None:
    avoid = frozenset(pools.last[::2])
    poor = replace(pools, avoid=avoid)
    made = {Surrogates(KEY, str(i), poor).value("PERSON", "Quillfeather").lower() for i in range(200)}
    assert not made & avoid


def test_a_title_that_is_a_registered_name_is_replaced(pools: Pools) -> None:
    assert (
        "doctor"
        not in Surrogates(KEY, "s", replace(pools, avoid=frozenset({"doctor"}))).value("PERSON", "doctor").lower()
    )


@given(st.from_regex(r"[A-Z]{0,3}-?\d{3,9}(?:-\d{2,4})?", fullmatch=True))
def test_a_number_keeps_its_form_and_changes(pools: Pools, value: str) -> None:
    made = Surrogates(KEY, "s", pools).value("ID", value)
    assert made != value
    assert re.sub(r"\d", "0", re.sub("[A-Z]", "A", made)) == re.sub(r"\d", "0", re.sub("[A-Z]", "A", value))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("PHONE_NUMBER", "(614) 287-9304"),
        ("PHONE_NUMBER", "+1 614 287 9304 x77"),
        ("PHONE_NUMBER", "287-9304"),
        ("PHONE_NUMBER", "614-555-0123"),
        ("PHONE_NUMBER", "+44 7911 123456"),
        ("PHONE_NUMBER", "six one four two eight seven nine three oh four"),
        ("EMAIL_ADDRESS", "a.b@mail.net"),
        ("URL", "https://some.clinic.org/x"),
        ("IP_ADDRESS", "10.20.30.40"),
        ("US_SSN", "123-45-6789"),
    ],
)
def test_contacts_lie_in_reserved_ranges(type_: str, value: str, make) -> None:
    made = make().value(type_, value)
    assert made != value
    assert is_reserved(type_, made)
    assert not is_reserved(type_, value) or value == "614-555-0123"


def test_places_keep_their_kind_and_their_state(make) -> None:
    made = make().value("LOCATION", "St. Tarn General Hospital, Eldermouth, OH")
    assert re.fullmatch(r"St\. \w+ General Hospital, \w+, OH", made)
    assert "Tarn" not in made
    assert "Eldermouth" not in made
    assert make().value("LOCATION", "Ohio") == "Ohio"
    street = make().value("LOCATION", "412 Tarn Street")
    assert re.fullmatch(r"\d{3} \w+ Street", street)
    assert not street.startswith("412")


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("Smith-Jones", r"[A-Z][a-z]+-[A-Z][a-z]+"),
        ("van der Berg", r"van der [A-Z][a-z]+"),
        ("Maria De La Cruz", r"[A-Z][a-z]+ De La [A-Z][a-z]+"),
        ("Omar al Rashid", r"[A-Z][a-z]+ al [A-Z][a-z]+"),
        ("Al Smith", r"(?!Al )[A-Z][a-z]+ (?!Smith)[A-Z][a-z]+"),
        ("Anh Do", r"[A-Z][a-z]+ (?!Do$)[A-Z][a-z]+"),
        ("ANN LEE MD", r"(?!ANN)[A-Z]+ (?!LEE)[A-Z]+ MD"),
        ("Mr. O'Brien Jr.", r"Mr\. [A-Z][a-z]+ Jr\."),
        ("O'BRIEN, J.", r"[A-Z]{3,}, (?!J)[A-Z]\."),
        ("May", r"(?!May)[A-Z][a-z]+"),
        ("Will Grace Wood", r"(?!Will)[A-Z][a-z]+ (?!Grace)[A-Z][a-z]+ (?!Wood)[A-Z][a-z]+"),
        ("dr smith", r"dr (?!smith)[a-z]+"),
        ("the Hendersons", r"[A-Za-z]+ (?!Henderson)[A-Z][a-z]+"),
    ],
)
def test_names_keep_their_form(value: str, shape: str, make) -> None:
    assert re.fullmatch(shape, make().value("PERSON", value))


def test_doctor_and_patient_of_one_name_still_have_one(make) -> None:
    assert (
        make().value("PERSON", "Dr. Quillfeather").split()[-1]
        == make().value("PERSON", "Anna Quillfeather").split()[-1]
    )


def test_first_names_keep_their_gender(pools: Pools) -> None:
    for name, pool in (("Jennifer", pools.female), ("Robert", pools.male)):
        made = {Surrogates(KEY, str(i), pools).value("PERSON", name).lower() for i in range(50)}
        assert made <= set(pool)


def test_where_all_names_are_registered_others_are_made(pools: Pools) -> None:
    taken = frozenset([*pools.last, *pools.female, *pools.male])
    made = Surrogates(KEY, "s", replace(pools, avoid=taken)).value("PERSON", "Anna Quillfeather")
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", made)
    assert not taken & set(made.lower().split())


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("PHONE_NUMBER", "(614) 287-9304", "614.287.9304"),
        ("PHONE_NUMBER", "+1 614 287 9304", "six one four two eight seven nine three oh four"),
        ("MEDICAL_RECORD_NUMBER", "K-482913", "k 482913"),
        ("US_SSN", "123-45-6789", "123 45 6789"),
    ],
)
def test_a_number_has_one_surrogate_in_all_its_forms(type_: str, one: str, other: str, make) -> None:
    made = [make().value(type_, value) for value in (one, other)]
    said = [digits(m) or spoken_digits(m) for m in made]
    assert said[0].removeprefix("1") == said[1]


def test_a_local_number_agrees_with_the_whole_one(make) -> None:
    assert make().value("PHONE_NUMBER", "(614) 287-9304").endswith(make().value("PHONE_NUMBER", "287-9304"))


def test_registered_numbers_are_never_given_out(pools: Pools, lexicon: Lexicon) -> None:
    rows = [("phone", f"(614) 555-01{n:02d}") for n in range(99)] + [("mrn", str(n)) for n in range(100, 1000, 2)]
    avoid = taken(rows, lexicon)
    for i in range(40):
        made = Surrogates(KEY, str(i), replace(pools, avoid=avoid))
        assert made.value("PHONE_NUMBER", "287-9304") == "555-0199"
        assert digits(made.value("PHONE_NUMBER", "(614) 287-9304")) not in avoid
        assert made.value("MEDICAL_RECORD_NUMBER", "471") not in avoid


def test_where_every_reserved_value_is_registered_a_mark_stands(pools: Pools) -> None:
    avoid = frozenset(f"55501{n:02d}" for n in range(100))
    assert Surrogates(KEY, "s", replace(pools, avoid=avoid)).value("PHONE_NUMBER", "287-9304") == "[CONTACT]"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("Oklahoma City", r"(?!Oklahoma).+"),
        ("Port Washington", r"Port (?!Washington).+"),
        ("New York City", r"(?!New York).+ City"),
        ("Charleston, West Virginia 25301", r"(?!Charleston).+, West Virginia 253"),
        ("412 Tarn Street, Eldermouth Ohio 44118", r"\d{3} (?!Tarn)\w+ Street, (?!Eldermouth).+ Ohio 441"),
        ("West Virginia", "West Virginia"),
        ("Cuyahoga County", r"(?!Cuyahoga).+ County"),
        ("University of Michigan", r"University of (?!Michigan).+"),
    ],
)
def test_nothing_below_the_state_stays(value: str, shape: str, make) -> None:
    assert re.fullmatch(shape, make().value("LOCATION", value))


@given(
    st.sampled_from(["PERSON", "LOCATION", "PHONE_NUMBER", "ID", "EMAIL_ADDRESS", "US_SSN", "URL"]),
    st.text(max_size=30),
)
def test_the_same_key_and_subject_give_the_same_bytes(pools: Pools, type_: str, value: str) -> None:
    assert Surrogates(KEY, "s", pools).value(type_, value) == Surrogates(KEY, "s", pools).value(type_, value)


def test_another_key_gives_other_surrogates(pools: Pools) -> None:
    names = [f"Quill{c}" for c in "abcdefghij"]
    one, other = ([Surrogates(key, "s", pools).value("PERSON", n) for n in names] for key in (KEY, b"x" * 32))
    assert sum(a == b for a, b in zip(one, other, strict=True)) <= 1


def test_a_number_of_any_length_takes_time_by_its_length(pools: Pools, growth) -> None:
    assert growth(lambda text: Surrogates(KEY, "s", pools).value("ID", text), "7", 200_000) < 12


def test_the_letter_of_a_flat_stays_a_letter(make) -> None:
    made = make().value("LOCATION", "12 Oakhollow Ave Apt 3B, Tarnhaven")
    assert re.fullmatch(r"\d\d [A-Z][a-z]+ Ave Apt \d[A-Z], [A-Z][a-z]+", made)
