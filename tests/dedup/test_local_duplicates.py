"""`duplicates` finds what comparing each with each finds, on random and on real texts."""

import csv
import gzip
import json
import unicodedata
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.dedup import duplicates
from heal_pipeline.profile import DedupConfig
from heal_pipeline.text.words import words


def runs_of(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + 5]) for i in range(max(len(found) - 4, min(len(found), 1)))}


def each_with_each(texts: list[str], threshold: float = 0.8) -> dict[tuple[int, int], float]:
    runs = [runs_of(t) for t in texts]
    return {
        (i, j): len(a & b) / len(a | b)
        for (i, a), (j, b) in combinations(enumerate(runs), 2)
        if a and b and len(a & b) / len(a | b) >= threshold
    }


@st.composite
def corpora(draw: st.DrawFn) -> list[str]:
    """Texts of which some are changed copies of others, in a few words or in many."""
    rng = draw(st.randoms(use_true_random=False))
    texts: list[list[str]] = []
    for _ in range(draw(st.integers(0, 12))):
        if texts and rng.random() < 0.7:
            text = list(rng.choice(texts))
            for _ in range(rng.choice([0, 1, 1, 2, 5, 20])):
                if text:
                    text[rng.randrange(len(text))] = rng.choice(["25", "50", "Other", "words."])
        else:
            text = [f"w{rng.randrange(400)}" for _ in range(rng.choice([0, 2, 5, 60, 150]))]
        texts.append(text)
    return [" ".join(t) for t in texts]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(corpora())
def test_the_pairs_are_those_of_comparing_each_with_each(texts: list[str]) -> None:
    found = {(p["a"], p["b"]): p["jaccard"] for p in duplicates(range(len(texts)), texts)}  # type: ignore[arg-type]
    assert found == each_with_each(texts)


def test_equal_and_nearly_equal_texts_are_all_paired() -> None:
    body = " ".join(f"w{i}" for i in range(60))
    found = list(duplicates(["x", "y", "z"], [body, body.upper() + ".", f"{body} more"]))
    assert [(p["a"], p["b"]) for p in found] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert found[0] == {"a": "x", "b": "y", "jaccard": 1.0, "containment": 1.0}
    assert found[1]["containment"] == 1.0
    assert found[1]["jaccard"] < 1.0


def test_nothing_and_empty_texts() -> None:
    assert list(duplicates([], [])) == []
    assert list(duplicates(["a", "b"], ["", ""])) == []
    assert list(duplicates(["a"], ["one text alone"])) == []


def found_among(*texts: str) -> list[tuple[str, str, float]]:
    return [(p["a"], p["b"], p["jaccard"]) for p in duplicates([str(i) for i in range(len(texts))], texts)]


def test_line_ends_case_and_normal_forms_make_no_difference() -> None:
    text = "Zoë Müller:\r\nI take 25 mg of it,\r\nﬁve times a week.\r\n" * 3
    forms = [text, text.replace("\r\n", "\n"), text.upper(), *(unicodedata.normalize(f, text) for f in ("NFD", "NFKC"))]
    assert found_among(*forms) == [(str(a), str(b), 1.0) for a, b in combinations(range(len(forms)), 2)]


def test_odd_characters_are_compared_like_others() -> None:
    body = " ".join(f"w{i}" for i in range(60))
    odd = [f"{body} \0 end", f"{body} end", f"{body} \ud800 end", f"{body} \udfff end", "\0", "\ud800"]
    found = found_among(*odd)
    assert [(a, b) for a, b, _ in found] == [(str(a), str(b)) for a, b in combinations(range(4), 2)]
    assert all(jaccard == 1.0 for _, _, jaccard in found)


def test_texts_shorter_than_a_shingle_are_alike_only_as_a_whole() -> None:
    assert found_among("No known allergies.", "no known allergies", "no known", "allergies known no") == [
        ("0", "1", 1.0)
    ]


def test_a_changed_dose_is_a_pair_but_not_an_equal_one() -> None:
    body = " ".join(f"w{i}" for i in range(60))
    ((a, b, jaccard),) = found_among(f"{body} metoprolol 25 mg", f"{body} metoprolol 50 mg")
    assert (a, b) == ("0", "1")
    assert 0.8 <= jaccard < 1


def test_one_large_text_among_small_ones() -> None:
    large = " ".join(f"w{i % 5000} x{i % 4999}" for i in range(100_000))
    small = " ".join(f"w{i}" for i in range(60))
    ((a, b, jaccard),) = found_among(small, large, large[:-5000])
    assert (a, b) == ("1", "2")
    assert jaccard > 0.9


def test_another_threshold_is_followed() -> None:
    one = " ".join(f"w{i}" for i in range(100))
    other = " ".join(f"w{i}" for i in range(75))
    assert not list(duplicates(["a", "b"], [one, other]))
    assert len(list(duplicates(["a", "b"], [one, other], DedupConfig(jaccard=0.6)))) == 1


def test_two_thousand_equal_texts() -> None:
    body = " ".join(f"w{i}" for i in range(80))
    found = sum(1 for _ in duplicates([str(i) for i in range(2000)], [body] * 2000))
    assert found == 2000 * 1999 // 2


@pytest.mark.open_data
@pytest.mark.slow
def test_gold_pairs_of_real_dialogues(open_data: Path) -> None:
    """All pairs that the publishers' identifiers make and that are similar enough are found, and nothing else is."""
    with gzip.open(open_data / "neardup-gold" / "pairs.jsonl.gz", "rt") as stream:
        gold = [json.loads(line) for line in stream]
    wanted: dict[str, set[str]] = defaultdict(set)
    for pair in gold:
        for side in "ab":
            wanted[pair[f"file_{side}"]].add(pair[f"id_{side}"])
    texts: dict[tuple[str, str], str] = {}
    for name, ids in wanted.items():
        path = open_data / name
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(newline="") as stream:
            for row in csv.DictReader(stream):
                key = next(row[k] for k in ("ID", "id", "encounter_id") if k in row)
                if key in ids:
                    texts[name, key] = row["dialogue"]
    keys = list(texts)
    found = {frozenset((p["a"], p["b"])) for p in duplicates(keys, [texts[k] for k in keys])}  # type: ignore[arg-type]
    runs = {k: runs_of(t) for k, t in texts.items()}
    similar = missed = 0
    for pair in gold:
        a, b = ((pair[f"file_{s}"], pair[f"id_{s}"]) for s in "ab")
        if len(runs[a] & runs[b]) / len(runs[a] | runs[b]) >= 0.8:
            similar += 1
            missed += frozenset((a, b)) not in found
    assert similar > 1300
    assert missed / similar < 0.002
    for pair in found:
        a, b = pair
        assert len(runs[a] & runs[b]) / len(runs[a] | runs[b]) >= 0.8
