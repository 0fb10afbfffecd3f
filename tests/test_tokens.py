"""Tokens say what the documents say: ids, loss mask and sentences agree with the text, in any partitioning."""

import json
import shutil

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline import artifacts, tokens, vocabulary
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id, document_text
from heal_pipeline.errors import GateError, GateFailedError, UserError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.text.sentences import sentence_spans
from heal_pipeline.text.words import word_hashes
from resources.expectations import validate

DAY = "2026-01-05"
ENTRY = {"reader": "jsonl", "licence": "CC0-1.0", "owner": "team:x"}
BOS, EOS = 0, 1
TEXTS = [
    "The patient was seen on Monday. Blood pressure was 120/80, pulse 72.\nPlan: metoprolol 25 mg twice a day.",
    "Dr. Smith said: rest, fluids. No fever since. Überweisung an die Klinik – naïve 患者 \U0001d11e?",
    "Text that names </s> and <s> and <pad> in the middle.",
]


def profile_of(**knobs: object) -> Profile:
    sources = [
        {**ENTRY, "name": "pages", "group": "medical_public", "kind": "article"},
        {**ENTRY, "name": "tasks", "group": "medical_proprietary", "kind": "instruction", "phi": "contains"},
    ]
    values = {"name": "t", "synthetic": True, "days": [DAY], "sources": sources}
    return Profile.model_validate({**values, "tokenizer": {"vocab_size": 400, **knobs}})


def write_documents(lake: Lake, name: str, documents: list[list[dict]], subjects: bool = False, day: str = DAY) -> list:
    source = name.partition("/")[2]
    rows = [
        {
            "doc_id": doc_id(source, f"{day}{i}"),
            "content_id": content_id(document_text(segments)),
            "source": source,
            "batch": day,
            "origin_file": "0" * 64,
            "origin_row": i,
            "num_records": 1,
            "subject_id": doc_id("person", str(i % 3)) if subjects else None,
            "kind": "instruction" if subjects else "article",
            "segments": segments,
            "meta": [],
        }
        for i, segments in enumerate(documents)
    ]
    with lake.stage(lake.table(name, day)) as staged:
        staged.write(pa.Table.from_pylist(rows, DOCUMENT_SCHEMA))
        staged.commit()
    return rows


def scored(text: str) -> list[dict]:
    return [{"text": text, "scored": True}]


def instruction(prompt: str, response: str) -> list[dict]:
    return [{"text": prompt, "scored": False}, {"text": response, "scored": True}]


@pytest.fixture(scope="module")
def encoder():
    trained = tokens._train(TEXTS * 20, 400)
    return tokens.encoder_of(trained.backend_tokenizer.to_str())


def text_of(encoder, ids) -> str:
    return encoder.decode(list(ids), skip_special_tokens=False)


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_every_text_can_be_read_back(encoder, text: str) -> None:
    (found,) = tokens.encode(encoder, [scored(text)], BOS, EOS)
    assert text_of(encoder, found.tokens[1:-1]) == text
    assert (found.tokens[0], found.tokens[-1]) == (BOS, EOS)


def test_special_tokens_in_a_text_are_text(encoder) -> None:
    (found,) = tokens.encode(encoder, [scored(TEXTS[2])], None, None)
    assert min(found.tokens) > 2
    assert text_of(encoder, found.tokens) == TEXTS[2]


@settings(deadline=None)
@given(text=st.text(st.sampled_from("aB 1.?\n"), min_size=1, max_size=60))
def test_no_word_is_parted_where_a_sentence_begins(encoder, text: str) -> None:
    (found,) = tokens.encode(encoder, [scored(text)], None, None)
    for (start, _), token in zip(sentence_spans(text), found.sentence_starts, strict=True):
        assert text_of(encoder, found.tokens[:token]).rstrip() == text[:start].rstrip()


words = st.text(st.sampled_from("ab 1.\n<>/s"), min_size=1, max_size=30).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(words, st.booleans()), min_size=1, max_size=4))
def test_the_mask_marks_the_tokens_of_scored_segments(encoder, parts) -> None:
    """By text: what stands before a token says which segment its first character is in."""
    segments = [{"text": t, "scored": s} for t, s in parts]
    (found,) = tokens.encode(encoder, [segments], BOS, EOS)
    owner = [i for i, (text, _) in enumerate(parts) for _ in text + "\n"]
    place = 0
    for token, flag in zip(found.tokens[1:-1], found.scored[1:-1], strict=True):
        assert flag == parts[owner[place]][1]
        place += len(text_of(encoder, [token]))
    assert not found.scored[0]
    assert found.scored[-1] == parts[-1][1]


def test_the_mask_of_an_instruction_is_its_response(encoder) -> None:
    """Against each segment encoded for itself, which is what a model is asked with and what it shall answer."""
    prompt, response = "What is the dose of metoprolol?\n\nDoctor: 25 mg.", "25 mg twice a day.\nNo other change."
    (found,) = tokens.encode(encoder, [instruction(prompt, response)], BOS, EOS)
    asked = encoder.encode(prompt + "\n", add_special_tokens=False).ids
    answered = encoder.encode(response, add_special_tokens=False).ids
    assert found.tokens.tolist() == [BOS, *asked, *answered, EOS]
    assert found.scored.tolist() == [False] * (1 + len(asked)) + [True] * (len(answered) + 1)


def test_a_sentence_has_the_same_hash_in_every_document(encoder) -> None:
    alone, among = tokens.encode(
        encoder, [scored("Stay in bed."), scored("He is ill. STAY in bed.\nTake 5 mg.\n")], BOS, EOS
    )
    assert alone.sentence_hashes.tolist() == among.sentence_hashes[1:2].tolist()
    assert len(set(among.sentence_hashes.tolist())) == 3


@pytest.mark.parametrize("bos", [None, BOS])
def test_sentences_begin_where_the_texts_sentences_begin(encoder, bos: int | None) -> None:
    for text in TEXTS:
        (found,) = tokens.encode(encoder, [scored(text)], bos, EOS)
        spans = sentence_spans(text)
        assert len(found.sentence_starts) == len(spans)
        assert found.sentence_starts[0] == 0
        assert sum(found.sentence_characters) == len(text)
        assert found.sentence_words.tolist() == [len(word_hashes(text[start:end])) for start, end in spans]
        shift = bos is not None
        for (start, _), token in zip(spans[1:], found.sentence_starts[1:], strict=True):
            assert text_of(encoder, found.tokens[shift:token]).rstrip() == text[:start].rstrip()
            assert text_of(encoder, found.tokens[token:-1]).lstrip() == text[start:].lstrip()


def test_the_tokenizer_is_a_hugging_face_one_and_the_same_each_time(lake: Lake, tmp_path) -> None:
    from transformers import AutoTokenizer

    prints = []
    for home in (lake, Lake(tmp_path / "other")):
        write_documents(home, "filtered/pages", [scored(t) for t in TEXTS * 5])
        write_documents(home, "deidentified/tasks", [instruction("How?", f"So {i}.") for i in range(9)], True)
        tokens.make_tokenizer(home, profile_of())
        prints.append(artifacts.manifest(home, vocabulary.TOKENIZER).fingerprint)
    assert prints[0] == prints[1]
    loaded = AutoTokenizer.from_pretrained(artifacts.content(lake, vocabulary.TOKENIZER))
    known = vocabulary.read(lake)
    assert (loaded.bos_token_id, loaded.eos_token_id, loaded.pad_token_id) == (known.bos, known.eos, known.pad)
    assert known.size == len(loaded) <= 400
    assert set(artifacts.manifest(lake, vocabulary.TOKENIZER).inputs) == {
        f"filtered/pages@{DAY}",
        f"deidentified/tasks@{DAY}",
    }


def test_which_documents_train_the_tokenizer_does_not_depend_on_their_order(lake: Lake, tmp_path) -> None:
    documents = [scored(f"{t} number {i}") for i, t in enumerate(TEXTS * 10)]
    rows = write_documents(lake, "filtered/pages", documents)
    other = Lake(tmp_path / "other")
    with other.stage(other.table("filtered/pages", DAY)) as staged:
        staged.write(pa.Table.from_pylist(rows[::-1], DOCUMENT_SCHEMA))
        staged.commit()
    found = [tokens._training_texts([home.table("filtered/pages", DAY)], 7, seed=3) for home in (lake, other)]
    assert found[0] == found[1]
    assert len(found[0]) == 7


def test_a_tokenizer_by_path_keeps_its_ids(lake: Lake, tmp_path) -> None:
    trained = tokens._train(TEXTS * 20, 300)
    trained.pad_token = None
    trained.save_pretrained(tmp_path / "given")
    tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "given")))
    known = vocabulary.read(lake)
    assert (known.bos, known.eos, known.size) == (0, 1, len(trained))
    assert known.pad == known.eos


def test_tokenizers_that_cannot_be_used_are_the_users_to_mend(lake: Lake, tmp_path) -> None:
    with pytest.raises(UserError, match="cannot be loaded"):
        tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "nothing")))
    trained = tokens._train(TEXTS * 20, 300)
    trained.bos_token = None
    trained.save_pretrained(tmp_path / "without")
    with pytest.raises(UserError, match=r"no bos token: set tokenizer\.add_bos to false"):
        tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "without")))
    with pytest.raises(UserError, match="no clean document"):
        tokens.make_tokenizer(lake, profile_of())
    write_documents(lake, "filtered/pages", [scored(TEXTS[0])])
    with pytest.raises(UserError, match="at least 259"):
        tokens.make_tokenizer(lake, profile_of(vocab_size=100))


@pytest.fixture
def home(lake: Lake) -> Lake:
    write_documents(lake, "filtered/pages", [scored(f"{t} {i}") for i, t in enumerate(TEXTS * 6)])
    write_documents(lake, "deidentified/tasks", [instruction(f"How, {i}?", f"So, {i}.") for i in range(8)], True)
    tokens.make_tokenizer(lake, profile_of())
    return lake


@pytest.mark.spark
def test_a_day_is_tokenized_with_all_its_documents(home: Lake, spark) -> None:
    result = tokens.tokenize_day(spark, home, profile_of(), DAY, validate)
    table = home.table("tokenized", DAY)
    found = table.read().to_pylist()
    assert (result.rows_in, result.rows_out, len(found)) == (26, 26, 26)
    encoder = tokens.encoder_of((artifacts.content(home, vocabulary.TOKENIZER) / "tokenizer.json").read_text())
    clean = {
        r["doc_id"]: r
        for name in ("filtered/pages", "deidentified/tasks")
        for r in home.table(name, DAY).read().to_pylist()
    }
    for row in found:
        source = clean[row["doc_id"]]
        (expected,) = tokens.encode(encoder, [source["segments"]], BOS, EOS)
        assert row["tokens"] == expected.tokens.tolist()
        assert row["scored"] == expected.scored.tolist()
        for column in ("sentence_starts", "sentence_characters", "sentence_words", "sentence_hashes"):
            assert row[column] == getattr(expected, column).tolist()
        assert row["unit"] == (source["subject_id"] or source["doc_id"])
        assert row["num_tokens"] == len(row["tokens"])
        assert row["num_characters"] == len(document_text(source["segments"]))
    assert table.manifest().scheme == vocabulary.read(home).scheme(profile_of().tokenizer)
    with pytest.raises(GateError, match="has the scheme"):
        table.files(vocabulary.read(home).scheme(profile_of(add_bos=False).tokenizer))
    assert sum(r["num_scored"] for r in result.tables["tokens_by_source"]) == sum(sum(r["scored"]) for r in found)


@pytest.mark.spark
def test_partitions_do_not_change_the_tokens(home: Lake, spark) -> None:
    prints, files = [], []
    for num in (1, 4):
        shutil.rmtree(home.home / "cleared" / "tokenized", ignore_errors=True)  # equal content would stay as it is
        for name in ("filtered/pages", "deidentified/tasks"):
            rows = home.table(name, DAY).read()
            shutil.rmtree(home.table(name, DAY).path)
            with home.stage(home.table(name, DAY)) as staged:
                size = -(-rows.num_rows // num)
                for start in range(0, rows.num_rows, size):
                    staged.write(rows.slice(start, size))
                staged.commit()
        spark.conf.set("spark.sql.files.minPartitionNum", str(num))
        result = tokens.tokenize_day(spark, home, profile_of(), DAY, validate)
        prints.append(result.manifest.fingerprint)
        files.append(len(home.table("tokenized", DAY).files()))
    spark.conf.unset("spark.sql.files.minPartitionNum")
    assert files == [1, 4]
    assert prints[0] == prints[1]


@pytest.mark.spark
def test_a_lost_document_stops_the_day(home: Lake, spark, monkeypatch) -> None:
    monkeypatch.setattr("heal_pipeline.spark.map_batches", lambda frame, task, schema: frame.limit(0))
    with pytest.raises(GateFailedError, match="rows_conserved"):
        tokens.tokenize_day(spark, home, profile_of(), DAY, lambda suite, frame: Verdict(suite, True))
    assert not home.table("tokenized", DAY).committed()


def test_a_day_without_documents_is_empty(home: Lake) -> None:
    for name in ("filtered/pages", "deidentified/tasks"):
        write_documents(home, name, [], day="2026-01-06")
    result = tokens.tokenize_day(None, home, profile_of(), "2026-01-06", validate)  # no Spark is needed for nothing
    assert result.rows_out == 0
    assert home.table("tokenized", "2026-01-06").read().schema.equals(tokens.TOKENIZED_SCHEMA)


def test_a_source_that_is_not_clean_yet_stops_the_day(home: Lake) -> None:
    write_documents(home, "filtered/pages", [], day="2026-01-06")
    with pytest.raises(GateError, match="deidentified/tasks@2026-01-06 has not been committed"):
        tokens.tokenize_day(None, home, profile_of(), "2026-01-06", validate)


def test_an_error_on_a_document_names_its_class_alone() -> None:
    secret = "Margarethe Quillfeather"
    batch = pa.RecordBatch.from_pylist([{"doc_id": "a", "segments": secret}])
    task = tokens._tokenizing(json.dumps({"broken": secret}), BOS, EOS)
    with pytest.raises(RuntimeError, match="while tokenizing") as error:
        list(task(iter([batch])))
    assert secret not in str(error.value)
