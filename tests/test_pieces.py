"""Pieces of a table: every row once and in order, batches bounded by rows and bytes, whole files or none; equal whoever reads them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heal_pipeline import filtering, pieces
from heal_pipeline.lake import Lake, Table
from heal_pipeline.pieces import batches_of, num_rows, pieces_of, write_rows
from tests.filtering.raw_pages import DAY, profile_of, write_raw
from tests.filtering.raw_pages import pages as pages_of_a_clinic

SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("text", pa.string(), nullable=False)])


def write_files(folder: Path, sizes: list[list[int]], group_rows: int) -> list[str]:
    """A file for each list of text sizes, in row groups of `group_rows` rows; ids count up over all of them."""
    files, count = [], 0
    for number, of_file in enumerate(sizes):
        ids = range(count, count + len(of_file))
        table = pa.table([list(ids), [chr(97 + i % 26) * size for i, size in zip(ids, of_file, strict=True)]], SCHEMA)
        files.append(str(folder / f"part-{number:05d}.parquet"))
        pq.write_table(table, files[-1], row_group_size=group_rows, use_dictionary=False, compression="none")
        count += len(of_file)
    return files


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from([0, 3, 900, 5000]), max_size=9), max_size=4),
    st.integers(1, 5),
    st.sampled_from([1, 2000, 10**9]),
)
def test_rows_are_read_once_in_order_and_in_bounded_batches(
    tmp_path: Path, sizes: list[list[int]], group_rows: int, piece_bytes: int
) -> None:
    files = write_files(tmp_path, sizes, group_rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE_BYTES", piece_bytes)
        patch.setattr(pieces, "BATCH_BYTES", 2000)
        patch.setattr(pieces, "BATCH_ROWS", 3)
        found = pieces_of(files)
        batches = [list(batches_of(piece)) for piece in found]
    ids = [i for of_piece in batches for batch in of_piece for i in batch["id"].to_pylist()]
    assert ids == list(range(sum(map(len, sizes))))
    assert [num_rows(piece) for piece in found] == [sum(b.num_rows for b in of_piece) for of_piece in batches]
    for batch in (b for of_piece in batches for b in of_piece):
        assert 0 < batch.num_rows <= 3
        assert batch.nbytes < 4000 or batch.num_rows == 1
    if piece_bytes == 10**9:
        assert len(found) <= 1


def test_columns_are_those_asked_for(tmp_path: Path) -> None:
    [piece] = pieces_of(write_files(tmp_path, [[1, 2]], 9))
    assert [b.schema.names for b in batches_of(piece, ["text"])] == [["text"]]


def test_a_few_large_rows_among_small_ones_do_not_share_a_batch(tmp_path: Path) -> None:
    large = 5 * 2**20
    sizes = [10] * 2000
    sizes[1000:1010] = [large] * 10
    [piece] = pieces_of(write_files(tmp_path, [sizes], 2000))
    assert max(b.nbytes for b in batches_of(piece)) < 2 * large


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def failing():
        yield pa.RecordBatch.from_pylist([{"id": 1, "text": "a"}], SCHEMA)
        raise ValueError("torn")

    path = tmp_path / "part-00000.parquet"
    with pytest.raises(ValueError, match="torn"):
        write_rows(path, SCHEMA, failing())
    assert not list(tmp_path.glob("*.parquet"))
    write_rows(path, SCHEMA, iter([]))
    assert not list(tmp_path.iterdir())
    write_rows(path, SCHEMA, iter([pa.RecordBatch.from_pylist([{"id": 1, "text": "a"}], SCHEMA)]))
    assert pq.read_table(path).to_pylist() == [{"id": 1, "text": "a"}]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_written_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_BYTES", 10_000)
    row = pa.RecordBatch.from_pylist([{"id": 1, "text": "a" * 3000}], SCHEMA)
    write_rows(tmp_path / "a.parquet", SCHEMA, iter([row] * 10))
    metadata = pq.read_metadata(tmp_path / "a.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [4, 4, 2]


def _digests(table: Table) -> dict[str, str]:
    return {Path(f).name: hashlib.sha256(Path(f).read_bytes()).hexdigest() for f in table.files()}


@pytest.mark.spark
def test_tasks_of_spark_write_what_one_process_writes(
    spark, tmp_path: Path, passing_validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces of their own, shared out by Spark or one after the other: the same bytes. All in one piece: the same rows."""
    profile, entry = profile_of()
    texts = [*pages_of_a_clinic(12), "no"]

    def run(folder: str, piece_bytes: int) -> Lake:
        lake = Lake(tmp_path / folder)
        write_raw(lake, entry, texts, num_files=4)
        monkeypatch.setattr(pieces, "PIECE_BYTES", piece_bytes)
        filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)
        return lake

    def tables(lake: Lake) -> list[Table]:
        return [lake.table("signals/pages", DAY), lake.table("filtered/pages", DAY)]

    def in_turn(spark: object, task: Callable[..., object], arguments: list[tuple[object, ...]]) -> list[object]:
        assert len(arguments) == 4
        return [task(*each) for each in arguments]

    shared_out, one_piece = run("shared", 1), run("one", 2**30)
    with monkeypatch.context() as patch:
        for stage in ("measuring", "copying"):
            patch.setattr(f"heal_pipeline.filtering.{stage}.run_tasks", in_turn)
        alone = run("alone", 1)
    for of_spark, of_process, whole in zip(*map(tables, (shared_out, alone, one_piece)), strict=True):
        assert len(of_spark.files()) == 4
        assert len(whole.files()) == 1
        assert _digests(of_spark) == _digests(of_process)
        assert of_spark.manifest().fingerprint == whole.manifest().fingerprint
    kept = [t.read().sort_by("doc_id") for t in (shared_out.table("filtered/pages", DAY), tables(one_piece)[1])]
    assert kept[0].equals(kept[1])
    assert kept[0].num_rows == 12


@pytest.mark.spark
def test_the_summary_is_of_the_kept_documents_in_the_order_of_the_files(
    spark, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heal_pipeline.filtering.copying import copy_kept

    _, entry = profile_of()
    ids = write_raw(lake, entry, pages_of_a_clinic(9), num_files=3)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1)
    raw = lake.table("raw/pages", DAY)
    order = raw.read(["doc_id"])["doc_id"].to_pylist()
    for chosen in (set(ids[1::2]), set(), set(ids)):
        decisions = pa.table({"doc_id": ids, "kept": [i in chosen for i in ids]})
        with lake.stage(lake.table("filtered/pages", DAY)) as staged:
            summary = copy_kept(spark, raw, decisions, staged)
            copied = staged.read()
        assert summary["doc_id"].tolist() == copied["doc_id"].to_pylist() == [i for i in order if i in chosen]
        assert summary["num_chars"].tolist() == [len(s[0]["text"]) for s in copied["segments"].to_pylist()]


def test_a_row_group_says_how_large_it_is_without_compression(tmp_path: Path) -> None:
    table = pa.table([[0], ["a" * 100_000]], SCHEMA)
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd", use_dictionary=False)
    [[group]] = pieces_of([str(tmp_path / "a.parquet")])
    assert group.num_bytes > 100_000 > 10_000 > (tmp_path / "a.parquet").stat().st_size
