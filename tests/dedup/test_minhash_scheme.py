"""Shingles, signatures and keys: value by value those of datasketch, whatever the texts and blocks; what a scheme's name tells."""

import tracemalloc

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.dedup import minhash
from heal_pipeline.dedup.minhash import MISS_WEIGHT, Scheme, Shingles, shingle, shingles
from heal_pipeline.profile import DedupConfig
from heal_pipeline.text.words import words

SCHEME = Scheme.of(DedupConfig())
WORDS = st.lists(st.sampled_from("alpha beta gamma delta 5 50 mg daily".split()), min_size=0, max_size=40)
TEXTS = st.lists(WORDS.map(" ".join), max_size=6)


def sets_of(*sets: np.ndarray) -> Shingles:
    return Shingles(np.concatenate([np.empty(0, np.uint64), *sets]), np.cumsum([0, *map(len, sets)]))


def reference_sketch(text: str) -> MinHash:
    """datasketch's own way: strings hashed by sha1."""
    found = text.split()
    sketch = MinHash(num_perm=128)
    sketch.update_batch([" ".join(found[i : i + 5]).encode() for i in range(len(found) - 4)])
    return sketch


@given(TEXTS, st.integers(1, 7))
def test_shingles_are_the_distinct_runs_of_words(texts: list[str], num_words: int) -> None:
    made = shingle(texts, num_words)
    known: dict[tuple[str, ...], int] = {}
    for i, text in enumerate(texts):
        found, own = words(text), made.of(i)
        length = min(num_words, len(found))
        runs = {tuple(found[j : j + length]) for j in range(len(found) - length + 1)} - {()}
        assert len(own) == len(runs) == made.num[i]
        assert (np.diff(own.astype(object)) > 0).all()
        assert own.tolist() == shingles(text, num_words).tolist()
        for run in runs:
            if run not in known:
                known[run] = shingles(" ".join(run), len(run))[0]
        assert {known[run] for run in runs} == set(own.tolist())
    assert len(set(known.values())) == len(known)


def test_short_texts_are_one_shingle_and_wordless_ones_have_none() -> None:
    assert len(shingles("no known allergies", 5)) == 1
    assert shingles("No known allergies.", 5).tolist() == shingles("no  known allergies", 5).tolist()
    assert len(shingles("", 5)) == len(shingles("?!", 5)) == 0


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a", "a\0b c d e f", "\udc00 b c d e f g", "\u0301" * 9])
def test_odd_texts_change_nothing_of_their_neighbours(text: str) -> None:
    neighbour = "one two three four five six seven"
    found = shingle([neighbour, text, neighbour, text], 5)
    signatures = SCHEME.signatures(found)
    assert (signatures[0] == signatures[2]).all()
    assert (signatures[1] == signatures[3]).all()
    assert found.of(2).tolist() == shingles(neighbour, 5).tolist()
    assert found.of(3).tolist() == shingles(text, 5).tolist()


def test_all_texts_equal_and_none_equal() -> None:
    equal = SCHEME.signatures(shingle(["the same few words in each of them"] * 300, 5))
    assert (equal == equal[0]).all()
    different = SCHEME.bands(
        SCHEME.signatures(shingle([" ".join(f"w{i}x{j}" for j in range(9)) for i in range(300)], 5))
    )
    assert len(np.unique(different)) == different.size


def test_the_estimate_agrees_with_datasketch() -> None:
    rng = np.random.default_rng(3)
    errors: dict[str, list[float]] = {"ours": [], "datasketch": []}
    for trial in range(60):
        text = [f"w{i}" for i in rng.integers(0, 5000, 400)]
        other = list(text)
        for position in rng.integers(0, 400, trial % 20):
            other[position] = "changed"
        one, two = " ".join(text), " ".join(other)
        found = shingle([one, two], 5)
        a, b = found.of(0), found.of(1)
        true = len(np.intersect1d(a, b)) / len(np.union1d(a, b))
        signatures = SCHEME.signatures(found)
        errors["ours"].append(float((signatures[0] == signatures[1]).mean()) - true)
        errors["datasketch"].append(reference_sketch(one).jaccard(reference_sketch(two)) - true)
    rmse = {name: float(np.sqrt(np.mean(np.square(e)))) for name, e in errors.items()}
    assert rmse["ours"] < 0.05
    assert abs(np.mean(errors["ours"]) - np.mean(errors["datasketch"])) < 0.02


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 40), st.sampled_from([1, 16, 128]), st.integers(0, 99))
def test_signatures_are_datasketchs_whatever_the_blocks(sizes: list[int], block: int, num: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sets = [rng.integers(0, 2**64, size, dtype=np.uint64) for size in sizes]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minhash, "BLOCK_SHINGLES", block)
        made = Scheme(num, 5, 1, 1).signatures(sets_of(*sets))
    assert made.dtype == np.uint32
    assert made.shape == (len(sets), num)
    for values, signature in zip(sets, made, strict=True):
        sketch = MinHash(num_perm=num, hashfunc=int)
        sketch.update_batch((values >> np.uint64(32)).tolist())
        assert signature.tolist() == sketch.hashvalues.tolist()


def test_the_signature_of_a_text_of_many_blocks_is_datasketchs() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, 2 * minhash.BLOCK_SHINGLES + 100, dtype=np.uint64)
    sketch = MinHash(num_perm=128, hashfunc=int)
    sketch.update_batch((values >> np.uint64(32)).tolist())
    assert SCHEME.signatures(sets_of(values[:7], values))[1].tolist() == sketch.hashvalues.tolist()


@settings(max_examples=30)
@given(WORDS.filter(len), WORDS.filter(len))
def test_keys_are_equal_just_where_the_bands_are(one: list[str], two: list[str]) -> None:
    a, b = signatures = SCHEME.signatures(shingle([" ".join(one), " ".join(two)], 5))
    width = SCHEME.num_bands * SCHEME.rows_per_band
    same = (a[:width].reshape(SCHEME.num_bands, -1) == b[:width].reshape(SCHEME.num_bands, -1)).all(axis=1)
    keys = SCHEME.bands(signatures)
    assert ((keys[0] == keys[1]) == same).all()
    assert len(set(keys[0].tolist())) == SCHEME.num_bands
    assert keys.dtype == np.int64


def test_no_texts_have_no_signatures() -> None:
    signatures = SCHEME.signatures(shingle([], 5))
    assert signatures.shape == (0, 128)
    assert SCHEME.bands(signatures).shape == (0, SCHEME.num_bands)


@pytest.mark.parametrize("change", [{"num_permutations": 64}, {"shingle_words": 4}, {"jaccard": 0.5}])
def test_the_name_tells_schemes_apart(change: dict) -> None:
    assert Scheme.of(DedupConfig(**change)).name != SCHEME.name


def test_the_name_belongs_to_the_values() -> None:
    """Whoever changes a value here must change the version in the name: indexes of the old one cannot be compared."""
    assert SCHEME.name == "affine32x128/v2/word5/21x6/seed1"
    signatures = SCHEME.signatures(shingle(["Metoprolol 25 mg twice a day; İstanbul, déjà vu, electrocardiograms."], 5))
    assert signatures[0, :4].tolist() == [48484217, 357072802, 197053885, 789901174]
    assert SCHEME.bands(signatures)[0, :2].tolist() == [-4485014481785150432, -6256068271174937353]


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9])
def test_bands_are_datasketchs_and_find_nearly_all_pairs_at_the_threshold(threshold: float) -> None:
    scheme = Scheme.of(DedupConfig(jaccard=threshold))
    lsh = MinHashLSH(threshold=threshold, num_perm=128, weights=(1 - MISS_WEIGHT, MISS_WEIGHT))
    assert (scheme.num_bands, scheme.rows_per_band) == (lsh.b, lsh.r)
    assert 1 - (1 - threshold**scheme.rows_per_band) ** scheme.num_bands > 0.99


def test_at_a_threshold_of_one_equal_sets_meet() -> None:
    scheme = Scheme.of(DedupConfig(jaccard=1.0))
    keys = scheme.bands(scheme.signatures(shingle(["a b c d e f", "A b c d e f.", "g h i j k l"], 5)))
    assert keys[0].tolist() == keys[1].tolist() != keys[2].tolist()


@pytest.mark.slow
def test_fifty_megabytes_are_signed_in_a_bounded_space() -> None:
    """What is held goes with the number of shingles, eight bytes each, and not with permutations or characters."""
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"w{i:06d}" for i in range(50_000)])
    text = " ".join(vocabulary[rng.integers(0, len(vocabulary), 50 * 2**20 // 8)])
    tracemalloc.start()
    try:
        found = shingle(["a short one before it", text], 5)
        signatures = SCHEME.signatures(found)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.num[1] > 6_000_000
    assert (signatures[1] < 2**16).all()
    assert peak < 6 * len(text)
