"""From the survivors to the shards: what is repeated is in no row but once, and the sidecar tells the sentences as in the text."""

from collections import Counter
from itertools import pairwise

import pyarrow.parquet as pq
import pytest
from token_home import TokenHome

from heal_pipeline import artifacts, releases
from heal_pipeline.lake import Lake
from heal_pipeline.shards import Shard

REPEATED = 77


@pytest.fixture
def home(lake: Lake) -> TokenHome:
    """Every page and note has a repeated sentence: its first, a middle or its last one."""
    home = TokenHome(lake, documents=60)
    for i, row in enumerate(r for r in home.rows if r["source"] in ("web", "notes")):
        place = (0, len(row["sentence_starts"]) // 2, -1)[i % 3]
        row["sentence_hashes"][place], row["sentence_words"][place] = REPEATED, 20
    home.tokenize(home.rows)
    home.survive(home.rows)
    return home.pack()


def packed(home: TokenHome, source: str) -> dict[str, tuple[list[int], list[bool], list[tuple[int, int]]]]:
    """doc_id → tokens, mask and sentence ranges, from the shards of training and validation."""
    found: dict[str, tuple[list[int], list[bool], list[tuple[int, int]]]] = {}
    for purpose in ("shards", "validation"):
        name = f"cleared/{purpose}/{releases.current(home.lake)}/{source}"
        folder = artifacts.content(home.lake, name)
        shard = Shard.open(folder)
        rows = shard.rows(range(shard.num_rows))
        spans = pq.read_table(folder / "spans.parquet").to_pylist()
        for span in sorted(spans, key=lambda s: (s["doc_id"], s["first_sentence"])):
            tokens, mask, ranges = found.setdefault(span["doc_id"], ([], [], []))
            here = (span["row"], slice(span["start"], span["start"] + span["length"]))
            tokens += rows["input_ids"][here].tolist()
            mask += rows["loss_mask"][here].tolist()
            ranges.append((span["first_sentence"], span["first_sentence"] + span["num_sentences"]))
    return found


def test_a_repeated_sentence_is_packed_once_and_never_taken_from_a_note(home: TokenHome) -> None:
    assert home.profile.packing.max_length < max(r["num_tokens"] for r in home.rows)  # some are split
    for source, copies in (("web", 1), ("notes", 60)):
        found = packed(home, source)
        seen: Counter[int] = Counter()
        for row in (r for r in home.rows if r["source"] == source):
            number = row["sentence_hashes"].index(REPEATED)
            bounds = [*row["sentence_starts"], row["num_tokens"]]
            begin, end = bounds[number] + (number == 0), bounds[number + 1] - (number == len(bounds) - 2)
            if row["doc_id"] not in found:
                assert sum(row["sentence_words"]) * 0.8 < 20
                continue
            tokens, mask, ranges = found[row["doc_id"]]
            is_whole = tokens == row["tokens"]
            seen[REPEATED] += is_whole
            if not is_whole:
                assert tokens == [*row["tokens"][:begin], *row["tokens"][end:]]
                assert mask == [*row["scored"][:begin], *row["scored"][end:]]
                kept = [n for n in range(len(bounds) - 1) if n != number]
                assert (min(a for a, _ in ranges), max(b for _, b in ranges)) == (kept[0], kept[-1] + 1)
        assert seen[REPEATED] == copies


def test_a_sentence_is_cut_nowhere_and_pieces_begin_at_their_sentences(home: TokenHome) -> None:
    left_out = {r["doc_id"]: set(r["left_out"]) for r in home.lake.table("release").read().to_pylist()}
    split = 0
    for row in (r for r in home.rows if r["source"] == "web" and left_out.get(r["doc_id"])):
        tokens, _, ranges = packed(home, "web")[row["doc_id"]]
        bounds = [*row["sentence_starts"], row["num_tokens"]]
        for (_, end), (begin, _) in pairwise(ranges):
            split += 1
            assert set(range(end, begin)) <= left_out[row["doc_id"]]
        told = {n for a, b in ranges for n in range(a, b)} - left_out[row["doc_id"]]
        assert told == set(range(len(bounds) - 1)) - left_out[row["doc_id"]]
        assert len(tokens) < row["num_tokens"]
    assert split
