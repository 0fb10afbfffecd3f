"""A day whose gates failed: nobody reads it, everybody is told why, and the other days are as they were."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from heal_pipeline import dedup, deid
from heal_pipeline.cli import main
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile

pytestmark = pytest.mark.spark

DAY, NEXT_DAY = "2026-03-02", "2026-03-03"
RECORDS: list[dict[str, Any]] = [
    {"text": "Spoke with Marwenna Oakhollow about the plan for hypertension.", "subject": "p1"},
    {"text": "Blood pressure 120/80, continue lisinopril 10 mg daily."},
]
REASON = rf"deidentified/notes@{NEXT_DAY} did not pass its gate \(over_redaction\)"


@pytest.fixture
def failed(run, home: Lake, tables) -> Lake:
    """DAY has passed; NEXT_DAY has passed, too, and then not."""
    for day in (DAY, NEXT_DAY):
        tables(home, RECORDS, {"p1": {"name": "Marwenna Oakhollow"}}, day)
        run(home, day)
    with pytest.raises(GateFailedError, match="over_redaction"):
        run(home, NEXT_DAY, max_over_redaction=0.0)
    return home


def test_it_is_read_by_nobody(spark, suite, failed: Lake, profile_with) -> None:
    """Not in the same run, not in a later one, not by what comes after, not outside of Dagster."""
    from assets.checks import table_attempt, verdict_result

    for lake in (failed, Lake(failed.home)):
        for read in (lambda t: t.read(), lambda t: t.files(), lambda t: t.manifest()):
            with pytest.raises(GateError, match=REASON):
                read(lake.table("deidentified/notes", NEXT_DAY))
    pages = failed.table("filtered/pages", NEXT_DAY)
    with failed.stage(pages) as staged:
        staged.write(failed.table("filtered/notes", NEXT_DAY, "restricted").read())
        staged.commit()
    with pytest.raises(GateError, match=REASON):
        dedup.index(spark, failed, profile_with(), NEXT_DAY, suite)
    script = "import sys; from heal_pipeline.lake import Lake; Lake(sys.argv[1]).table('deidentified/notes', sys.argv[2]).read()"
    command = [sys.executable, "-c", script, str(failed.home), NEXT_DAY]
    outside = subprocess.run(command, capture_output=True, text=True)
    assert outside.returncode != 0
    assert "did not pass its gate (over_redaction)" in outside.stderr
    shown = verdict_result([table_attempt(failed.table("deidentified/notes", NEXT_DAY))])
    assert (shown.passed, shown.description) == (False, "over_redaction failed")
    ledger = failed.table("ledger/deidentified/notes", NEXT_DAY)
    assert not ledger.manifest().metadata["dropped"]  # of the day that passed


def test_the_day_before_it_is_read_as_ever(failed: Lake) -> None:
    from assets.checks import table_attempt, verdict_result

    table = failed.table("deidentified/notes", DAY)
    assert table.read().num_rows == len(RECORDS)
    assert verdict_result([table_attempt(table)]).passed
    both = [table_attempt(failed.table("deidentified/notes", day)) for day in (DAY, NEXT_DAY)]
    assert not verdict_result(both).passed


def test_status_and_audit_tell_of_it(failed: Lake, profile_with, tmp_path: Path) -> None:
    profile: Profile = profile_with()
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(profile.model_dump(mode="json", exclude_defaults=True, exclude={"name"})))
    shown = CliRunner().invoke(main, ["status", "--profile", str(path), "--home", str(failed.home)])
    assert shown.exit_code == 0, shown.output
    assert f"deidentified/notes@{NEXT_DAY}" in shown.output
    assert f"deidentified/notes@{DAY}" not in shown.output
    assert "over_redaction" in shown.output
    assert "lower `deid.threshold`, then `heal run --job evaluate_tagger`" in " ".join(shown.output.split())
    assert f"not clean: {NEXT_DAY}" in " ".join(shown.output.split())
    assert deid.audit(failed, profile).tables["failed_gates"][0]["day"] == NEXT_DAY
