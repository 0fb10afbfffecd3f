"""Commands of audits: trace, revoke, audit."""

from pathlib import Path

import click

from heal_pipeline.cli.base import existing_home, main, with_home, write_line


@main.command()
@click.argument("doc_id")
@with_home
def trace(doc_id: str, profile_name: str, home: str) -> None:
    """Tell a document's history: decisions, tables, shards, models."""
    from heal_pipeline import compliance

    _, lake, _ = existing_home(profile_name, home)
    for row in compliance.trace(lake, doc_id):
        write_line(row)


@main.command()
@with_home
@click.option("--file", "path", default="-", help="A 0600 file with the id; else it is read from standard input.")
@click.option(
    "--kind",
    type=click.Choice(["doc", "subject"]),
    default="doc",
    show_default=True,
    help="What the id names: a document, or a person.",
)
def revoke(profile_name: str, home: str, path: str, kind: str) -> None:
    """Withdraw a document, or all documents of a person.

    The next survivors and the next release leave them out.
    """
    from heal_pipeline import compliance

    profile, lake, _ = existing_home(profile_name, home)
    write_line(compliance.revoke(lake, compliance.read_identifier(path), kind, profile))


@main.command()
@with_home
@click.option("--model", default="tuned_model", show_default=True, help="A model of the home.")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="The folder it is written to.")
def audit(profile_name: str, home: str, model: str, out: str) -> None:
    """Write a model's audit pack.

    It holds every manifest, verdict, licence and version behind the model.
    """
    from heal_pipeline import compliance

    profile, lake, _ = existing_home(profile_name, home)
    click.echo(compliance.audit_pack(lake, profile, model, Path(out)))
