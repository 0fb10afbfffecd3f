"""Counting and choosing: against plain definitions, whatever the order; no sentence is lost."""

import tarfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.repeated_sentences import counting
from heal_pipeline.repeated_sentences.choice import choose
from heal_pipeline.repeated_sentences.counting import OCCURRENCE, Slots, repeated
from heal_pipeline.text.sentence_hashes import hash_sentences
from heal_pipeline.text.sentences import sentence_spans

DOCUMENTS = st.lists(st.lists(st.integers(0, 6), max_size=6), max_size=10)
"""Documents as the sentences that they hold, by number."""


def occurrences(documents: list[list[int]], words: dict[int, int] | None = None) -> np.ndarray:
    rows = [
        (7919 * sentence, document, place, (words or {}).get(sentence, 10), 0, 0)
        for document, sentences in enumerate(documents)
        for place, sentence in enumerate(sentences)
    ]
    return np.array(rows, dtype=OCCURRENCE)


def plain_choice(documents: list[list[int]], words: dict[int, int], num_words: list[int], share: float):
    """One document after the other."""
    kept: set[int] = set()
    copies, gone = [], []
    for document, sentences in enumerate(documents):
        own = [(document, place) for place, sentence in enumerate(sentences) if sentence in kept]
        copies += own
        lost = sum(words[sentences[place]] for _, place in own)
        if len(own) == len(sentences) > 0 and (lost > share * num_words[document] or lost == num_words[document]):
            gone.append(document)
        kept |= set(sentences)
    return copies, gone


@settings(deadline=None)
@given(DOCUMENTS, st.integers(0, 4), st.randoms())
def test_repeated_sentences_are_those_in_more_documents_than_the_bound(documents, bound: int, random) -> None:
    holders = defaultdict(set)
    for document, sentences in enumerate(documents):
        for sentence in sentences:
            holders[sentence].add(document)
    found = occurrences(documents)
    random.shuffle(order := list(range(len(found))))
    kept = repeated(found[order], bound)
    expected = [row for row in found.tolist() if len(holders[row[0] // 7919]) > bound]
    assert kept.tolist() == expected


@settings(deadline=None)
@given(
    DOCUMENTS,
    st.lists(st.integers(1, 30), min_size=7, max_size=7),
    st.lists(st.integers(0, 40), min_size=10, max_size=10),
    st.sampled_from([0.2, 0.5, 0.8, 1.0]),
)
def test_copies_go_as_if_one_document_came_after_the_other(documents, words, others, share: float) -> None:
    """`others` are the words of each document that are not repeated."""
    words_of = dict(enumerate(words))
    num_words = [other + sum(words_of[s] for s in d) for other, d in zip(others, documents)]  # noqa: B905
    found = occurrences(documents, words_of)
    is_copy, gone = choose(found, np.array(num_words, dtype=np.int64), share)
    copies, expected = plain_choice(documents, words_of, num_words, share)
    assert [(row["document"], row["sentence"]) for row in found[is_copy]] == copies
    assert gone.tolist() == expected
    stay = ~is_copy & ~np.isin(found["document"], gone)
    assert set(found["hash"][stay]) == set(found["hash"])


def test_a_document_goes_as_a_whole_unless_it_is_the_first_to_hold_something() -> None:
    found = occurrences([[0, 1, 2], [0, 1, 2, 3], [0, 1, 3], [0, 3]])
    is_copy, gone = choose(found, np.array([30, 40, 35, 60]), 0.6)
    assert gone.tolist() == [2]
    assert [(r["document"], r["sentence"]) for r in found[is_copy & (found["document"] == 1)]] == [
        (1, 0),
        (1, 1),
        (1, 2),
    ]


def test_a_sentence_that_a_document_repeats_stays_in_the_first_and_goes_from_the_others() -> None:
    found = occurrences([[0, 0, 0], [0, 5, 0]])
    is_copy, gone = choose(found, np.array([30, 30]), 0.8)
    assert [(r["document"], r["sentence"]) for r in found[is_copy]] == [(1, 0), (1, 2)]
    assert gone.tolist() == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=50), st.integers(0, 3), st.integers(1, 3))
def test_slots_never_pass_over_a_hash_that_exceeds_the_bound(hashes, bound: int, parts: int) -> None:
    values = np.array(hashes, dtype=np.uint64)
    slots = Slots(1)
    for part in np.array_split(values, parts):
        slots.count(part)
    found = slots.may_exceed(values, bound)
    assert all(passes for value, passes in zip(hashes, found, strict=True) if hashes.count(value) > bound)


def test_slots_tell_most_hashes_apart_and_collisions_cost_no_more_than_work(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).integers(2**63, size=5000).astype(np.uint64)
    slots = Slots(1000)
    slots.count(values)
    assert slots.may_exceed(values, 2).mean() < 0.01
    monkeypatch.setattr(counting, "MIN_SLOTS", 1)
    monkeypatch.setattr(counting, "MAX_SLOTS", 4)
    crowded = Slots(1000)
    crowded.count(values)
    assert crowded.may_exceed(values, 2).all()


@pytest.mark.open_data
@pytest.mark.slow
def test_what_a_publisher_says_in_thousands_of_documents_is_found(open_data: Path) -> None:
    """MedQuAD's answers from GARD explain in each how to read its table of symptoms."""
    preamble = "The frequency of a sign or symptom is usually listed as a rough estimate of the percentage of patients who have that feature."
    [wanted], _ = hash_sentences([preamble])
    rows: list[tuple[int, int, int, int, int, int]] = []
    with tarfile.open(open_data / "medquad" / "2_GARD_QA.tar.gz") as archive:
        members = sorted((m for m in archive if m.name.endswith(".xml")), key=lambda m: m.name)
        for number, member in enumerate(members):
            answers = ElementTree.parse(archive.extractfile(member)).iter("Answer")
            text = "\n".join(answer.text or "" for answer in answers)
            hashes, words = hash_sentences([text[a:b] for a, b in sentence_spans(text)])
            rows += [
                (h, number, i, w, 0, 0)
                for i, (h, w) in enumerate(zip(hashes.tolist(), words.tolist(), strict=True))
                if w > 7
            ]
    found = repeated(np.array(rows, dtype=OCCURRENCE), 10)
    assert len(np.unique(found["document"][found["hash"] == wanted])) > 2000
    num_words = np.bincount([r[1] for r in rows], [r[3] for r in rows], minlength=len(members)).astype(np.int64)
    is_copy, gone = choose(found, num_words, 1.0)
    assert found["words"][is_copy].sum() > 0.2 * num_words.sum()
    stays = ~is_copy & ~np.isin(found["document"], gone)
    assert set(found["hash"][stays].tolist()) == set(found["hash"].tolist())
