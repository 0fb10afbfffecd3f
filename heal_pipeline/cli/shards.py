"""Commands on packed rows: shards export."""

from pathlib import Path

import click

from heal_pipeline.cli.base import existing_home, main, with_home, write_line
from heal_pipeline.errors import UserError


@main.group()
def shards() -> None:
    """Packed rows of tokens."""


@shards.command("export")
@with_home
@click.option("--model", help="The rows that a model of the home was trained on, in their order (tuned_model).")
@click.option("--phase", help="The rows of a run, in their order: phase_1 …, tuning, ablation_SUBSET.")
@click.option("--source", help="All rows of a source, in the order of its shard.")
@click.option("--validation", is_flag=True, help="With --source: the rows that are held out.")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="The folder it is written to.")
def export(
    model: str | None, phase: str | None, source: str | None, validation: bool, out: str, profile_name: str, home: str
) -> None:
    """Write rows as Parquet files that Hugging Face `datasets` loads.

    Broken off and begun again, it writes what is missing alone. One line of JSON: what was written.
    """
    from heal_pipeline import compliance

    given = [name for name in (model, phase, source) if name]
    if len(given) != 1:
        raise UserError("give one of --model, --phase and --source")
    if validation and not source:
        raise UserError("--validation goes with --source alone: a run is trained on no held-out row")
    _, lake, _ = existing_home(profile_name, home)
    write_line(compliance.export_rows(lake, Path(out), model=model, run=phase, source=source, validation=validation))
