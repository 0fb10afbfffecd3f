"""Detectors: offsets of the original, token edges, the record sweep, marks, and bad input."""

import dataclasses
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline import deid
from heal_pipeline.deid import harmless, marks, patterns
from heal_pipeline.deid.detectors import Detector, Found
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.resolving import MODEL, PATTERN
from heal_pipeline.deid.surrogates import Pools, Surrogates
from heal_pipeline.lake import Lake

KEY = b"k" * 32
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
DISGUISED = st.lists(
    st.sampled_from([*"Anna Vole 614", "\u200b", "Ａ", "ﬁ", "é", "e\u0301", "а", "’", "\n", "😀", "\ud800", "½"]),
    max_size=40,
).map("".join)


class Capitals:
    """Finds the second and third letter of every capitalised word: spans that must be drawn out to their tokens."""

    def find(self, texts: Sequence[str]) -> list[Found]:
        return [
            Found([(PATTERN, (m.start() + 1, m.end(), "PERSON", 0.9)) for m in re.finditer(r"[A-Z][a-z]", text)], [])
            for text in texts
        ]


@given(st.one_of(ANY_TEXT, DISGUISED))
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = fold(text)
    if folded.offsets is None:
        assert folded.text == text
        return
    assert len(folded.text) == len(folded.offsets)
    assert folded.offsets == sorted(folded.offsets)
    for i in range(len(folded.text)):
        start, end = folded.original(i, i + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[i] in fold(text[start:end]).text
    assert fold(folded.text).text == folded.text


def test_a_character_that_folds_into_several_is_never_cut(lexicon: Lexicon) -> None:
    assert Detector(Capitals(), lexicon).detect(["Ab½4 c"]) == [[(0, 4, "PERSON", 0.9)]]


@given(st.one_of(ANY_TEXT, DISGUISED))
def test_spans_are_ordered_apart_and_cut_no_token(detector: Detector, text: str) -> None:
    [spans] = Detector(Capitals(), detector.lexicon).detect([text])
    end = 0
    for start, stop, *_ in spans:
        assert end <= start < stop <= len(text)
        end = stop
        left, inside, right = fold(text[:start]).text[-1:], fold(text[start:stop]).text, fold(text[stop:]).text[:1]
        assert not (left.isalnum() and inside[:1].isalnum())
        assert not (right.isalnum() and inside[-1:].isalnum())


@given(st.permutations(["Anna Vole called 614-287-9304.", "dr. quillfeather agreed", "no one", "MRN 482913 again"]))
@settings(max_examples=10)
def test_order_does_not_matter(detector: Detector, texts: list[str]) -> None:
    alone = {t: detector.detect([t])[0] for t in texts}
    assert detector.detect(texts) == [alone[t] for t in texts]


def test_a_sure_name_is_found_everywhere_in_its_record(detector: Detector) -> None:
    note, talk = "Dr. Quillfeather dictated this.", "so quillfeather said it is fine"
    [_, spans] = detector.detect_record([note, talk])
    assert (3, 15) in [(s, e) for s, e, *_ in spans]


def test_a_code_word_is_left_alone_but_for_what_is_registered(detector: Detector) -> None:
    spans = detector.detect_record(["note of Oakhollow", "oakhollow_task"], [("name", "A Oakhollow")], frozenset({1}))
    assert [(s, e) for s, e, *_ in spans[1]] == [(0, 9)]
    assert detector.detect_record(["Zbigniew_Template"], coded=frozenset({0})) == [[]]


def test_bad_input(detector: Detector) -> None:
    line = "Anna Vole walked 12 miles and called 614-287-9304 about it " * 17_500
    assert len(line) > 1_000_000
    empty, blank, surrogate, long = detector.detect(["", " \n ", "dr. \ud800vole \udfff here", line])
    assert (empty, blank) == ([], [])
    assert surrogate
    assert len(long) >= 17_500


@pytest.mark.parametrize(
    ("given_", "normal"),
    [
        ("[**Known lastname 1234**]", "[NAME]"), ("[**2101-3-4**]", "[DATE]"), ("[**Hospital1 18**]", "[LOCATION]"), ("<PHI>", "[REDACTED]"),
        ("<PHI TYPE=DATE>x</PHI>", "[DATE]"), ("XXX-XX-XXXX", "[ID]"), ("call ___ now", "call [REDACTED] now"), ("[REDACTED]", "[REDACTED]"),
        ("[patient] hi", "[patient] hi"), ("[PATIENT] HI", "[PATIENT] HI"), ("XX chromosome", "XX chromosome"), ("a_b __init__", "a_b __init__"),
    ],
)  # fmt: skip
def test_marks_have_one_form(given_: str, normal: str, detector: Detector) -> None:
    assert marks.normalise(given_) == normal
    assert marks.normalise(normal) == normal
    for start, end, *_ in detector.detect([normal])[0]:
        assert not marks.NORMAL.search(normal, start, end)


def test_blanks_of_forms_stay(detector: Detector) -> None:
    form = "Chills: ___N___  Cough: ___Y___  Signature: ______"
    assert marks.normalise(form) == form
    covered = [form[s:e] for s, e, *_ in detector.detect([form])[0]]
    assert not [c for c in covered if "_" in c or c in ("N", "Y")]


def test_detection_in_disguise(detector: Detector) -> None:
    for text in ("seen by Dr. Ｑｕｉｌｌｆｅａｔｈｅｒ today", "call 61\u200b4-287-9304", "Dr.\u00a0Quillfeather"):
        assert detector.detect([text])[0], text


@pytest.mark.parametrize(
    ("text", "value", "is_harmless"),
    [
        ("Pain rated at 6/10 today", "6/10", True),
        ("seen on 6/10 for pain", "6/10", False),
        ("severity 12/10", "12/10", False),
        ("Ann Lee, MD", "MD", True),
        ("Do it", "Do", False),
        ("MRN unknown", "MRN", True),
        ("the Quillfeather maneuver", "Quillfeather", True),
        ("Dix-Quillfeather's sign", "Dix", True),
        ("Quillfeather signed", "Quillfeather", False),
    ],
)
def test_what_looks_like_an_identifier_and_is_none_by_its_form(text: str, value: str, is_harmless: bool) -> None:
    start = text.index(value)
    assert harmless.by_form(text, start, start + len(value)) is is_harmless


@pytest.mark.parametrize(
    ("text", "value", "is_code"),
    [
        ("T10-L2, C5-6, HLA-B27 seen", "T10-L2, C5-6, HLA-B27", True),
        ("mL q2wk, NPH 20u", "q2wk, NPH 20u", True),
        ("B12 1000 mcg", "B12 1000", True),
        ("B12 1000", "B12 1000", False),
        ("61 42 87 93", "61 42 87 93", False),
        ("12-34-56", "12-34-56", False),
        ("K-4829", "K-4829", False),
    ],
)
def test_a_medical_code_is_too_short_for_a_number(text: str, value: str, is_code: bool) -> None:
    start = text.index(value)
    assert harmless.is_medical_code(text, start, start + len(value)) is is_code


@pytest.mark.parametrize(
    ("name", "tail"),
    [("Ann Lee, MD", ", MD"), ("Ann Lee, PA-C", ", PA-C"), ("Ann Lee M.D.", " M.D."), ("Ann Domd", "")],
)
def test_a_credential_is_no_part_of_a_name(name: str, tail: str) -> None:
    assert harmless.before_credential(name, 0, len(name)) == len(name) - len(tail)


def test_a_credential_that_a_span_cuts_is_no_part_of_the_name() -> None:
    text = "Ann Lee M.D. called"
    assert harmless.before_credential(text, 0, text.index(".")) == len("Ann Lee")
    assert harmless.before_credential("Ann Lee called", 0, 7) == 7


class Spans:
    """Finds what it was told to: (value, type, rank)."""

    def __init__(self, *found: tuple[str, str, int]):
        self._found = found

    def find(self, texts: Sequence[str]) -> list[Found]:
        return [
            Found([(r, (t.index(v), t.index(v) + len(v), type_, 0.9)) for v, type_, r in self._found if v in t], [])
            for t in texts
        ]


@pytest.mark.parametrize(
    ("text", "found", "values"),
    [
        (
            "seen 3/14/2019 here",
            [("3/14/2019", "DATE_TIME", PATTERN), ("seen 3/14/2019", "DATE_TIME", MODEL)],
            [("3/14/2019", "DATE_TIME")],
        ),
        (
            "Vole 614-287-9304",
            [("614-287-9304", "PHONE_NUMBER", PATTERN), ("Vole 614-287-9304", "PHONE_NUMBER", MODEL)],
            [("Vole", "PERSON"), ("614-287-9304", "PHONE_NUMBER")],
        ),
        (
            "614-287-9304 1958 and",
            [("614-287-9304", "PHONE_NUMBER", PATTERN), ("614-287-9304 1958", "PHONE_NUMBER", MODEL)],
            [("614-287-9304", "PHONE_NUMBER")],
        ),
        (
            "Ann Vole, MD, saw",
            [("Ann Vole", "PERSON", PATTERN), ("Ann Vole, MD", "LOCATION", MODEL)],
            [("Ann Vole", "PERSON")],
        ),
        (
            "at Oakhollow Clinic",
            [("Oakhollow", "LOCATION", PATTERN), ("Oakhollow Clinic", "LOCATION", MODEL)],
            [("Oakhollow Clinic", "LOCATION")],
        ),
        (
            "her son-in-law Mark",
            [("law Mark", "PERSON", MODEL)],
            [("Mark", "PERSON")],
        ),
        (
            "Job #: 482913",
            [("482913", "ID", PATTERN), ("Job #: 482913", "ID", MODEL)],
            [("482913", "ID")],
        ),
        (
            "on Sunday, 3/14/2021 at",
            [("3/14/2021", "DATE_TIME", PATTERN)],
            [("Sunday, 3/14/2021", "DATE_TIME")],
        ),
    ],
)
def test_what_is_left_of_a_span_counts_where_it_says_something(
    text: str, found: list[tuple[str, str, int]], values: list[tuple[str, str]], detector: Detector
) -> None:
    spans = Detector(Spans(*found), detector.lexicon).detect([text])[0]
    assert [(text[s:e], type_) for s, e, type_, _ in spans] == values


def test_a_name_that_was_taken_for_a_part_of_a_number_is_replaced(pools: Pools) -> None:
    made = Surrogates(KEY, "s", pools).value("PHONE_NUMBER", "Vole 614-287-9304 ext 12 or six")
    assert "Vole" not in made
    assert re.fullmatch(r"[A-Z][a-z]+ \d{3}-555-01\d\d ext \d\d or [a-z]+", made)
    assert not made.endswith("six")


@pytest.mark.parametrize("text", ["Sacred Heart Family Medicine", "Three Rivers Internal Medicine", "Saint Cloud"])
def test_places_of_several_words_are_found_whole(text: str, lexicon: Lexicon) -> None:
    start = len("records of ")
    spans = patterns.find(f"records of {text} were read", lexicon)
    assert any((s, e, t) == (start, start + len(text), "LOCATION") for s, e, t, _ in spans)


def test_forms_of_common_words_are_protected_and_names_are_not(lexicon: Lexicon) -> None:
    words = dataclasses.replace(lexicon, common={"shirt": 2, "pound": 2, "brook": 2}, last=["brooks"], english_names=[])
    assert all(words.protected(w) for w in ("shirt", "shirts", "pounding"))
    assert not any(words.protected(w) for w in ("brooks", "oakhollows"))


def test_an_elided_prefix_belongs_to_the_name(lexicon: Lexicon) -> None:
    class Bare:
        def find(self, texts: Sequence[str]) -> list[Found]:
            return [
                Found([(PATTERN, (*m.span(), "PERSON", 0.9)) for m in re.finditer("Shaughnessy", t)], []) for t in texts
            ]

    text = "Mr. O'Shaughnessy and the Shaughnessys; 5'Shaughnessy"
    found = [text[s:e] for s, e, *_ in Detector(Bare(), lexicon).detect([text])[0]]
    assert found[0] == "O'Shaughnessy"
    assert found[1] == "Shaughnessys"


def test_what_the_sweep_finds_goes_to_its_edges_too(lexicon: Lexicon) -> None:
    """The finder sees the name's first place alone; the second is the sweep's."""
    text = "Mr. O'Shaughnessy left. Then O'Shaughnessy called."
    detector = Detector(Spans(("O'Shaughnessy", "PERSON", PATTERN), ("Shaughnessy", "PERSON", MODEL)), lexicon)
    found = [text[s:e] for s, e, *_ in detector.detect([text])[0]]
    assert found == ["O'Shaughnessy", "O'Shaughnessy"]


def test_what_is_doubted_and_left_is_the_risk(lexicon: Lexicon) -> None:
    class Doubtful:
        """Sure of Vole, in two minds about every Anna, Tarn and Quill."""

        def find(self, texts: Sequence[str]) -> list[Found]:
            return [self._of(text) for text in texts]

        def _of(self, text: str) -> Found:
            sure = [(PATTERN, (*m.span(), "PERSON", 0.9)) for m in re.finditer("Vole|Anna Vole", text)]
            return Found(sure, [(*m.span(), 0.5) for m in re.finditer("Anna|Tarn|Quill", text)])

    detector = Detector(Doubtful(), lexicon)
    assert detector.examine_record(["Anna Vole", "nobody"]).risks == [0.0, 0.0]
    assert detector.examine_record(["Anna Vole and Tarn and Quill", "Quill"]).risks == [0.75, 0.5]
    assert detector.examine_record(["ﬁve: Anna Vole, Quill", "Anna"], [("name", "Anna Quill")]).risks == [0.0, 0.0]
    assert detector.examine_record(["ﬁve ﬁve Quill"], coded=frozenset({0})) == ([[]], [0.0])
    assert detector.examine_record(["ﬁve ﬁve Quill"]) == ([[]], [0.5])


def test_a_lower_threshold_leaves_more_risk(home: Lake, profile_with) -> None:
    """What is no longer made an identifier is doubted instead: the dial moves what is seen, and hides nothing."""
    text = "the ambulance collected zarnovek outside thandhaven"
    eager, blind = (deid.detector(home, profile_with(), threshold=t).examine_record([text]) for t in (0.999, 0.0))
    assert len(eager.spans[0]) > len(blind.spans[0])
    assert eager.risks < blind.risks
    assert deid.detector(home, profile_with()).examine_record(["she sleeps well with her tablets"]).risks[0] < 0.05
