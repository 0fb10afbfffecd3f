"""Shingles, signatures and keys: agreement with datasketch, and what a scheme's name tells."""

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.dedup.minhash import BLOCK_SHINGLES, Scheme, shingles
from heal_pipeline.profile import DedupConfig

SCHEME = Scheme.of(DedupConfig())
WORDS = st.lists(st.sampled_from("alpha beta gamma delta 5 50 mg daily".split()), min_size=0, max_size=40)


def reference_sketch(text: str) -> MinHash:
    """datasketch's own way: strings hashed by sha1."""
    found = text.split()
    sketch = MinHash(num_perm=128)
    sketch.update_batch([" ".join(found[i : i + 5]).encode() for i in range(len(found) - 4)])
    return sketch


@given(WORDS)
def test_shingles_are_the_distinct_runs_of_words(found: list[str]) -> None:
    runs = {tuple(found[i : i + 5]) for i in range(len(found) - 4)} if len(found) >= 5 else {tuple(found)} - {()}
    made = shingles(" ".join(found), 5)
    assert len(made) == len(runs)
    assert (np.diff(made.astype(object)) > 0).all()


def test_short_texts_are_one_shingle_and_wordless_ones_have_none() -> None:
    assert len(shingles("no known allergies", 5)) == 1
    assert shingles("No known allergies.", 5).tolist() == shingles("no  known allergies", 5).tolist()
    assert len(shingles("", 5)) == len(shingles("?!", 5)) == 0
    assert len(SCHEME.signature(shingles("", 5))) == len(SCHEME.bands(np.empty(0, np.uint32))) == 0


def test_the_estimate_agrees_with_datasketch() -> None:
    rng = np.random.default_rng(3)
    errors: dict[str, list[float]] = {"ours": [], "datasketch": []}
    for trial in range(60):
        text = [f"w{i}" for i in rng.integers(0, 5000, 400)]
        other = list(text)
        for position in rng.integers(0, 400, trial % 20):
            other[position] = "changed"
        one, two = " ".join(text), " ".join(other)
        a, b = shingles(one, 5), shingles(two, 5)
        true = len(np.intersect1d(a, b)) / len(np.union1d(a, b))
        ours = float((SCHEME.signature(a) == SCHEME.signature(b)).mean())
        errors["ours"].append(ours - true)
        errors["datasketch"].append(reference_sketch(one).jaccard(reference_sketch(two)) - true)
    rmse = {name: float(np.sqrt(np.mean(np.square(e)))) for name, e in errors.items()}
    assert rmse["ours"] < 0.05
    assert abs(np.mean(errors["ours"]) - np.mean(errors["datasketch"])) < 0.02


def test_a_signature_is_datasketchs_whatever_the_blocks() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, BLOCK_SHINGLES + 100, dtype=np.uint64)
    sketch = MinHash(num_perm=128, hashfunc=int)
    for value in (values >> np.uint64(32)).tolist():
        sketch.update(value)
    assert SCHEME.signature(values).tolist() == sketch.hashvalues.tolist()
    assert SCHEME.signature(values).dtype == np.uint32


@settings(max_examples=30)
@given(WORDS.filter(len), WORDS.filter(len))
def test_keys_are_equal_just_where_the_bands_are(one: list[str], two: list[str]) -> None:
    a, b = (SCHEME.signature(shingles(" ".join(w), 5)) for w in (one, two))
    width = SCHEME.num_bands * SCHEME.rows_per_band
    same = (a[:width].reshape(SCHEME.num_bands, -1) == b[:width].reshape(SCHEME.num_bands, -1)).all(axis=1)
    assert ((SCHEME.bands(a) == SCHEME.bands(b)) == same).all()
    assert len(set(SCHEME.bands(a).tolist())) == SCHEME.num_bands


@pytest.mark.parametrize("change", [{"num_permutations": 64}, {"shingle_words": 4}, {"jaccard": 0.5}])
def test_the_name_tells_schemes_apart(change: dict) -> None:
    assert Scheme.of(DedupConfig(**change)).name != SCHEME.name


def test_bands_find_nearly_all_pairs_at_the_threshold() -> None:
    for threshold in (0.5, 0.7, 0.8, 0.9):
        scheme = Scheme.of(DedupConfig(jaccard=threshold))
        assert scheme.num_bands * scheme.rows_per_band <= 128
        assert 1 - (1 - threshold**scheme.rows_per_band) ** scheme.num_bands > 0.99
