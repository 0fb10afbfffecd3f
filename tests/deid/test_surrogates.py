"""Surrogates: other values in the same case and form, the same for a person, never a registered name."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid.surrogates import Pools, Surrogates, is_reserved

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


def test_what_an_earlier_pass_wrote_can_be_kept(make) -> None:
    first = make()
    made = first.value("PERSON", "Anna Quillfeather")
    first.note(made)
    again = make(keep=frozenset(first.written))
    assert again.keeps(made)
    assert again.value("PERSON", f"{made} Quillfeather").startswith(made)
    assert not again.keeps("Anna")
    assert not first.keeps(made)
