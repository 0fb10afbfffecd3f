"""The ledger conserves rows, replaces a rerun's rows, and can be asked for a document."""

import pyarrow as pa
import pytest

from heal_pipeline import ledger
from heal_pipeline.errors import GateFailedError
from heal_pipeline.lake import Lake, Verdict


def decisions(*kept: bool) -> pa.Table:
    rows = [
        {
            "doc_id": f"d{i}",
            "batch": "2026-01-05",
            "stage": "filtered/x",
            "rule": "" if keep else "too_short",
            "value": 3.0,
            "threshold": 5.0,
            "kept": keep,
            "evidence": "",
        }
        for i, keep in enumerate(kept)
    ]
    return pa.Table.from_pylist(rows, schema=ledger.LEDGER_SCHEMA)


def test_rows_are_conserved_or_the_gate_fails() -> None:
    assert ledger.conserved(3, decisions(True, False, True), 2).passed
    assert not ledger.conserved(4, decisions(True, False, True), 2).passed
    assert not ledger.conserved(3, decisions(True, False, True), 3).passed
    twice = pa.concat_tables([decisions(True), decisions(True)])
    assert not ledger.conserved(2, twice, 2).passed


def test_a_rerun_replaces_its_rows(lake: Lake) -> None:
    ledger.record(lake, "filtered/x", "2026-01-05", decisions(True, True))
    manifest = ledger.record(lake, "filtered/x", "2026-01-05", decisions(True, False))
    assert manifest.metadata == {"rows_in": 2, "kept": 1, "dropped": 1, "by_rule": {"too_short": 1}}
    found = ledger.trace(lake, "d1")
    assert [(r["stage"], r["rule"], r["kept"]) for r in found] == [("filtered/x", "too_short", False)]


def stage(lake: Lake, rows: int, *, passed: bool = True) -> None:
    with lake.stage(lake.table("filtered/x", "2026-01-05")) as staged:
        staged.write(pa.table({"a": range(rows)}))
        staged.gate(Verdict("g", passed))
        ledger.commit(staged, decisions(*[True] * rows), {})


def test_no_table_stands_under_the_decisions_of_another(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger names the content that it decided on, and is there before it."""
    table, ledger_table = lake.table("filtered/x", "2026-01-05"), lake.table("ledger/filtered/x", "2026-01-05")
    stage(lake, 2)
    assert ledger_table.manifest().inputs == {table.label: table.manifest().fingerprint}
    record = ledger.record

    def ends_here(*arguments, **named) -> None:
        record(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "record", ends_here)
    with pytest.raises(KeyboardInterrupt):
        stage(lake, 3)
    assert table.manifest().rows == 2
    assert ledger_table.manifest().inputs != {table.label: table.manifest().fingerprint}
    monkeypatch.undo()
    with pytest.raises(GateFailedError):
        stage(lake, 4, passed=False)
    assert ledger_table.manifest().rows == 3
