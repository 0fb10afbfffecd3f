"""A release freezes what survived and the tokens of its days, and is refused where they do not belong together."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from token_home import DAYS, TokenHome

from heal_pipeline import artifacts, packing, releases
from heal_pipeline.errors import GateError, GateFailedError, UserError
from heal_pipeline.lake import Verdict
from heal_pipeline.repeated_sentences import REPEATED_SCHEMA
from resources.expectations import validate


@pytest.fixture
def home(lake) -> TokenHome:
    return TokenHome(lake, documents=12)


def test_a_release_holds_the_kept_documents_and_pins_their_tokens(home: TokenHome) -> None:
    dropped = frozenset(r["doc_id"] for r in home.rows[:5])
    home.survive(home.rows, dropped)
    result = releases.cut(home.lake, home.profile, validate)
    assert (result.rows_in, result.rows_out) == (48, 43)
    release = releases.current(home.lake)
    found = releases.table(home.lake, release).read()
    assert found.equals(home.lake.table("release").read())
    assert set(found["doc_id"].to_pylist()) == {r["doc_id"] for r in home.rows} - dropped
    manifest = releases.table(home.lake, release).manifest()
    assert manifest.metadata["days"] == DAYS
    assert set(manifest.inputs) == {"survivors", "repeated_sentences", *(f"tokenized@{d}" for d in DAYS)}
    assert [t.label for t in releases.tokens(home.lake, release)] == [f"tokenized@{d}" for d in DAYS]


def test_what_is_left_out_is_part_of_the_release(home: TokenHome) -> None:
    """A sentence in all twelve pages stays in the first; a page with nothing else goes."""
    pages = [r for r in home.rows if r["source"] == "web"]
    for row in pages:
        row["sentence_hashes"][0], row["sentence_words"][0] = 7, 9
    home.tokenize(home.rows)
    home.leave_out()
    releases.cut(home.lake, home.profile, validate)
    found = home.lake.table("release").read().to_pylist()
    first, *others = sorted(pages, key=lambda r: (r["day"], r["doc_id"]))
    gone = {r["doc_id"] for r in others if len(r["sentence_starts"]) == 1}
    assert gone
    assert {r["doc_id"] for r in home.rows} - {r["doc_id"] for r in found} == gone
    shortened = {r["doc_id"]: r for r in found if r["left_out"]}
    assert set(shortened) == {r["doc_id"] for r in others} - gone
    assert first["doc_id"] not in shortened
    for row in others:
        if row["doc_id"] in shortened:
            entry = shortened[row["doc_id"]]
            assert entry["left_out"] == [0]
            assert entry["tokens_left_out"] == row["sentence_starts"][1] - home.profile.tokenizer.add_bos
            assert entry["characters_left_out"] == row["sentence_characters"][0]


def test_equal_content_is_the_same_release(home: TokenHome) -> None:
    releases.cut(home.lake, home.profile)
    first = releases.current(home.lake)
    home.survive(list(reversed(home.rows)))
    releases.cut(home.lake, home.profile)
    assert releases.current(home.lake) == first
    assert [p.name for p in (home.lake.home / "cleared" / "releases").iterdir()] == [first]


def test_an_earlier_release_stays_as_it_was(home: TokenHome) -> None:
    releases.cut(home.lake, home.profile)
    first = releases.current(home.lake)
    before = releases.table(home.lake, first).manifest().fingerprint
    home.survive(home.rows, frozenset({home.rows[0]["doc_id"]}))
    releases.cut(home.lake, home.profile)
    assert releases.current(home.lake) != first
    assert releases.table(home.lake, first).manifest().fingerprint == before


def test_other_tokens_of_the_same_documents_are_another_release(home: TokenHome) -> None:
    releases.cut(home.lake, home.profile)
    first = releases.current(home.lake)
    home.rows[0]["tokens"][0] += 1
    home.tokenize(home.rows)
    with pytest.raises(GateError, match=f"{home.rows[0]['day']} was made again since"):
        releases.tokens(home.lake, first)
    with pytest.raises(GateError, match="repeated_sentences was made of another tokenized@"):
        releases.cut(home.lake, home.profile)
    home.leave_out()
    releases.cut(home.lake, home.profile)
    assert releases.current(home.lake) != first


def test_a_day_of_which_nothing_survived_may_be_tokenized_again(home: TokenHome) -> None:
    home.survive(home.rows, frozenset(r["doc_id"] for r in home.rows if r["day"] == DAYS[1]))
    releases.cut(home.lake, home.profile)
    first = releases.current(home.lake)
    next(r for r in home.rows if r["day"] == DAYS[1])["tokens"][0] += 1
    home.tokenize(home.rows)
    packing.pack(home.lake, home.profile, validate)
    home.leave_out()
    releases.cut(home.lake, home.profile)
    assert releases.current(home.lake) == first
    assert [t.day for t in releases.tokens(home.lake, first)] == DAYS[:1]


def test_an_altered_release_is_refused_and_mended_by_cutting_it_again(home: TokenHome) -> None:
    releases.cut(home.lake, home.profile)
    release = releases.table(home.lake, releases.current(home.lake))
    [file] = release.files()
    before = release.path.joinpath("manifest.json").read_bytes()
    Path(file).write_bytes(Path(file).read_bytes()[:-9])
    with pytest.raises(GateError, match=r"cannot be read .*: rematerialise"):
        packing.pack(home.lake, home.profile, validate)
    releases.cut(home.lake, home.profile)
    packing.pack(home.lake, home.profile, validate)
    assert release.path.joinpath("manifest.json").read_bytes() == before


def test_held_out_documents_of_an_altered_sidecar_are_refused(home: TokenHome) -> None:
    home.pack()
    name = f"cleared/validation/{releases.current(home.lake)}/web"
    path = artifacts.content(home.lake, name) / "spans.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(GateError, match=r"spans\.parquet does not hold what was committed"):
        releases.held_out(home.lake, "web")


def test_missing_tokens_are_refused(home: TokenHome) -> None:
    home.tokenize(home.rows[1:])
    with pytest.raises(GateError, match=f"tokenized@{DAYS[0]} lacks 1 kept documents: materialise tokenized"):
        releases.cut(home.lake, home.profile)
    for row in home.rows:
        row["day"] = "2026-01-07"
    for step in (lambda: home.survive(home.rows), lambda: releases.cut(home.lake, home.profile)):
        with pytest.raises(GateError, match="tokenized@2026-01-07 has not been committed"):
            step()


def test_days_of_different_tokenizers_are_refused(home: TokenHome) -> None:
    home.tokenize(home.rows, DAYS[:1], scheme="tokens/v0:other")
    with pytest.raises(GateError, match=f"tokenized@{DAYS[0]} has the scheme 'tokens/v0:other'"):
        releases.cut(home.lake, home.profile)


def test_nothing_that_survived_is_the_users_to_mend(home: TokenHome) -> None:
    home.survive(home.rows, frozenset(r["doc_id"] for r in home.rows))
    with pytest.raises(UserError, match="no document survived"):
        releases.cut(home.lake, home.profile)


def test_a_withdrawal_that_survivors_overlooked_stops_the_release(home: TokenHome) -> None:
    with home.lake.stage(home.lake.table("revocations")) as staged:
        staged.write(pa.table({"doc_id": [home.rows[3]["doc_id"]], "reason": ["document withdrawn"]}))
        staged.commit()
    with pytest.raises(GateFailedError, match="no_withdrawn_document"):
        releases.cut(home.lake, home.profile)
    assert not home.lake.table("release").committed()
    assert not (home.lake.home / "cleared" / "releases").exists()


def test_the_suite_stops_a_document_that_is_there_twice(home: TokenHome) -> None:
    with pytest.raises(GateError, match="surviving documents"):
        home.survive([*home.rows, home.rows[0]])
    inputs = [home.lake.table("survivors"), *(home.lake.table("tokenized", day) for day in DAYS)]
    with home.lake.stage(home.lake.table("repeated_sentences"), inputs=inputs) as staged:
        staged.write(REPEATED_SCHEMA.empty_table())
        staged.commit()
    with pytest.raises(GateFailedError, match="expectations:release"):
        releases.cut(home.lake, home.profile, validate)


def test_held_out_documents_are_those_of_the_validation_shards(home: TokenHome) -> None:
    releases.cut(home.lake, home.profile, lambda suite, frame: Verdict(suite, True))
    with pytest.raises(GateError, match="materialise validation_set"):
        releases.held_out(home.lake, "web")
    packing.validation_set(home.lake, home.profile)
    name = f"cleared/validation/{releases.current(home.lake)}/web"
    spans = pq.read_table(artifacts.content(home.lake, name) / "spans.parquet")
    held = releases.held_out(home.lake, "web")
    assert held == sorted(set(spans["doc_id"].to_pylist()))
    assert len(held) == home.profile.packing.validation_minimum
    assert releases.held_out(home.lake, "no_such_source") == []
