"""The kernels measure a batch of any texts as the plain definitions measure each text by itself."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_signals import REFERENCE, identifier

from heal_pipeline.filtering.kernels import batch
from heal_pipeline.filtering.kernels.language import english_probability, sample
from heal_pipeline.filtering.signals import MEASURED, measure

TOLERANCE = {"english_v1": 1e-4}
"""Single precision, summed in another order than the library does."""

ODD_TEXTS = [
    "",
    " \t\n\u3000",
    "\n\n\n",
    "a\r\nb\r\n\r\n  c\x0b\x85d\u2028e\x1c",
    "a\x00b\x00 \x00",
    "\ud800 lone \udfff surrogates\udc00",
    "𝐀𝟎 😀 astral 𐐀𐐨 𠀀 \U0010ffff",
    "e\u0301 e\u0301 n\u0303 \u0301combining \u1100\u1161\u11a8",
    "Straße STRASSE ﬁne ①② ½ İstanbul ŉ ΣΑΣ \u00a8 \u00a0x",
    "x" * 70_000,
    "a word and " * 500,
    "...... .. …... #hash ##",
    "Müller trÃ¤gt eine grÃ¶ÃŸere Brille â€œnowâ€\x9d ð\x9f\x98\x80 \ufffd Ã",
    "if (x) { y } else { Lorem IPSUM }",
    "漢字 かな。\nテスト！" * 40,
    "So normally\nwhen you would see\na video\n[soft Music]\n(laughs)\n>> and\n>>>\n♪\n00:00:01,000 --> 00:00:02,000\n:1:2",
    "Doctor: Hi.\nP: Ho.\n>> x\n>>\n[Ann] a\n[ann]\nTom J. Smith: b\nTom J. Smith: c\nA very long name of a person: d\n10:30",
    "A"
    + "b" * 27
    + ": x\n"
    + "A"
    + "b" * 29
    + ": y\nSpeaker 1: z\nspeaker 2 :\nQ:no\nHypertension: high\nHypertension:",
    "We use\ncookies. All rights reserved\r\nSIGN_UP sign\x85up log-in read more",
    "-->",
    ">",
    "a b a b a b a b a b a b a b a b a b a b a b",
    "ПАЦИЕНТ ПРИНЯТ В БОЛЬНИЦУ С ВЫСОКОЙ ТЕМПЕРАТУРОЙ И КАШЛЕМ",
]

PIECES = st.sampled_from(
    "the|The|and|of|a|bb|ccc|\n|\r\n|  |...|.|- |•|>>|:12.3|-->|é|Ã©|ß|(laughs|[|♪|{|#|\x00|\ud800|😀|\u0301|\u2028|K|７|３㎏|don't|_|Doctor:|[p]|sign|up|asthma"
    "|lorem ipsum".split("|")
)
TEXTS = st.one_of(
    st.text(alphabet=st.characters(), max_size=200),
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=60).map("".join),
)


def assert_measured_as_defined(texts: Sequence[str]) -> None:
    columns = measure(texts)
    assert set(MEASURED) == set(REFERENCE)
    for name, definition in REFERENCE.items():
        expected = [float(definition(text)) for text in texts]
        np.testing.assert_allclose(columns[name], expected, rtol=1e-12, atol=TOLERANCE.get(name, 0), err_msg=name)


def test_odd_texts_are_measured_as_defined() -> None:
    assert_measured_as_defined(ODD_TEXTS)


@given(st.lists(TEXTS, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_texts_are_measured_as_defined(texts: list[str]) -> None:
    assert_measured_as_defined(texts)


@given(st.lists(st.one_of(TEXTS, st.sampled_from(ODD_TEXTS[:9])), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_a_text_is_measured_alike_whatever_stands_beside_it(texts: list[str]) -> None:
    together = measure(texts)
    alone = [measure([text]) for text in texts]
    for name, values in together.items():
        assert values.tolist() == [columns[name][0] for columns in alone], name


def test_where_batches_end_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure(ODD_TEXTS)
    for chars, texts in ((1, 10), (10**9, 1), (100, 3)):
        monkeypatch.setattr(batch, "BATCH_CHARS", chars)
        monkeypatch.setattr(batch, "BATCH_TEXTS", texts)
        assert all(np.array_equal(whole[name], values) for name, values in measure(ODD_TEXTS).items())


def test_no_texts_have_no_signals() -> None:
    assert all(len(values) == 0 for values in measure([]).values())


@pytest.mark.open_data
def test_real_pages_are_measured_as_defined(open_data: Path) -> None:
    with gzip.open(open_data / "dolma-cc" / "cc_en_head-0091.jsonl.gz", "rt") as stream:
        texts = [json.loads(line)["text"] for line, _ in zip(stream, range(300), strict=False)]
    assert_measured_as_defined(texts)
    probabilities = english_probability(texts)
    for text, probability in zip(texts, probabilities, strict=True):
        assert (identifier().classify(sample(text))[0] == "en") == (probability > 0)
