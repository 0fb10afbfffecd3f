"""How files of reports/ become tables and charts, and how cells are written."""

import json
from pathlib import Path

import pytest

from heal_pipeline.report.tables import SECTIONS, Table, chart_of, read_section, table_of


def write(folder: Path, name: str, value: object) -> None:
    (folder / f"{name}.json").write_text(json.dumps(value))


def test_rows_may_be_lists_or_records(tmp_path: Path) -> None:
    lists = {"title": "A", "columns": ["source", "num_tokens"], "rows": [["web", 5]], "note": "as counted"}
    records = {"title": "B", "rows": [{"source": "web", "num_tokens": 5}, {"source": "notes", "more": True}]}
    write(tmp_path, "packing", {"title": "Packing", "tables": [lists, records]})
    section = read_section(tmp_path, "packing")
    assert section.title == "Packing"
    assert section.tables[0] == Table("A", ["source", "num tokens"], [["web", 5]], "as counted")
    assert section.tables[1] == Table("B", ["source", "num tokens", "more"], [["web", 5, None], ["notes", None, True]])


def test_records_are_shown_in_the_order_of_the_columns_that_are_given(tmp_path: Path) -> None:
    table = {"title": "A", "columns": ["b", "a"], "rows": [{"a": 1, "b": 2, "c": 3}]}
    write(tmp_path, "dedup", {"title": "D", "tables": [table]})
    [found] = read_section(tmp_path, "dedup").tables
    assert (found.columns, found.rows) == (["b", "a"], [[2, 1]])


def test_what_is_absent_says_why(tmp_path: Path) -> None:
    assert read_section(tmp_path, "ablation").absent == "not made in this home yet"
    assert read_section(tmp_path, "ablation").title == SECTIONS["ablation"]
    (tmp_path / "ablation.json").write_text("{")
    assert "materialise its asset again" in read_section(tmp_path, "ablation").absent
    table = {"title": "PubMedQA", "columns": [], "rows": [], "note": "500 items.", "absent": "no files: name them"}
    write(tmp_path, "benchmarks", {"title": "B", "tables": [table], "absent": "no model"})
    section = read_section(tmp_path, "benchmarks")
    assert section.absent == "no model"
    assert section.tables[0].note == "Absent: no files: name them. 500 items."


def test_a_file_that_the_report_does_not_know_has_its_name_as_title(tmp_path: Path) -> None:
    write(tmp_path, "bench_stages", {"tables": []})
    assert read_section(tmp_path, "bench_stages").title == "Bench stages"


@pytest.mark.parametrize(
    ("column", "values", "cells"),
    [
        ("tokens", [1234567, 0], ["1,234,567", "0"]),
        ("seed", [1234567], ["1234567"]),
        ("kept share", [0.25, 1.0, None], ["25.0%", "100.0%", "–"]),
        ("recall", [0.987], ["98.7%"]),
        ("share", [12.5, 3], ["12.50", "3"]),
        ("loss", [8.3178, 2.5], ["8.32", "2.50"]),
        ("p", [0.00042, 0.0001], ["0.000420", "0.000100"]),
        ("score", [0.5, 0.125], ["0.500", "0.125"]),
        ("perplexity", [4096.0, 31.25], ["4,096.0", "31.2"]),
        ("tokens per second", [1234567.0], ["1,234,567"]),
        ("passed", [True, False, None], ["yes", "no", "–"]),
        ("name", ["a|b", ""], ["a|b", ""]),
    ],
)
def test_cells_are_written_alike_down_a_column(column: str, values: list, cells: list[str]) -> None:
    assert [row[0] for row in Table("T", [column], [[v] for v in values]).cells()] == cells


def test_only_numbers_are_set_flush_right() -> None:
    table = Table("T", ["a", "b", "c", "d"], [[1, "x", True, None], [None, 2, False, None]])
    assert [table.is_number(i) for i in range(4)] == [True, False, False, False]


def test_values_that_fit_no_cell_are_made_to(tmp_path: Path) -> None:
    (tmp_path / "dedup.json").write_text('{"tables": [{"title": "T", "columns": ["x"], "rows": [[NaN], [[1, "a"]]]}]}')
    assert read_section(tmp_path, "dedup").tables[0].rows == [[None], ["1, a"]]


def test_a_table_of_records_has_gaps_where_one_lacks_a_key() -> None:
    found = table_of("Sources", [{"name": "web", "num_rows": 3}, {"name": "notes", "problems": 1}])
    assert found.columns == ["name", "num rows", "problems"]
    assert found.cells() == [["web", "3", "–"], ["notes", "–", "1"]]
    assert table_of("Sources", []).cells() == []


def test_a_chart_leaves_out_points_and_lines_without_values() -> None:
    value = {"title": "T", "x": "step", "y": "loss", "series": {"phase_1": [[1, 2.5], [2, None]], "phase_2": []}}
    found = chart_of(value)
    assert found is not None
    assert found.series == {"phase 1": [(1.0, 2.5)]}
    assert chart_of({**value, "series": {"phase_2": [[1, None]]}}) is None


@pytest.mark.parametrize(("low", "log"), [(1.0, True), (0.0, False), (-1.0, False)])
def test_only_positive_values_have_a_logarithmic_axis(low: float, log: bool) -> None:
    found = chart_of({"title": "", "x": "", "y": "", "series": {"a": [[0, low], [1, 9]]}, "log_y": True})
    assert found is not None
    assert found.log_y is log
