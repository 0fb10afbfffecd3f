"""Where sentences end: in notes, dialogues and articles; and that nothing is lost, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.text.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "He denies pain. |She agrees. |Is it worse? |Yes! |All good.",
        # Abbreviations, initials, titles.
        "Seen by Dr. Lee and Mrs. Hall at St. Mary in Oct. 2019.",
        "Compared vs. placebo, e.g. water, approx. 5 of 9.",
        "Mary C. Lee came. |J. B. Bury wrote it. |She has hepatitis C. |He has none.",
        "It was 3 p.m. |He left at 4 p.m. on Monday.",
        "Chest pain, cough etc. |The rest is normal.",
        "Room No. 5 is free. |He said no. |He left.",
        "As of Nov. 8 it holds. |That was in Nov. |Now it is not.",
        # Doses and numbers.
        "Take 2.5 mg p.o. b.i.d. for a week. |Then 81 mg. q.d. |Stop it.",
        "Temp was 98.6. |Pulse was 98. |He is 43. |The scale is 0. to 1.",
        "Born in the 80s. |He is well.",
        "A dose (200 mg/kg, s.c.) was given. |It helped.",
        "A 150 lb. male, 5 ft. 6 in. tall. |Takes 1 tab. daily. |He came in. |then he left at 150 lbs. |She is 5 ft. |He is 6 ft. |The rest is well.",
        "Wt. 150 lbs. today. |Rt. knee swollen, Lt. Smith says. |Abd. soft, Abd. Soft. |Vit. D low, Hep. C positive. |Neg. for PE.",
        "Cont. Lisinopril. |He lost wt. |He is neg. |She has pain in the rt. |It is worse.",
        "In the U.S. Army, the U.K. Biobank. |Born in the U.S. |He left. |In the U.K. |They stay.",
        # Abbreviations that close sentences of notes.
        "Nil mood sx. |Nil smoking. |Nil past hx. |On tx. |Known dx. of gout. |Seen by pt. Smith. |As told by pt. |She agrees.",
        # Guesses, and what is asked.
        "Imp: ? UTI. |Imp: ?Migraine. |Viral URTI/? LRTI. |Called ambulance ?? MI for review. |Has inhaler ? ICS. |LASIK, ? stones.",
        "? fracture of the wrist. |Plan - ? admit. |Saw GP (? when).",
        "Any pain? |No. |How are you ? |Fine. |Okay ? |so we go. |Really?! |Yes. |What?|Then go.",
        # Numbers of lists, headings, bullets.
        "1. Continue aspirin. |2. Stop ibuprofen. |(3) Follow up.",
        "ASSESSMENT: stable.\n|PLAN:\n|- aspirin 81 mg\n|* follow up\n",
        "HISTORY OF PRESENT ILLNESS\n\n|The patient is well.",
        "a. Rest. |b. Ice. |iv. Review.",
        # Speakers' turns, inside a line as well.
        "[doctor] hi how are you |[patient] good thanks |[doctor] great",
        "Doctor: any fever? |Patient: no |Doctor: cough",
        "Prothrombin time [PT] and [INR] were normal.",
        # What is said and meant.
        'He said "stop." |Then he left.',
        "I can't. |I won't. |She didn't.",
        "Well... maybe it is... |But no.",
        "What?! |No.",
        # A blank that is missing, and what only looks so.
        "No fever.|Continue meds. |See www.example.com and Node.js for more.",
        "  \n He is well. ",
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str) -> None:
    """A bar stands where a sentence ends."""
    parts = text.split("|")
    assert sentences("".join(parts)) == parts


def test_a_full_line_that_goes_on_in_lower_case_is_one_sentence() -> None:
    text = (
        "The patient is a 54-year-old gentleman with a history of hypertension who comes in\n"
        "with chest pain and shortness of breath. He denies fever.\n"
        "He was given aspirin."
    )
    assert [" ".join(s.split()) for s in sentences(text)] == [
        "The patient is a 54-year-old gentleman with a history of hypertension who comes in with chest pain and shortness of breath.",
        "He denies fever.",
        "He was given aspirin.",
    ]


@pytest.mark.parametrize("text", ["fever\ninfection\nnausea", "Medications:\naspirin\nmetformin"])
def test_the_lines_of_a_list_are_sentences(text: str) -> None:
    assert sentences(text) == text.splitlines(keepends=True)


def test_speech_without_punctuation_is_cut_where_clauses_open() -> None:
    turn = "okay so i have been having this pain in my knee for about three weeks now and it gets worse when i walk up the stairs "
    found = sentences(turn * 8)
    assert len(found) >= 6
    assert all(s.startswith(("okay ", "so ", "now ")) for s in found)
    assert max(map(len, found)) < 3 * len(turn)


def test_a_long_sentence_of_a_writer_is_left_whole() -> None:
    text = (
        "The patient, who had been well until the spring, "
        + "was seen by many, and was told so, but went on, " * 20
        + "and came."
    )
    assert len(sentences(text)) == 1


def test_five_million_characters_without_an_end_are_one_sentence() -> None:
    assert sentence_spans("word " * 1_000_000) == [(0, 5_000_000)]


@pytest.mark.parametrize(
    "text",
    [
        "." * 200_000,
        ". " * 100_000,
        "\n" * 200_000,
        " " * 200_000,
        "a." * 100_000,
        "doctor: " * 30_000,
        "1. " * 60_000,
        "? " * 100_000,
        "a ? UTI " * 30_000,
        "6 in. " * 60_000,
    ],
)
def test_texts_made_to_be_slow_are_not(text: str) -> None:
    """Quadratic work on any of these takes minutes."""
    covers(text)


def covers(text: str) -> None:
    spans = sentence_spans(text)
    assert [a for a, _ in spans] == [0, *(b for _, b in spans)][: len(spans)]
    assert (spans[-1][1] if spans else 0) == len(text)
    assert all(b > a for a, b in spans)
    if text.strip():
        assert all(text[a:b].strip() for a, b in spans)


marks = st.sampled_from(
    [
        ".",
        "!",
        "?",
        " ",
        "\n",
        "\r\n",
        "Dr",
        "mg",
        "p.o",
        "5",
        "2.5",
        "a",
        "He",
        "[doctor]",
        "patient:",
        "...",
        '"',
        "é",
        "\u00a0",
    ]
)


@given(st.lists(st.one_of(marks, st.text(max_size=6)), max_size=40).map("".join))
def test_sentences_cover_the_text_and_none_is_blank(text: str) -> None:
    covers(text)


@given(st.lists(marks, max_size=40).map("".join))
def test_no_number_and_no_word_is_cut(text: str) -> None:
    for _, end in sentence_spans(text)[:-1]:
        before, after = text[end - 1], text[end]
        assert not (before.isalnum() and after.isalnum())
        assert not (before == "." and after.isdigit())
