"""Commands that run the pipeline or look at a home: run, status, ui, sources, bench."""

import sys

import click

from heal_pipeline.cli.base import existing_home, main, open_home, with_home
from heal_pipeline.errors import UserError
from heal_pipeline.profile import load_profile


@main.command()
@with_home
@click.option(
    "--job",
    default="all",
    show_default=True,
    type=click.Choice(["all", "prepare", "refresh", "evaluate_tagger", "release", "train", "evaluate", "ablation"]),
    help="What is run: everything, or a part of it on what the home holds.",
)
@click.option("--days", metavar="FIRST[:LAST]", help="The days of all, prepare or refresh (default: the profile's).")
def run(profile_name: str, home: str, job: str, days: str | None) -> None:
    """Run a job: raw corpora to evaluation tables by default."""
    from heal_pipeline import launch, live, report

    profile, lake, name = open_home(profile_name, home)
    chosen = launch.days_of(job, profile, days)
    launch.check_ready(job, profile, lake)
    started = launch.start_job(job, name, lake, chosen)
    try:
        with launch.interruptible():
            events = live.follow(started.events())
    except KeyboardInterrupt:
        raise UserError(
            "stopped; stages that ended are committed, and a training that is run again goes on from its last state"
        ) from None
    finally:
        started.stop()
    problems = live.problems(events)
    if problems:
        raise UserError("; ".join(problems))
    if started.process.returncode != 0:
        click.echo(f"heal: the run failed{live.failures(events)}; its log is {started.log}", err=True)
        raise SystemExit(1)
    if job in ("all", "evaluate"):
        report.print_tables(report.tables(lake, profile))
    report.print_seconds(events)
    if (lake.reports / "report.html").exists():
        click.echo(f"\nThe report, with plots: {lake.reports / 'report.html'}")


@main.command()
@with_home
def status(profile_name: str, home: str) -> None:
    """The last good day of each source, failed gates, what to do."""
    from heal_pipeline import report

    profile, lake, _ = existing_home(profile_name, home)
    report.print_tables(report.status(lake, profile))


@main.command()
@with_home
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="The port it listens on.")
def ui(profile_name: str, home: str, port: int) -> None:
    """The Dagster UI on 127.0.0.1, on the same home."""
    from heal_pipeline import launch

    _, lake, name = open_home(profile_name, home)
    raise SystemExit(launch.run_ui(name, lake, port))


@main.group()
def sources() -> None:
    """The sources of a profile."""


@sources.command("check")
@with_home
def sources_check(profile_name: str, home: str) -> None:
    """Read every source's files: rows, bytes, problems, licence, and the first records that cannot be read."""
    from heal_pipeline import report
    from heal_pipeline import sources as library

    profile = load_profile(profile_name)
    found = library.check(profile)
    tables = [report.table_of("Sources", [source.row for source in found])]
    if samples := [sample for source in found for sample in source.samples]:
        tables.append(report.table_of("Records that cannot be read", samples))
    report.print_tables(tables)
    if num_problems := sum(bool(source.row["problem"]) for source in found):
        raise UserError(f"sources with problems: {num_problems} of {len(found)}, as the table above says")


@main.command()
@click.argument("name", default="all")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Times each is measured.")
def bench(name: str, rounds: int) -> None:
    """Time stages against their peers, interleaved in one run.

    NAME is a member of the benchmark; without one all run, one after the other.
    """
    import subprocess

    from heal_pipeline.launch import ROOT

    raise SystemExit(subprocess.call([sys.executable, "-m", "benchmarks", name, "--rounds", str(rounds)], cwd=ROOT))
