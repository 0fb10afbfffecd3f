"""`python -m benchmarks [NAME] --rounds N`: runs a member, or all; prints tables, writes reports/bench_NAME.json of the home."""

import importlib
import os
import sys
from pathlib import Path

import click

from benchmarks.harness import AbsentInputError, BenchmarkError

MEMBERS = ("definitions", "plan", "tokens", "deid", "dedup", "dedup_stage", "filtering", "packing", "quality", "stages")
"""The modules of this package with a `main`; the last one takes longest."""

ALL = "all"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", type=click.Choice([ALL, *MEMBERS]), default=ALL)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option(
    "--home", envvar="HEAL_HOME", default=".heal", show_default=True, help="Whose reports/ the results go to."
)
@click.option("--profile", default="sample", show_default=True, help="The profile that is run.")
def main(name: str, rounds: int, home: str, profile: str) -> None:
    """Time a stage against its peers, interleaved in one run; without a name all of them, one after the other.

    A member that fails says so in one line, and the others go on. The exit code is then 2, unless all that was missing is data.
    """
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    failed = False
    for member in MEMBERS if name == ALL else [name]:
        try:
            run = importlib.import_module(f"benchmarks.{member}").main
            run(rounds, Path(home).resolve(), profile, lambda line: click.echo(line, err=True))
        except BenchmarkError as error:
            click.echo(f"benchmarks: {member}: {error}", err=True)
            failed |= name != ALL or not isinstance(error, AbsentInputError)
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    main()
