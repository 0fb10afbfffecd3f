"""`python -m benchmarks NAME --rounds N`: runs a member, prints its table, writes reports/bench_NAME.json of the home."""

import os
import sys
from pathlib import Path

import click

from benchmarks import definitions, stages
from benchmarks.harness import BenchmarkError

MEMBERS = {"definitions": definitions.main, "stages": stages.main}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", type=click.Choice(sorted(MEMBERS)))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option(
    "--home", envvar="HEAL_HOME", default=".heal", show_default=True, help="Whose reports/ the results go to."
)
@click.option("--profile", default="sample", show_default=True, help="The profile that is run.")
def main(name: str, rounds: int, home: str, profile: str) -> None:
    """Time a stage against its peers, interleaved in one run."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    try:
        MEMBERS[name](rounds, Path(home).resolve(), profile, lambda line: click.echo(line, err=True))
    except BenchmarkError as error:
        click.echo(f"benchmarks: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
