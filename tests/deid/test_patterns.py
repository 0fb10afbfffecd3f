"""Patterns: what is found by its form, what is not, and that no text takes long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import dates, marks, matching, patterns, spoken
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.matching import Around, Pattern, found

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
    ("host fe80::1ff:fe23:4567:890a is up", "fe80::1ff:fe23:4567:890a", "IP_ADDRESS"),
    ("SSN: 123-45-6789", "123-45-6789", "US_SSN"),
    ("MRN# 00482-A", "00482-A", "MEDICAL_RECORD_NUMBER"),
    ("policy number XK-99120", "XK-99120", "ID"),
    ("card 4111 1111 1111 1111", "4111 1111 1111 1111", "CREDIT_CARD"),
    ("card 3782-822463-10005", "3782-822463-10005", "CREDIT_CARD"),
    ("call 614-555-0116 1958", "614-555-0116", "PHONE_NUMBER"),
    ("my name is will young .", "will", "PERSON"),
    ("my name is will young .", "young", "PERSON"),
    ("Patient: Hope Quill\nDOB", "Hope Quill", "PERSON"),
    ("DR. VOLE AND HIS PATIENT", "VOLE", "PERSON"),
    ("i'm ninety four .", "ninety four", "AGE"),
    ("DOB 03/14/58,", "03/14/58", "DATE_TIME"),
    ("on 2019-03-14 we", "2019-03-14", "DATE_TIME"),
    ("March 14th, 2019", "March 14th, 2019", "DATE_TIME"),
    ("14 mar 2019", "14 mar 2019", "DATE_TIME"),
    ("march the fourteenth", "march the fourteenth", "DATE_TIME"),
    ("the fourteenth of march, nineteen eighty two", "fourteenth of march, nineteen eighty two", "DATE_TIME"),
    ("fell in october and", "october", "DATE_TIME"),
    ("a 91-year-old man", "91", "AGE"),
    ("92F with COPD", "92", "AGE"),
    ("92 y.o. man", "92", "AGE"),
    ("90yo M", "90", "AGE"),
    ("aged 101", "101", "AGE"),
    ("one hundred and two years old", "one hundred and two", "AGE"),
    ("she is 90.", "90", "AGE"),
    ("my grandmother was ninety-one, and", "ninety-one", "AGE"),
    ("for his 90th birthday", "90th", "AGE"),
    ("her ninety-first birthday", "ninety-first", "AGE"),
    ("2/29/48", "2/29/48", "DATE_TIME"),
    ("29.02.1948", "29.02.1948", "DATE_TIME"),
    ("29 Feb '48", "29 Feb '48", "DATE_TIME"),
    ("on february twenty-ninth", "february twenty-ninth", "DATE_TIME"),
    ("12-1-99", "12-1-99", "DATE_TIME"),
    ("she is ninety-three years old", "ninety-three", "AGE"),
    ("lives at 12 Oak Street, Apt 4", "12 Oak Street, Apt 4", "LOCATION"),
    ("a place down on fifth street and it", "fifth street", "LOCATION"),
    ("P.O. Box 118", "P.O. Box 118", "LOCATION"),
    ("Eldermouth, OH 44118", "Eldermouth, OH 44118", "LOCATION"),
    ("seen by Dr. Quillfeather", "Quillfeather", "PERSON"),
    ("hi , grace , how are you", "grace", "PERSON"),
    ("my name is anna vole and i", "vole", "PERSON"),
    ("in december and november", "november", "DATE_TIME"),
    ("Vole, Anna (MRN none)", "Vole, Anna", "PERSON"),
    ("at the corner of Alder and Fifth now", "the corner of Alder and Fifth", "LOCATION"),
    ("hello mr . quillfeather", "quillfeather", "PERSON"),
    ("mrs. hope said so", "hope", "PERSON"),
    ("my daughter hope is well", "hope", "PERSON"),
    ("this is grace calling about a refill", "grace", "PERSON"),
    ("i'm rose , the nurse", "rose", "PERSON"),
    ("Dr. May and Dr. Will", "May", "PERSON"),
    ("Dr. May and Dr. Will", "Will", "PERSON"),
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
    "He is 88. An 89-year-old woman, aged 89, eighty-nine years old; she is 95 percent better, HR 95, sat 91%, 92 kg, for 90 days.",
    "my doctor said so, the nurse will see you, doctor can you help",
    "my son will call, my wife says no, this is good , the best, i'm fine , your call",
    "across the street, off a main street, on the street where doctor. It was",
    "88, was seen by a doctor. It was type 2 diabetes.\nDr",
]


@pytest.mark.parametrize(("text", "value", "type_"), FOUND)
def test_found(text: str, value: str, type_: str, lexicon: Lexicon) -> None:
    assert (value, type_) in [(text[s:e], t) for s, e, t, _ in patterns.find(text, lexicon)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_not_found(text: str, lexicon: Lexicon) -> None:
    assert patterns.find(text, lexicon) == []


EXPRESSIONS = [
    (f"{name}[{i}]", p.expression)
    for name, value in sorted(vars(patterns).items())
    if isinstance(value, list)
    for i, p in enumerate(value)
    if isinstance(p, Pattern)
] + [
    (f"{module.__name__.rpartition('.')[2]}.{name}[{i}]", expression)
    for module in (patterns, spoken, marks, dates, matching)
    for name, value in sorted(vars(module).items())
    for i, expression in enumerate(value if isinstance(value, list) else [value])
    if isinstance(expression, re.Pattern)
]
UNITS = sorted(
    {
        unit
        for value in [text for text, _, _ in FOUND]
        + ["[**Name 1**]", "<PHI TYPE=DATE>", "XXX-XX", "**** ", "___", "a'b'", "1.1."]
        for unit in (value[:1], value[:2], value[:4], value[: len(value) // 2], value + " ")
    }
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_no_expression_takes_more_than_linear_time(name: str, expression: re.Pattern[str], growth) -> None:
    """On repetitions of the beginnings of what is found, without the gates that keep it from most texts. A written date is
    read as a whole; the others are looked for everywhere."""
    read_whole = name.startswith("dates.")
    for unit in UNITS:
        run = expression.fullmatch if read_whole else lambda text: sum(1 for _ in expression.finditer(text))
        assert growth(run, unit, 12_000) < 10, unit


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "1-",
        "1 ",
        "a.",
        "Aa ",
        "@",
        "one ",
        "0 ",
        "x@",
        "Dr. ",
        "12 oak ",
        "((",
        "1.1.",
        "12 Oak Street ",
        "may 1 ",
        "name: A ",
        "id 1",
    ],
)
def test_a_long_line_takes_time_by_its_length(unit: str, lexicon: Lexicon, growth) -> None:
    assert growth(lambda text: patterns.find(text, lexicon), unit, 200_000) < 10


@given(
    st.lists(
        st.sampled_from([t for t, _, _ in FOUND] + NOT_FOUND + ["word " * 60, "\n", ", ", "may", "12"]), max_size=8
    )
)
def test_looking_around_the_gates_finds_what_looking_everywhere_finds(texts: list[str]) -> None:
    text = " ".join(texts)
    around = Around(text)
    for name, value in vars(patterns).items():
        for one in value if isinstance(value, list) and name.startswith("_") else []:
            if isinstance(one, Pattern):
                everywhere = [
                    m.span("v" if "v" in one.expression.groupindex else 0) for m in one.expression.finditer(text)
                ]
                wanted = [span for span in everywhere if one.accept is None or one.accept(text[slice(*span)])]
                assert [s[:2] for s in found([one], text, around)] == wanted, name


def test_a_match_that_ends_far_from_its_gate_is_found_whole(lexicon: Lexicon) -> None:
    url = "http://" + "a/" * 140
    assert (0, len(url)) in [(s, e) for s, e, t, _ in patterns.find(url, lexicon) if t == "URL"]
