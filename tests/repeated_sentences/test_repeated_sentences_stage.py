"""The stage on tokens and survivors: what it decides, that nothing but their content enters, its gates, and what it refuses."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from token_home import DAYS, TokenHome, identity, passed

from heal_pipeline import ledger, releases, repeated_sentences
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import Profile, RepeatedSentencesConfig
from heal_pipeline.repeated_sentences import guards, stage
from resources.expectations import validate

FOOTER, LINE = 101, 102
NUM = 12
SMALL = {"repeated_sentences": {"max_removed_share": 1.0}}
"""A small home may lose more than half; the gate on that is asked for by itself."""


def document(key: str, hashes: list[int], *, source: str = "web", kind: str = "text", day: str = DAYS[0]) -> dict:
    """A document of sentences of ten words and five tokens, between BOS and EOS."""
    num = len(hashes)
    return {
        "doc_id": identity(key),
        "source": source,
        "kind": kind,
        "unit": identity(key),
        "num_tokens": 2 + 5 * num,
        "num_characters": 50 * num,
        "tokens": [0, *range(3, 3 + 5 * num), 1],
        "scored": [True] * (2 + 5 * num),
        "sentence_starts": [0, *(1 + 5 * i for i in range(1, num))],
        "sentence_characters": [50] * num,
        "sentence_words": [10] * num,
        "sentence_hashes": hashes,
        "day": day,
    }


def own(key: str, num: int = 4) -> list[int]:
    return [int(identity(f"{key}{i}")[:15], 16) for i in range(num)]


def made(lake: Lake, rows: list[dict], profile: Profile | None = None, check=validate):
    """A home of these documents, all of which survive, decided on."""
    home = TokenHome(lake, documents=1, **SMALL)
    home.profile = profile or home.profile
    home.rows = rows
    home.tokenize(rows)
    home.survive(rows)
    return home, repeated_sentences.decide(lake, home.profile, check)


def found(home: TokenHome) -> dict[str, dict]:
    return {r["doc_id"]: r for r in home.lake.table("repeated_sentences").read().to_pylist()}


def with_settings(profile: Profile, **values) -> Profile:
    return profile.model_copy(update={"repeated_sentences": RepeatedSentencesConfig(**values)})


def pages(num: int = NUM, extra: int = FOOTER) -> list[dict]:
    return [document(f"page{i}", [*own(f"page{i}"), extra], day=DAYS[i % 2]) for i in range(num)]


def test_all_copies_but_the_first_are_left_out_and_the_ledger_says_so(lake: Lake) -> None:
    rows = pages()
    home, result = made(lake, rows)
    entries = found(home)
    first = min(rows, key=lambda r: (r["day"], r["doc_id"]))
    assert set(entries) == {r["doc_id"] for r in rows} - {first["doc_id"]}
    for entry in entries.values():
        assert (entry["kept"], entry["left_out"], entry["num_words"]) == (True, [4], 50)
        assert (entry["words_left_out"], entry["characters_left_out"], entry["tokens_left_out"]) == (10, 50, 5)
    assert (result.rows_in, result.rows_out) == (NUM, NUM)
    assert result.metadata["sentences"] == 5 * NUM
    assert result.tables["most_repeated"] == [
        {"sentence": f"{FOOTER:016x}", "documents": NUM, "words": 10, "sources": "web"}
    ]
    [row] = result.tables["by_source"]
    assert (row["words"], row["words_left_out"], row["documents_shortened"]) == (50 * NUM, 10 * (NUM - 1), NUM - 1)
    decisions = [r for day in DAYS for r in lake.table("ledger/repeated_sentences", day).read().to_pylist()]
    assert {r["doc_id"]: r["rule"] for r in decisions} == {
        r["doc_id"]: "sentences_left_out" if r["doc_id"] in entries else "nothing_repeated" for r in rows
    }
    assert {r["evidence"] for r in decisions if r["rule"] == "sentences_left_out"} == {"10 of 50 words"}
    assert {r["value"] for r in decisions if r["rule"] == "sentences_left_out"} == {0.2}
    report = json.loads((lake.reports / "repeated_sentences.json").read_text())
    assert report["tables"][0]["rows"][0][0] == "web"


def test_a_sentence_in_no_more_documents_than_the_bound_stays(lake: Lake) -> None:
    home, result = made(lake, pages(RepeatedSentencesConfig().max_documents))
    assert not found(home)
    assert result.metadata["repeated_sentences"] == 0


def test_only_survivors_count(lake: Lake) -> None:
    rows = pages()
    home, _ = made(lake, rows)
    home.survive(rows, frozenset(r["doc_id"] for r in rows[:2]))
    assert not found(home)


def test_a_document_that_repeats_a_sentence_ten_thousand_times_is_one_document(lake: Lake) -> None:
    rows = [document("loop", [LINE] * 10_000), *pages(3, extra=LINE)]
    home, _ = made(lake, rows)
    assert not found(home)


def test_a_document_that_is_mostly_repeated_goes_as_a_whole(lake: Lake) -> None:
    block = own("block", 9)
    rows = [document(f"page{i}", [*block, *own(f"page{i}", 1)]) for i in range(NUM)]
    home, result = made(lake, rows, check=validate)
    entries = found(home)
    assert len(entries) == NUM - 1
    assert not any(e["kept"] or e["left_out"] for e in entries.values())
    assert result.rows_out == 1
    releases.cut(lake, home.profile, validate)
    assert lake.table("release").read()["doc_id"].to_pylist() == [min(r["doc_id"] for r in rows)]
    assert sum(s["dropped"] for s in ledger.summaries(lake, "repeated_sentences").values()) == NUM - 1


def test_protected_kinds_and_groups_keep_every_sentence_and_do_not_count(lake: Lake) -> None:
    notes = [document(f"note{i}", [*own(f"note{i}"), FOOTER], source="notes", kind="note") for i in range(NUM)]
    tasks = [document(f"task{i}", [*own(f"task{i}"), FOOTER], source="tasks", kind="instruction") for i in range(NUM)]
    odd = [document(f"odd{i}", [*own(f"odd{i}"), FOOTER], kind="template") for i in range(NUM)]
    letters = [document(f"letter{i}", [*own(f"letter{i}"), FOOTER], source="notes") for i in range(NUM)]
    few = pages(3)
    home, _ = made(lake, [*notes, *tasks, *odd, *letters, *few])
    assert not found(home)
    profile = with_settings(home.profile, kinds=["note"], groups=["medical_proprietary"])
    repeated_sentences.decide(lake, profile, validate)
    assert {e["source"] for e in found(home).values()} == {"notes"}
    assert len(found(home)) == NUM - 1
    repeated_sentences.decide(lake, with_settings(home.profile, kinds=[]), validate)
    assert not found(home)


def test_templates_and_instructions_cannot_be_named() -> None:
    for kind in ("template", "instruction"):
        with pytest.raises(ValueError, match="kinds"):
            RepeatedSentencesConfig(kinds=[kind])


def test_the_copy_that_stays_is_that_of_the_better_source(lake: Lake) -> None:
    rows = [*pages(NUM), document("paper", [*own("paper"), FOOTER], source="papers", kind="article", day=DAYS[0])]
    settings = TokenHome(lake, documents=1, **SMALL).profile
    sources = [s.model_copy(update={"priority": 1 if s.name == "papers" else 100}) for s in settings.sources]
    home, _ = made(lake, rows, settings.model_copy(update={"sources": sources}))
    assert identity("paper") not in found(home)
    assert len(found(home)) == NUM


def test_neither_the_order_of_rows_nor_of_days_nor_the_files_are_in_the_decision(lake: Lake, tmp_path: Path) -> None:
    rng = random.Random(4)
    rows = [
        document(f"d{i}", [*own(f"d{i}", 2), *rng.choices(range(1, 6), k=3)], day=DAYS[rng.randrange(2)])
        for i in range(60)
    ]
    home, _ = made(lake, rows)
    expected = [lake.table("repeated_sentences").read(), found(home)]
    assert expected[1]
    other = TokenHome(Lake(tmp_path / "other"), documents=1, **SMALL)
    shuffled = rng.sample(rows, len(rows))
    other.tokenize(shuffled, DAYS[::-1])
    other.survive(shuffled)
    assert other.lake.table("repeated_sentences").read().equals(expected[0])
    late = TokenHome(Lake(tmp_path / "late"), documents=1, **SMALL)
    first = [r for r in rows if r["day"] == DAYS[1]]
    late.tokenize(first)
    late.survive(first)
    late.tokenize(shuffled)
    late.survive(shuffled)
    assert late.lake.table("repeated_sentences").read().equals(expected[0])


def test_documents_without_sentences_are_documents_all_the_same(lake: Lake) -> None:
    empty = document("empty", [1]) | {"num_tokens": 2, "num_characters": 0, "tokens": [0, 1], "scored": [True] * 2}
    empty |= {name: [] for name in empty if name.startswith("sentence_")}
    rows = [empty, *pages()]
    home, _ = made(lake, rows)
    assert len(found(home)) == NUM - 1
    home.pack()
    assert identity("empty") in lake.table("release").read()["doc_id"].to_pylist()


def test_a_home_whose_documents_are_all_empty_or_gone(lake: Lake) -> None:
    home, result = made(lake, pages(1))
    assert (result.rows_in, len(found(home))) == (1, 0)
    home.survive(home.rows, frozenset(r["doc_id"] for r in home.rows))
    assert not found(home)


def test_what_is_absent_is_refused_by_name(lake: Lake, tmp_path: Path) -> None:
    home, _ = made(lake, pages())
    with pytest.raises(GateError, match="survivors has not been committed"):
        repeated_sentences.decide(Lake(tmp_path / "empty"), home.profile, passed)
    home.tokenize(pages(NUM - 1))
    with pytest.raises(GateError, match=f"tokenized@{DAYS[1]} lacks 1 surviving documents"):
        home.leave_out()


def test_a_failed_suite_leaves_what_was_there_unreadable_and_no_ledger_of_the_new(lake: Lake) -> None:
    home, _ = made(lake, pages())
    before = ledger.summaries(lake, "repeated_sentences")
    home.tokenize(pages(NUM, extra=LINE))
    with pytest.raises(GateFailedError):
        repeated_sentences.decide(lake, home.profile, lambda suite, frame: Verdict(suite, False))
    with pytest.raises(GateError, match="did not pass"):
        releases.cut(lake, home.profile)
    assert ledger.summaries(lake, "repeated_sentences") == before


def test_a_run_that_dies_leaves_the_old_table(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    home, _ = made(lake, pages())
    before = lake.table("repeated_sentences").read()
    home.tokenize(rows := pages(NUM + 1))

    def die(*_) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stage, "_record", die)
        with pytest.raises(KeyboardInterrupt):
            home.survive(rows)
    assert lake.table("repeated_sentences").read().equals(before)
    assert not list(lake.scratch.glob("repeated_sentences*"))
    with pytest.raises(GateError, match="rematerialise repeated_sentences"):
        releases.cut(lake, home.profile)
    home.leave_out()
    assert len(found(home)) == NUM


def test_a_source_that_would_lose_too_much_stops(lake: Lake) -> None:
    rows = [document(f"page{i}", [*own("block", 3), *own(f"page{i}", 2)]) for i in range(NUM)]
    home, _ = made(lake, rows)
    with pytest.raises(GateFailedError, match="removed_share"):
        repeated_sentences.decide(lake, with_settings(home.profile, max_removed_share=0.5), validate)


def test_the_gates_can_fail(lake: Lake) -> None:
    """Each against a table that breaks what it holds."""
    rows = pages()
    home, _ = made(lake, rows)
    table = lake.table("repeated_sentences").read()
    survivors = lake.table("survivors").read(["doc_id", "source", "batch"])
    tables = [lake.table("tokenized", day) for day in DAYS]
    days, documents = stage.days_of(tables, stage.in_order(survivors, home.profile), home.profile)
    sentences = stage.sentences_of(days, documents.num_rows, home.profile)
    assert guards.conserved(documents, table).passed
    assert not guards.conserved(documents, table.take([0, *range(table.num_rows)])).passed
    assert not guards.conserved(documents.slice(0, 3), table).passed
    assert guards.one_copy_stays(documents, table, sentences).passed
    first = min(rows, key=lambda r: (r["day"], r["doc_id"]))["doc_id"]
    too_many = table.slice(0, 1).set_column(0, table.schema.field(0), [[first]])
    all_gone = stage.pa.concat_tables([table, too_many])
    assert not guards.one_copy_stays(documents, all_gone, sentences).passed
    assert guards.protected_untouched(documents, table, home.profile).passed
    assert not guards.protected_untouched(documents, table, with_settings(home.profile, kinds=["article"])).passed
    assert not guards.removed_share([{"source": "web", "words": 10, "words_left_out": 6}], 0.5).passed


def test_many_documents_agree_with_the_plain_definition(lake: Lake) -> None:
    rng = np.random.default_rng(8)
    rows = [
        document(f"d{i}", [*own(f"d{i}", 6), *rng.integers(1, 30, 3).tolist()], day=DAYS[i % 2]) for i in range(150)
    ]
    home, _ = made(lake, rows)
    in_order = sorted(rows, key=lambda r: (r["day"], r["doc_id"]))
    holders: dict[int, set[str]] = {}
    for row in in_order:
        for sentence in row["sentence_hashes"]:
            holders.setdefault(sentence, set()).add(row["doc_id"])
    kept: set[int] = set()
    expected = {}
    for row in in_order:
        repeats = {s for s in row["sentence_hashes"] if len(holders[s]) > 10}
        out = [i for i, s in enumerate(row["sentence_hashes"]) if s in repeats & kept]
        if out:
            expected[row["doc_id"]] = out
        kept |= repeats
    assert {d: e["left_out"] for d, e in found(home).items()} == expected
    assert expected
