"""The stage: every document, in any partitioning, or nothing."""

import json
import shutil
from pathlib import Path

import pytest
from token_documents import BOS, DAY, EOS, TEXTS, instruction, profile_of, scored, write_documents
from token_home import encoded

from heal_pipeline import artifacts, pieces, tokens, vocabulary
from heal_pipeline.documents import document_text
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.tokens import stage
from heal_pipeline.tokens.encoder import Encoder
from resources.expectations import validate


@pytest.fixture
def home(lake: Lake) -> Lake:
    write_documents(lake, "filtered/pages", [scored(f"{t} {i}") for i, t in enumerate(TEXTS * 6)])
    write_documents(lake, "deidentified/tasks", [instruction(f"How, {i}?", f"So, {i}.") for i in range(8)], True)
    tokens.make_tokenizer(lake, profile_of())
    return lake


def test_a_day_is_tokenized_with_all_its_documents(home: Lake) -> None:
    result = tokens.tokenize_day(None, home, profile_of(), DAY, validate)  # one piece: no task of Spark
    table = home.table("tokenized", DAY)
    found = table.read().to_pylist()
    assert (result.rows_in, result.rows_out, len(found)) == (26, 26, 26)
    encoder = Encoder((artifacts.content(home, vocabulary.TOKENIZER) / "tokenizer.json").read_text())
    clean = {
        r["doc_id"]: r
        for name in ("filtered/pages", "deidentified/tasks")
        for r in home.table(name, DAY).read().to_pylist()
    }
    for row in found:
        source = clean[row["doc_id"]]
        (expected,) = encoded(encoder, [source["segments"]], BOS, EOS)
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


def test_special_tokens_that_only_the_settings_name_are_text(home: Lake) -> None:
    folder = artifacts.content(home, vocabulary.TOKENIZER)
    file = folder / "tokenizer.json"
    spec = json.loads(file.read_text())
    spec["added_tokens"] = [{**token, "special": False} for token in spec["added_tokens"]]
    file.write_text(json.dumps(spec))
    assert EOS in Encoder(file.read_text()).encode(["a </s> b"]).ids
    assert EOS not in stage._encoder_in_worker(folder).encode(["a </s> b"]).ids


@pytest.mark.spark
def test_neither_pieces_nor_files_change_the_tokens(home: Lake, spark, monkeypatch) -> None:
    prints, files = [], []
    for num, piece_bytes in ((1, pieces.PIECE_BYTES), (4, 1)):
        shutil.rmtree(home.home / "cleared" / "tokenized", ignore_errors=True)  # equal content would stay as it is
        for name in ("filtered/pages", "deidentified/tasks"):
            rows = home.table(name, DAY).read()
            shutil.rmtree(home.table(name, DAY).path)
            with home.stage(home.table(name, DAY)) as staged:
                size = -(-rows.num_rows // num)
                for start in range(0, rows.num_rows, size):
                    staged.write(rows.slice(start, size))
                staged.commit()
        monkeypatch.setattr(pieces, "PIECE_BYTES", piece_bytes)
        result = tokens.tokenize_day(spark, home, profile_of(), DAY, validate)
        prints.append(result.manifest.fingerprint)
        files.append(len(home.table("tokenized", DAY).files()))
    assert files == [1, 8]
    assert prints[0] == prints[1]


def test_a_lost_document_stops_the_day(home: Lake, monkeypatch) -> None:
    read = stage.batches_of
    monkeypatch.setattr(stage, "batches_of", lambda *args: (batch.slice(1) for batch in read(*args)))
    with pytest.raises(GateFailedError, match="rows_conserved"):
        tokens.tokenize_day(None, home, profile_of(), DAY, lambda suite, frame: Verdict(suite, True))
    assert not home.table("tokenized", DAY).committed()


def test_a_day_without_documents_is_empty(home: Lake) -> None:
    for name in ("filtered/pages", "deidentified/tasks"):
        write_documents(home, name, [], day="2026-01-06")
    result = tokens.tokenize_day(None, home, profile_of(), "2026-01-06", validate)  # no Spark is needed for nothing
    assert result.rows_out == 0
    assert home.table("tokenized", "2026-01-06").read().schema.equals(stage.TOKENIZED_SCHEMA)


def test_a_source_that_is_not_clean_yet_stops_the_day(home: Lake) -> None:
    write_documents(home, "filtered/pages", [], day="2026-01-06")
    with pytest.raises(GateError, match="deidentified/tasks@2026-01-06 has not been committed"):
        tokens.tokenize_day(None, home, profile_of(), "2026-01-06", validate)


def test_an_error_on_a_document_names_its_class_alone(tmp_path: Path) -> None:
    secret = "Margarethe Quillfeather"
    (tmp_path / "tokenizer.json").write_text(json.dumps({"broken": secret}))
    with pytest.raises(RuntimeError, match="while tokenizing") as error:
        stage._encode_piece(tmp_path, tmp_path, BOS, EOS, 0, ())
    assert secret not in str(error.value)
    assert not list(tmp_path.glob("part-*.parquet"))
