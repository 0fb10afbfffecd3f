"""The audit pack of a model: every commit behind it, copied, with verdicts, decisions, licences and versions, as JSON.

An auditor needs nothing but the folder: `sha256sum -c SHA256SUMS` checks the pack, and the claims in index.json name
the commits that each rests on. No record text is in it, and no identifier.
"""

import json
import re
import secrets
import shutil
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.compliance.claims import claims_of
from heal_pipeline.compliance.lineage import Lineage, Node, read_lineage
from heal_pipeline.deid.review_bounds import review
from heal_pipeline.errors import UserError
from heal_pipeline.fingerprint import fingerprint_file
from heal_pipeline.lake import Lake, StageResult, write_json
from heal_pipeline.profile import Profile
from heal_pipeline.releases import ID_DIGITS

FORMAT = "heal-audit-pack/1"
DEFAULT_MODEL = "tuned_model"
SUMS = "SHA256SUMS"


def audit(lake: Lake, profile: Profile) -> StageResult:
    """Writes the audit pack of the tuned model to cleared/audit/tuned_model.

    Raises:
        UserError: the model has not been committed.
    """
    folder = lake.home / "cleared" / "audit" / DEFAULT_MODEL
    index_path = audit_pack(lake, profile, DEFAULT_MODEL, folder)
    index = json.loads(index_path.read_text())
    claims = [{"claim": c["claim"], "holds": c["holds"], "of": c["of"]} for c in index["claims"]]
    return StageResult(
        "audit_pack",
        rows_in=index["commits"],
        rows_out=index["commits"],
        made="commits",
        metadata={
            "model": DEFAULT_MODEL,
            "fingerprint": index["fingerprint"],
            "commits": index["commits"],
            "claims_that_hold": sum(c["holds"] for c in claims),
            "claims": len(claims),
            "folder": str(folder.relative_to(lake.home)),
        },
        tables={"claims": claims},
    )


def audit_pack(lake: Lake, profile: Profile, model_name: str, out_dir: Path) -> Path:
    """Writes the audit pack of a model and returns the path of its index.json.

    Args:
        model_name: a folder of models/: "tuned_model", "phase_1", "ablation_all".
        out_dir: made where it is not there; an earlier pack in it is replaced.

    Raises:
        UserError: the model has not been committed, a gate of it failed, or the folder holds something else.
    """
    name = model_name.removeprefix("models/")
    if not re.fullmatch(r"[A-Za-z0-9_\-]+", name):
        raise UserError(f"{model_name!r} is no model's name: give a folder of models/, such as {DEFAULT_MODEL}")
    manifest = artifacts.manifest(lake, f"models/{name}")
    out = Path(out_dir).resolve()
    _refuse_other_folders(out)
    found = read_lineage(lake)
    root = next(n for n in found.nodes.values() if n.path == f"models/{name}/manifest.json")
    tree = sorted(found.ancestors(root.label))
    nodes = [found.nodes[label] for label in tree if label in found.nodes]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staged = out.parent / f".{out.name}-{secrets.token_hex(4)}"
        staged.mkdir()
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}): give another --out") from None
    try:
        claims = _write(staged, lake, profile, found, nodes, root)
        index = {
            "format": FORMAT,
            "model": name,
            "fingerprint": manifest.fingerprint,
            "release": sorted(
                {n.fingerprint[:ID_DIGITS] for n in nodes if n.base.partition("/")[0] in ("release", "releases")}
            ),
            "profile": profile.name,
            "profile_hash": profile.hash,
            "commits": len(nodes),
            "claims": claims,
            "files": sorted(str(p.relative_to(staged)) for p in staged.rglob("*.*") if p.is_file()),
        }
        write_json(staged / "index.json", index)
        sums = [f"{fingerprint_file(p)}  {p.relative_to(staged)}" for p in sorted(staged.rglob("*")) if p.is_file()]
        (staged / SUMS).write_text("\n".join(sums) + "\n")
        if out.exists():
            shutil.rmtree(out)
        staged.replace(out)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return out / "index.json"


def _refuse_other_folders(out: Path) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    index = out / "index.json"
    try:
        if json.loads(index.read_text())["format"] == FORMAT:
            return
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{out} holds something other than an audit pack: give a new or an empty folder with --out")


def _write(
    folder: Path, lake: Lake, profile: Profile, found: Lineage, nodes: list[Node], root: Node
) -> list[dict[str, Any]]:
    """Writes the pack's files but the index, and returns the claims."""
    inside = {n.label for n in nodes}
    edges = [e for e in found.edges if e.target in inside]
    for node in nodes:
        target = folder / "manifests" / f"{re.sub(r'[^A-Za-z0-9_.@-]', '__', node.label)}.json"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(lake.home / node.path, target)
    write_json(
        folder / "tree.json",
        {
            "root": root.label,
            "commits": [{"label": n.label, "fingerprint": n.fingerprint, "rows": n.rows} for n in nodes],
            "inputs": [
                {"of": e.target, "input": e.source, "fingerprint": e.fingerprint, "state": e.state} for e in edges
            ],
        },
    )
    verdicts = [{"commit": n.label, **v} for n in nodes for v in n.verdicts]
    write_json(folder / "verdicts.json", verdicts)
    decisions = _decisions(found, inside)
    write_json(folder / "decisions.json", decisions)
    files = [f for n in nodes for f in _files(lake, n)]
    write_json(folder / "files.json", files)
    write_json(folder / "sources.json", _sources(profile, nodes, decisions))
    write_json(folder / "versions.json", dict(sorted(_versions().items())))
    _write_profile(folder / "profile.yaml", profile)
    write_json(folder / "review.json", asdict(review(lake, profile, inside)))
    return claims_of(lake, profile, found, nodes, edges, files)


def _decisions(found: Lineage, inside: set[str]) -> list[dict[str, Any]]:
    """The ledger by stage, day and rule, for the stages whose tables are behind the model."""
    bases = {label.partition("@")[0] for label in inside}
    rows = []
    for node in sorted(found.nodes.values(), key=lambda n: n.label):
        if not node.base.startswith("ledger/"):
            continue
        stage, _, day = node.label.removeprefix("ledger/").partition("@")
        if f"{stage}@{day}" in inside or stage in bases:
            counts = {k: node.metadata.get(k) for k in ("rows_in", "kept", "dropped", "by_rule")}
            rows.append({"stage": stage, "day": day, **counts, "fingerprint": node.fingerprint})
    return rows


def _files(lake: Lake, node: Node) -> list[dict[str, Any]]:
    """The sha256 of each file of a commit. `as_committed` compares with the manifest: of an artifact the file's sha256, of
    a table the fingerprint of its rows, which is that of all its files together.
    """
    place = (lake.home / node.path).parent
    content = place / (f"content-{node.fingerprint}" if node.kind == "artifact" else f"data-{node.fingerprint}")
    paths = sorted(p for p in content.rglob("*") if p.is_file())
    whole = node.kind == "artifact" or _holds(node, paths)
    rows: list[dict[str, Any]] = []
    for path in paths:
        sha256, name = fingerprint_file(path), str(path.relative_to(content))
        as_committed = whole and (node.kind == "table" or node.files.get(name) == sha256)
        rows.append(
            {
                "commit": node.label,
                "file": name,
                "bytes": path.stat().st_size,
                "sha256": sha256,
                "as_committed": as_committed,
            }
        )
    absent = (
        set(node.files) - {r["file"] for r in rows} if node.kind == "artifact" else {"*.parquet"} if not rows else ()
    )
    rows += [
        {"commit": node.label, "file": name, "bytes": None, "sha256": None, "as_committed": False}
        for name in sorted(absent)
    ]
    return rows


def _holds(node: Node, paths: list[Path]) -> bool:
    """Whether the files of a table hold the rows that its manifest names."""
    import pyarrow as pa

    from heal_pipeline.table_fingerprint import fingerprint_parquet

    try:
        return fingerprint_parquet([str(p) for p in paths]) == (node.rows, node.fingerprint)
    except (pa.ArrowException, OSError):
        return False


def _sources(profile: Profile, nodes: list[Node], decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each source behind the model: licence, owner, PHI, and its documents at each stage."""
    rows = []
    for entry in profile.sources:
        counts = {
            stage: sum(n.rows or 0 for n in nodes if n.base == f"{stage}/{entry.name}")
            for stage in ("raw", "filtered", "deidentified")
            if any(n.base == f"{stage}/{entry.name}" for n in nodes)
        }
        if counts:
            rows.append(
                {
                    "source": entry.name,
                    "licence": entry.licence,
                    "owner": entry.owner,
                    "group": entry.group,
                    "phi": entry.phi,
                    "documents": counts,
                    "dropped": sum(d["dropped"] or 0 for d in decisions if d["stage"].endswith(f"/{entry.name}")),
                }
            )
    return rows


def _versions() -> dict[str, str]:
    """Every package that is installed here, and the Python that runs."""
    import platform

    found = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]}
    return {"python": platform.python_version(), **found}


def _write_profile(path: Path, profile: Profile) -> None:
    import yaml

    path.write_text(yaml.safe_dump(profile.model_dump(mode="json"), sort_keys=False, allow_unicode=True))
