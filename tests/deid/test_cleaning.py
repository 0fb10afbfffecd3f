"""Cleaning whole records: what the output keeps, what may not be left in it, and checks that fail where something is wrong."""

import datetime
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heal_pipeline.deid import cleaning, patterns
from heal_pipeline.deid.cleaning import Cleaner, Given, open_contacts
from heal_pipeline.deid.detectors import Detector, Found
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.resolving import PATTERN
from heal_pipeline.deid.surrogates import Pools, Surrogates, digits

KEY = b"k" * 32
IDENTIFIERS = [
    "Anna Vole", "91 years old", "614-287-9304", "(614) 555-0123", "a.vole@mail.net", "03/14/1958", "MRN 48213377",
    "412 Tarn Street", "Anna  Vole", "Annа Vоle", "Ａnna\u200b Vole", "March 3rd", "born in 1931",
]  # fmt: skip
HARMLESS = ["is", "\n", "[NAME]", "___", "pain", "aspirin 81 mg", "½", "😀", "\u200f", "ﬁne", "\ud800"]
TEXTS = st.lists(st.sampled_from([*IDENTIFIERS, *HARMLESS]), max_size=10).map(" and ".join)


@pytest.fixture(scope="module")
def detector(lexicon: Lexicon) -> Detector:
    class Finder:
        def find(self, texts: list[str]) -> list[Found]:
            return [Found([(PATTERN, span) for span in self.spans(text)], []) for text in texts]

        def spans(self, text: str) -> list[patterns.Span]:
            names = [(*m.span(), "PERSON", 0.9) for m in re.finditer(r"\bAnna\s+Vole", text, re.IGNORECASE)]
            return [*patterns.find(text, lexicon), *names]

    return Detector(Finder(), lexicon)


@pytest.fixture(scope="module")
def blind(lexicon: Lexicon) -> Detector:
    class Finder:
        def find(self, texts: list[str]) -> list[Found]:
            return [Found([], []) for _ in texts]

    return Detector(Finder(), lexicon)


@pytest.fixture(scope="module")
def cleaner(detector: Detector, pools: Pools) -> Cleaner:
    return Cleaner(detector, Policy("safe_harbor", 2026), KEY, pools)


@given(TEXTS)
@example("03/14/1958 is 412 Tarn Street")
def test_a_second_pass_changes_nothing_but_surrogates(cleaner: Cleaner, text: str) -> None:
    """Years, classes of age, ZIP areas, marks and all other text stay as they are; surrogates get surrogates of one form."""
    once = cleaner.clean([text], "s")
    for value in ("Anna", "287-9304", "555-0123", "vole@", "03/14", "48213377", "412", "91", "1931"):
        assert value not in fold(once.texts[0]).text
    twice = cleaner.clean(once.texts, "s")
    assert "AGE" not in twice.found
    assert re.findall(r"1958|1936 or earlier|90\+", twice.texts[0]) == re.findall(
        r"1958|1936 or earlier|90\+", once.texts[0]
    )
    assert (once.echoes, twice.echoes, once.broken_intervals, twice.broken_intervals) == (0, 0, 0, 0)
    assert _form(twice.texts[0]) == _form(once.texts[0])


def _form(text: str) -> str:
    """The text without what a surrogate may change: letters and digits of identifiers."""
    return re.sub(r"[^\W\d_]+|\d+", "x", text)


@given(TEXTS, st.sampled_from(["safe_harbor", "limited_data_set"]), st.sampled_from(["consistent", "markov"]))
def test_everything_else_is_the_same_bytes(detector: Detector, pools: Pools, text: str, name: str, mode: str) -> None:
    policy = Policy(name, 2026, mode=mode)  # type: ignore[arg-type]
    spans = detector.detect([text])[0]
    made = policy.writer(KEY, "s", "r", pools, []).rewrite(text, spans)
    outside = [
        text[a:b] for a, b in zip([0, *(e for _, e, *_ in spans)], [*(s for s, *_ in spans), len(text)], strict=True)
    ]
    assert "".join(outside) == "".join(c for c, ours in zip(made.text, made.ours, strict=True) if not ours)
    assert [made.text[s:e] != text[a:b] for (s, e), (a, b, *_) in zip(made.places, spans, strict=True)] == [
        not (name == "limited_data_set" and type_ == "AGE") for *_, type_, _ in spans
    ]


@given(st.lists(TEXTS, min_size=1, max_size=5), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_order_and_partition_do_not_matter(cleaner: Cleaner, texts: list[str], random) -> None:
    alone = {text: cleaner.clean([text], "s").texts for text in texts}
    random.shuffle(texts)
    together = cleaner.clean_together([Given([text]) for text in texts], "s")
    for text, one in zip(texts, together, strict=True):
        assert (
            one.texts == alone[text] or len(set(texts)) > 1
        )  # a name may be found in a record because another tells it
        assert one.echoes == 0
    again = cleaner.clean_together([Given([text]) for text in sorted(texts)], "s")
    assert sorted(one.texts[0] for one in together) == sorted(one.texts[0] for one in again)


def test_one_key_gives_the_same_bytes_and_another_others(detector: Detector, pools: Pools) -> None:
    text = "Anna Vole, 614-287-9304, MRN 48213377, March 3rd"
    for mode in ("consistent", "markov"):
        one, same, other = (
            Cleaner(detector, Policy("safe_harbor", 2026, mode=mode), key, pools).clean([text], "s").texts[0]
            for key in (KEY, KEY, b"x" * 32)
        )
        assert one == same
        assert len(set(one.split(", ")) & set(other.split(", "))) == 0


def test_a_reserved_number_that_detection_missed_is_no_surrogate(blind: Detector, pools: Pools, monkeypatch) -> None:
    text = "call (614) 555-0123 or mail jo@example.org or see www.clinic.example.com/x and 192.0.2.7"
    cleaner = Cleaner(blind, Policy("safe_harbor", 2026), KEY, pools)
    made = cleaner.clean([text], "s")
    assert made.echoes == 0
    for value in ("555-0123", "jo@", "192.0.2.7"):
        assert value not in made.texts[0]
    monkeypatch.setattr(cleaning, "MAX_RESCANS", 0)
    assert cleaner.clean([text], "s").echoes == 4
    assert open_contacts(text) == []


def test_what_was_written_here_is_no_leak(cleaner: Cleaner) -> None:
    made = cleaner.clean(["call 614-287-9304 or mail a.vole@mail.net"], "s")
    assert made.echoes == 0
    assert made.found == {"PHONE_NUMBER": 1, "EMAIL_ADDRESS": 1}


def test_originals_that_are_left_are_counted(cleaner: Cleaner, monkeypatch) -> None:
    monkeypatch.setattr(Surrogates, "value", lambda _, type_, value: value)
    assert cleaner.clean(["MRN 48213377 and MRN 99213377 and 48213377"], "s").echoes == 2


def test_a_shift_that_is_not_one_breaks_intervals(detector: Detector, pools: Pools, monkeypatch) -> None:
    cleaner = Cleaner(detector, Policy("limited_data_set", 2026), KEY, pools)
    text = "seen 03/14/2020, again 04/01/2020 and on May 5, 2020"
    assert cleaner.clean([text], "s").broken_intervals == 0
    shifts = iter([10, 10, 11])
    monkeypatch.setattr(Surrogates, "shift_days", lambda *_: next(shifts))
    assert cleaner.clean([text], "s").broken_intervals == 2


@given(st.lists(st.dates(datetime.date(1990, 1, 1), datetime.date(2026, 12, 31)), min_size=2, max_size=6), st.data())
def test_dates_of_all_texts_and_records_move_together(detector: Detector, pools: Pools, days, data) -> None:
    cleaner = Cleaner(detector, Policy("limited_data_set", 2026), KEY, pools)
    texts = [
        f"seen on {day:{data.draw(st.sampled_from(['%m/%d/%Y', '%B %d, %Y', '%Y-%m-%d']))}} in clinic" for day in days
    ]
    notes = [one.texts[0] for one in cleaner.clean_together([Given([text]) for text in texts], "s")]
    table = [cleaner.clean([day.isoformat()], "s").texts[0] for day in days]  # another source, another day
    shifts = {(datetime.date.fromisoformat(made) - day).days for made, day in zip(table, days, strict=True)}
    assert len(shifts) == 1
    for text, day, note in zip(texts, days, notes, strict=True):
        moved = day + datetime.timedelta(next(iter(shifts)))
        form = "%m/%d/%Y" if "/" in text else "%Y-%m-%d" if "-" in text else "%B %d, %Y"
        value = re.search(r"on (.*) in", note)[1]  # type: ignore[index]
        assert datetime.datetime.strptime(value, form).date() == moved


def test_ages_that_a_phrase_tells(cleaner: Cleaner) -> None:
    made = cleaner.clean(["A nonagenarian, born in 1931 (aged 94), not in 1950; she is 95."], "s")
    assert made.texts == ["A 90+, born in 1936 or earlier (aged 90+), not in 1950; she is 90+."]
    assert made.found == {"AGE": 3, "DATE_TIME": 1}


def test_no_part_of_a_span_stays(cleaner: Cleaner) -> None:
    for text in ("Anna Vole's", "ANNA VOLE", "Anna\u200b Vole\u0301x", "anna voles", "Anna Vole-Quill"):
        made = cleaner.clean([f"Anna Vole and {text} came"], "s").texts[0]
        assert not re.search("anna|vole", fold(made).text, re.IGNORECASE)


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800", "\u202eeloV annA", "1 " * 5000, "(" * 5000, "555-01" * 2000, "é" * 5000]
)
def test_bad_input(cleaner: Cleaner, text: str) -> None:
    made = cleaner.clean([text], "s")
    assert made.echoes == 0
    assert len(made.texts) == 1


def test_a_surrogate_is_no_registered_number_of_the_reserved_range(detector: Detector, lexicon: Lexicon) -> None:
    registered = frozenset(f"{area}55501{line:02d}" for area in range(200, 990) for line in range(100) if line != 42)
    cleaner = Cleaner(detector, Policy("safe_harbor", 2026), KEY, Pools.of(lexicon, registered))
    [made] = cleaner.clean(["call 614-287-9304"], "s").texts
    assert digits(made)[-2:] == "42"
