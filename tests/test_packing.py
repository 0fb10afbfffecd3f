"""Packing loses no token and doubles none, cuts no sentence that fits a row, and holds people out of all sources alike."""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_home import TokenHome, passed

from heal_pipeline import artifacts, packing, releases
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.packing.corpus import read_corpus
from heal_pipeline.packing.fitting import best_fit, cut_points, cuts_inside, lay_out, needless_cuts
from heal_pipeline.shards import Shard
from resources.expectations import validate

LENGTH = 32

sentences = st.lists(st.integers(0, 45), min_size=1, max_size=12).filter(sum)
documents = st.lists(sentences, min_size=1, max_size=40)


def starts_of(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)


def laid_out(texts: list[list[int]], window: int = 7, seed: int = 3):
    num_tokens = np.array([sum(t) for t in texts])
    long_starts = {i: starts_of(t) for i, t in enumerate(texts) if sum(t) > LENGTH}
    num_sentences = np.array([len(t) for t in texts])
    layout = lay_out(num_tokens, num_sentences, long_starts, max_length=LENGTH, window=window, seed=seed)
    return layout, num_tokens, long_starts


@settings(deadline=None)
@given(documents, st.integers(1, 50))
def test_every_token_has_one_place_and_no_place_two_tokens(texts: list[list[int]], window: int) -> None:
    layout, num_tokens, _ = laid_out(texts, window)
    taken = np.zeros((layout.num_rows, LENGTH), int)
    seen = [np.zeros(n, int) for n in num_tokens]
    for document, offset, length, row, start in zip(
        layout.document, layout.offset, layout.length, layout.row, layout.start, strict=True
    ):
        assert 0 < length <= LENGTH - start
        taken[row, start : start + length] += 1
        seen[document][offset : offset + length] += 1
    assert all((s == 1).all() for s in seen)
    assert taken.max() == 1
    assert (taken[:, 0] == 1).all()
    assert (np.diff(taken, axis=1) <= 0).all(), "padding stands at the end alone"


@settings(deadline=None)
@given(st.lists(st.integers(1, LENGTH), max_size=60))
def test_best_fit_is_that_of_one_item_after_the_other(lengths: list[int]) -> None:
    """Which of several equally full bins takes an item may differ, so that the rooms left are compared, not the bins."""
    rooms: list[int] = []
    for length in sorted(lengths, reverse=True):
        fitting = [room for room in rooms if room >= length]
        if fitting:
            rooms.remove(min(fitting))
        rooms.append((min(fitting) if fitting else LENGTH) - length)
    found = best_fit(np.array(lengths, dtype=np.int64), LENGTH)
    fills = np.bincount(found, lengths or None)
    assert sorted(LENGTH - fills) == sorted(rooms)


@settings(deadline=None)
@given(documents)
def test_only_a_document_longer_than_a_row_is_split_and_only_a_sentence_longer_than_a_row_cut(texts) -> None:
    layout, num_tokens, long_starts = laid_out(texts)
    assert needless_cuts(layout, long_starts, num_tokens, LENGTH) == 0
    assert layout.num_split == sum(n > LENGTH for n in num_tokens)
    pieces = Counter(layout.document.tolist())
    assert all(pieces[i] == 1 for i, n in enumerate(num_tokens) if n <= LENGTH)
    assert layout.num_cut <= sum(length > LENGTH for text in texts for length in text)


@settings(deadline=None)
@given(documents)
def test_the_sentence_ranges_of_a_documents_pieces_follow_each_other(texts) -> None:
    layout, _, _ = laid_out(texts)
    for number, text in enumerate(texts):
        mine = np.flatnonzero(layout.document == number)
        assert layout.first_sentence[mine[0]] == 0
        ends = layout.first_sentence[mine] + layout.num_sentences[mine]
        assert ends[-1] == len(text)
        starts = starts_of(text)
        for i, (before, after) in enumerate(pairwise(mine.tolist())):
            inside = layout.offset[after] != starts[layout.first_sentence[after]]
            assert layout.first_sentence[after] == ends[i] - inside
            assert layout.offset[before] + layout.length[before] == layout.offset[after]


def test_a_document_is_cut_at_the_last_sentence_end_that_fits() -> None:
    assert cut_points(50, np.array([0, 10, 25, 31, 40]), 32) == [0, 31, 50]
    assert cut_points(64, np.array([0, 32]), 32) == [0, 32, 64]


def test_a_document_without_a_full_stop_is_cut_after_whole_rows() -> None:
    starts = np.array([0])
    points = cut_points(100, starts, 32)
    assert points == [0, 32, 64, 96, 100]
    assert cuts_inside(points, starts) == [0]


def test_an_over_long_sentence_between_others_is_cut_alone() -> None:
    starts = np.array([0, 5, 80, 85])
    points = cut_points(90, starts, 32)
    assert points == [0, 5, 37, 69, 90]
    assert cuts_inside(points, starts) == [1]


def test_a_needless_cut_would_be_seen() -> None:
    layout, num_tokens, long_starts = laid_out([[20, 20]])
    layout.offset[1] -= 1
    assert needless_cuts(layout, long_starts, num_tokens, LENGTH) == 1


@settings(deadline=None)
@given(st.lists(st.integers(1, LENGTH), max_size=60))
def test_best_fit_takes_the_fullest_bin_that_has_room(lengths: list[int]) -> None:
    """Against the textbook form: a list of rooms, searched from end to end."""
    bins = best_fit(np.array(lengths, dtype=np.int64), LENGTH)
    rooms: list[int] = []
    for length in sorted(lengths, reverse=True):
        fitting = [r for r in rooms if r >= length]
        if fitting:
            rooms[rooms.index(min(fitting))] -= length
        else:
            rooms.append(LENGTH - length)
    found = [LENGTH - sum(n for n, b in zip(lengths, bins, strict=True) if b == i) for i in range(len(rooms))]
    assert sorted(found) == sorted(rooms)


@pytest.mark.parametrize("median", [60, 492, 3000])
def test_log_normal_documents_fill_their_rows(median: int) -> None:
    rng = np.random.default_rng(1)
    lengths = np.maximum(1, rng.lognormal(np.log(median), 1.0, 20_000).astype(np.int64))
    long_starts = {int(i): np.arange(0, lengths[i], 20) for i in np.flatnonzero(lengths > 8192)}
    layout = lay_out(lengths, lengths // 20 + 1, long_starts, max_length=8192, window=20_000, seed=1)
    assert lengths.sum() / (layout.num_rows * 8192) > 0.99


def test_rows_are_not_in_the_order_of_their_fill() -> None:
    rng = np.random.default_rng(2)
    layout, _, _ = laid_out([[int(n)] for n in rng.integers(1, LENGTH + 1, 2000)], window=2000)
    longest = np.zeros(layout.num_rows)
    np.maximum.at(longest, layout.row, layout.length)
    half = layout.num_rows // 2
    assert abs(longest[:half].mean() - longest[half:].mean()) < 2


@pytest.fixture
def home(lake: Lake) -> TokenHome:
    return TokenHome(lake).pack()


def stored(home: TokenHome, purpose: str, source: str):
    name = f"cleared/{purpose}/{releases.current(home.lake)}/{source}"
    folder = artifacts.content(home.lake, name)
    return Shard.open(folder), pq.read_table(folder / "spans.parquet").to_pylist()


def test_shards_hold_the_documents_tokens_and_masks(home: TokenHome) -> None:
    """From the sidecar back to the tokenized documents: every one of them, in training or in validation, once."""
    documents = {r["doc_id"]: r for r in home.rows}
    seen: Counter[str] = Counter()
    for source in ("web", "papers", "notes", "tasks"):
        for purpose in ("shards", "validation"):
            shard, spans = stored(home, purpose, source)
            rows = shard.rows(range(shard.num_rows))
            offsets: Counter[str] = Counter()
            in_order = sorted(spans, key=lambda s: (s["doc_id"], s["first_sentence"]))
            for span in in_order:
                document = documents[span["doc_id"]]
                here = (span["row"], slice(span["start"], span["start"] + span["length"]))
                begin = offsets[span["doc_id"]]
                assert document["source"] == source
                assert begin == document["sentence_starts"][span["first_sentence"]]
                part = slice(begin, begin + span["length"])
                assert rows["input_ids"][here].tolist() == document["tokens"][part]
                assert rows["loss_mask"][here].tolist() == document["scored"][part]
                assert len(set(rows["document_ids"][here].tolist())) == 1
                offsets[span["doc_id"]] += span["length"]
            padding = rows["document_ids"] < 0
            assert (rows["input_ids"][padding] == 2).all()
            assert not rows["loss_mask"][padding].any()
            assert int((~padding).sum()) == shard.header.num_tokens == sum(s["length"] for s in spans)
            for doc_id, length in offsets.items():
                assert length == documents[doc_id]["num_tokens"]
                seen[doc_id] += 1
    assert seen == Counter(documents.keys())


def test_a_person_is_on_one_side_in_all_sources(home: TokenHome) -> None:
    unit = {r["doc_id"]: r["unit"] for r in home.rows}
    sides = {
        purpose: {
            unit[s["doc_id"]] for name in ("web", "papers", "notes", "tasks") for s in stored(home, purpose, name)[1]
        }
        for purpose in ("shards", "validation")
    }
    assert not sides["shards"] & sides["validation"]
    for name in ("web", "papers", "notes", "tasks"):
        assert len({s["doc_id"] for s in stored(home, "validation", name)[1]}) >= 12


def test_equal_tokens_in_another_order_give_equal_shards(home: TokenHome, tmp_path) -> None:
    other = TokenHome(Lake(tmp_path / "other"))
    other.tokenize(list(reversed(other.rows)))
    other.pack()
    for source in ("web", "tasks"):
        name = f"cleared/shards/{releases.current(home.lake)}/{source}"
        assert artifacts.manifest(home.lake, name).fingerprint == artifacts.manifest(other.lake, name).fingerprint


def test_documents_outside_the_release_are_in_no_shard(lake: Lake) -> None:
    home = TokenHome(lake)
    dropped = frozenset(r["doc_id"] for r in home.rows[::3])
    home.survive(home.rows, dropped)
    home.pack()
    for source in ("web", "papers", "notes", "tasks"):
        for purpose in ("shards", "validation"):
            assert not {s["doc_id"] for s in stored(home, purpose, source)[1]} & dropped


def test_the_reports_add_up(home: TokenHome) -> None:
    result = packing.pack(home.lake, home.profile, validate)
    report = json.loads((home.lake.reports / "packing.json").read_text())
    assert sum(s["tokens"] for s in report["sources"]) == result.metadata["tokens"]
    assert report["tables"][0]["rows"][-1][1] == result.rows_in
    lengths = report["charts"][0]
    assert sum(n for group in lengths["series"].values() for n in group) == len(home.rows)
    of_bins = [int(end.split()[0]) for end in lengths["ends"]]
    bounds = [int(bar.removeprefix("up to ").replace(",", "")) for bar in lengths["bars"]]
    num_tokens = read_corpus(home.lake, home.profile).num_tokens
    assert np.cumsum(of_bins).tolist() == [int((num_tokens <= bound).sum()) for bound in bounds]
    text = (home.lake.reports / "packing.json").read_text()
    assert not any(r["doc_id"] in text for r in home.rows)


def test_a_failed_suite_leaves_nothing_to_read(lake: Lake) -> None:
    home = TokenHome(lake, documents=10)
    releases.cut(lake, home.profile)
    with pytest.raises(GateFailedError, match="packed"):
        packing.pack(lake, home.profile, lambda suite, frame: Verdict(suite, False))
    with pytest.raises(GateError, match="did not pass"):
        artifacts.manifest(lake, f"cleared/shards/{releases.current(lake)}/notes")


def test_a_single_document_is_packed_and_not_held_out(lake: Lake) -> None:
    home = TokenHome(lake, documents=1)
    home.rows = home.rows[:1]
    home.tokenize(home.rows)
    home.survive(home.rows)
    home.pack()
    assert len(stored(home, "shards", "web")[1]) >= 1
    assert releases.held_out(lake, "web") == []


@pytest.mark.parametrize("clustered", [True, False])
def test_a_cluster_of_near_duplicates_is_not_parted_by_the_split(lake: Lake, clustered: bool) -> None:
    home = TokenHome(lake, documents=60)
    ids = sorted(r["doc_id"] for r in home.rows if r["source"] == "web")
    pairs = list(zip(ids[::2], ids[1::2], strict=False))
    home.tokenize(home.rows)
    home.survive(home.rows, clusters={doc: pair[0] for pair in pairs for doc in pair} if clustered else {})
    home.pack()
    held = set(releases.held_out(lake, "web"))
    assert held
    parted = sum(len(held & set(pair)) == 1 for pair in pairs)
    assert (parted == 0) == clustered  # without their clusters they are parted: the test can fail


def test_shards_of_sources_without_held_out_documents_do_not_stay(home: TokenHome) -> None:
    assert releases.held_out(home.lake, "web")
    config = home.profile.packing.model_copy(update={"validation_share": 0.0, "validation_minimum": 0})
    profile = home.profile.model_copy(update={"packing": config})
    packing.validation_set(home.lake, profile)
    assert releases.held_out(home.lake, "web") == []


def test_tokens_of_another_tokenizer_are_refused(home: TokenHome) -> None:
    home.make_tokenizer(400)
    with pytest.raises(GateError, match="this reader needs"):
        packing.pack(home.lake, home.profile, passed)


def test_a_document_that_came_again_with_another_text_keeps_both(lake: Lake) -> None:
    home = TokenHome(lake, documents=20)
    again = next(r for r in home.rows if r["day"] == "2026-01-05" and r["source"] == "web" and r["num_tokens"] > 1)
    changed = {**again, "day": "2026-01-06", "tokens": again["tokens"][::-1]}
    home.rows.append(changed)
    home.tokenize(home.rows)
    home.survive(home.rows)
    home.pack()
    count = sum(
        s["length"]
        for purpose in ("shards", "validation")
        for s in stored(home, purpose, "web")[1]
        if s["doc_id"] == again["doc_id"]
    )
    assert count == 2 * again["num_tokens"]
