"""Patterns: what is found by its form, what is not, and that no text takes long."""

import time

import pytest

from heal_pipeline.deid import patterns
from heal_pipeline.deid.lexicon import Lexicon

FOUND = [
    ("Call (614) 287-9304 x12 today", "(614) 287-9304 x12", "PHONE_NUMBER"),
    ("cell 614.287.9304.", "614.287.9304", "PHONE_NUMBER"),
    (
        "it's six one four two eight seven nine three oh four okay",
        "six one four two eight seven nine three oh four",
        "PHONE_NUMBER",
    ),
    ("broken 614-\n287-9304 line", "614-\n287-9304", "PHONE_NUMBER"),
    ("write to a.b@mail.example.org. Thanks", "a.b@mail.example.org", "EMAIL_ADDRESS"),
    ("jane dot doe at gmail dot com", "jane dot doe at gmail dot com", "EMAIL_ADDRESS"),
    ("see www.some-clinic.org/path for more", "www.some-clinic.org/path", "URL"),
    ("host 10.20.30.40 is up", "10.20.30.40", "IP_ADDRESS"),
    ("SSN: 123-45-6789", "123-45-6789", "US_SSN"),
    ("MRN# 00482-A", "00482-A", "MEDICAL_RECORD_NUMBER"),
    ("policy number XK-99120", "XK-99120", "ID"),
    ("card 4111 1111 1111 1111", "4111 1111 1111 1111", "CREDIT_CARD"),
    ("DOB 03/14/58,", "03/14/58", "DATE_TIME"),
    ("on 2019-03-14 we", "2019-03-14", "DATE_TIME"),
    ("March 14th, 2019", "March 14th, 2019", "DATE_TIME"),
    ("14 mar 2019", "14 mar 2019", "DATE_TIME"),
    ("march the fourteenth", "march the fourteenth", "DATE_TIME"),
    ("the fourteenth of march, nineteen eighty two", "fourteenth of march, nineteen eighty two", "DATE_TIME"),
    ("fell in october and", "october", "DATE_TIME"),
    ("a 91-year-old man", "91", "AGE"),
    ("92F with COPD", "92", "AGE"),
    ("she is ninety-three years old", "ninety-three", "AGE"),
    ("lives at 12 Oak Street, Apt 4", "12 Oak Street, Apt 4", "LOCATION"),
    ("P.O. Box 118", "P.O. Box 118", "LOCATION"),
    ("Eldermouth, OH 44118", "Eldermouth, OH 44118", "LOCATION"),
    ("seen by Dr. Quillfeather", "Quillfeather", "PERSON"),
    ("hi , grace , how are you", "grace", "PERSON"),
    ("my name is anna vole and i", "vole", "PERSON"),
    ("in december and november", "november", "DATE_TIME"),
    ("Vole, Anna (MRN none)", "Vole, Anna", "PERSON"),
    ("at the corner of Alder and Fifth now", "the corner of Alder and Fifth", "LOCATION"),
    ("hello mr . quillfeather", "quillfeather", "PERSON"),
    ("thanks doctor quillfeather", "quillfeather", "PERSON"),
    ("Name: Anna Vole", "Anna Vole", "PERSON"),
]

NOT_FOUND = [
    "BP 120/80, pulse 72, SpO2 98% on 2 L, temperature 98.6.",
    "metformin 500-1000 mg twice daily for 10 years",
    "you may 2 times a day march in place",
    "a 34-year-old man, 5 feet 10, 180 lbs",
    "pain 7/10 after 2-3 hours, L4-L5 disc, T2DM, HbA1c 7.2",
    "Doctor: Any pain? Patient: No, none.",
    "thank you , doctor . hi , there . good morning , everyone . thanks , okay . his name is on the list",
    "a speck in the corner of my eye and of the corner of the room and hall",
    "take 1,000,000 units, then 250 000 units",
]


@pytest.mark.parametrize(("text", "value", "type_"), FOUND)
def test_found(text: str, value: str, type_: str, lexicon: Lexicon) -> None:
    assert (value, type_) in [(text[s:e], t) for s, e, t, _ in patterns.find(text, lexicon)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_not_found(text: str, lexicon: Lexicon) -> None:
    assert patterns.find(text, lexicon) == []


@pytest.mark.parametrize(
    "unit", ["a", "1", "1-", "1 ", "a.", "Aa ", "@", "one ", "0 ", "x@", "Dr. ", "12 oak ", "((", "1.1."]
)
def test_a_long_line_of_one_sign_is_read_in_linear_time(unit: str, lexicon: Lexicon) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        start = time.process_time()
        patterns.find(text, lexicon)
        return time.process_time() - start

    assert seconds(120_000) < 10 * max(seconds(20_000), 0.05)
