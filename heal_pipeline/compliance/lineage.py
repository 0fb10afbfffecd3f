"""The tree of commits: every manifest of a home, and which was made from which, by fingerprint.

An input is found by its label and fingerprint, else by its fingerprint alone (a release's immutable copy, say); where
neither is there any more the edge says so. Nothing is read but manifests.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from heal_pipeline.lake import Lake, StageResult, write_json
from heal_pipeline.profile import Profile

EdgeState = Literal["present", "superseded", "absent", "outside"]
"""Of an input: there as it was read, made anew since, gone, or a file of the user's that was never a commit."""

OUTSIDE = "evaluation_sets/"
"""How the labels of inputs begin that are files outside the home."""
"""superseded: the input is there with another content than the one that was read."""


@dataclass(frozen=True)
class Node:
    """A commit. `label` is unique in a home; `path` is its manifest, relative to the home."""

    label: str
    kind: Literal["table", "artifact"]
    zone: str
    path: str
    fingerprint: str
    rows: int | None
    inputs: dict[str, str]
    verdicts: list[dict[str, Any]]
    code_version: str
    profile_hash: str
    scheme: str
    columns: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The label without its day."""
        return self.label.partition("@")[0]


@dataclass(frozen=True)
class Edge:
    """`target` was made from `source`, whose content then had `fingerprint`."""

    source: str
    target: str
    fingerprint: str
    state: EdgeState


@dataclass(frozen=True)
class Lineage:
    """All commits of a home and the edges between them."""

    nodes: dict[str, Node]
    edges: list[Edge]

    def ancestors(self, label: str) -> set[str]:
        """What a commit was made from, and what that was made from, itself included."""
        return self._closure(label, {e.target: [] for e in self.edges}, upwards=True)

    def descendants(self, label: str) -> set[str]:
        """What was made from a commit, and what was made from that, itself included."""
        return self._closure(label, {e.source: [] for e in self.edges}, upwards=False)

    def _closure(self, label: str, neighbours: dict[str, list[str]], *, upwards: bool) -> set[str]:
        for edge in self.edges:
            if edge.state == "present":
                near, far = (edge.target, edge.source) if upwards else (edge.source, edge.target)
                neighbours[near].append(far)
        seen: set[str] = set()
        waiting = [label]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += neighbours.get(current, [])
        return seen


def read_lineage(lake: Lake) -> Lineage:
    """Reads every manifest of the home."""
    nodes = {node.label: node for node in _nodes(lake.home)}
    by_fingerprint: dict[str, list[Node]] = {}
    for node in nodes.values():
        by_fingerprint.setdefault(node.fingerprint, []).append(node)
    edges = []
    for node in nodes.values():
        for label, fingerprint in node.inputs.items():
            source, state = _resolve(label, fingerprint, node, nodes, by_fingerprint)
            edges.append(Edge(source, node.label, fingerprint, state))
    return Lineage(nodes, sorted(edges, key=lambda e: (e.target, e.source)))


def _resolve(
    label: str, fingerprint: str, target: Node, nodes: dict[str, Node], by_fingerprint: dict[str, list[Node]]
) -> tuple[str, EdgeState]:
    """The node that an input means. Other commits with the content that was read stand in for it only where they are
    of the same stage, or where nothing has its label: equal content elsewhere is chance (a filter that drops nothing).
    """
    if label.startswith(OUTSIDE):
        return label, "outside"
    exact = nodes.get(label)
    if exact is not None and exact.fingerprint == fingerprint:
        return label, "present"
    same = [n for n in by_fingerprint.get(fingerprint, []) if n.label != target.label]
    if exact is not None:
        same = [n for n in same if family(n.label) == family(label)]
    if same:
        name = label.partition("@")[0].rpartition("/")[2]
        return min(same, key=lambda n: (name not in n.label, n.label)).label, "present"
    return label, "superseded" if exact is not None else "absent"


def _nodes(home: Path) -> Iterator[Node]:
    for root in ("restricted", "cleared", "models"):
        for path in sorted((home / root).rglob("manifest.json")):
            parts = path.relative_to(home).parts
            inside_content = any(p.startswith(("data-", "content-")) for p in parts)
            if inside_content or "staging" in parts or parts[:2] == ("cleared", "audit"):
                continue
            if (path.parent / "failed.json").exists():
                continue
            value = json.loads(path.read_text())
            if "fingerprint" in value and ("table" in value or "name" in value):
                yield _node(value, str(path.relative_to(home)), root)


def _node(value: dict[str, Any], path: str, root: str) -> Node:
    table = "table" in value
    return Node(
        label=value["table"] if table else value["name"],
        kind="table" if table else "artifact",
        zone="restricted" if root == "restricted" else "cleared",
        path=path,
        fingerprint=value["fingerprint"],
        rows=value.get("rows"),
        inputs=value.get("inputs", {}),
        verdicts=value.get("verdicts", []),
        code_version=value.get("code_version", ""),
        profile_hash=value.get("profile_hash", ""),
        scheme=value.get("scheme", ""),
        columns=[c["name"] for c in value.get("columns", [])],
        files=value.get("files", {}),
        metadata=value.get("metadata", {}),
    )


def lineage(lake: Lake) -> dict[str, Any]:
    """The full tree as JSON values: {"nodes": [{label, fingerprint, inputs, …}], "edges": [{from, to, state, …}]}."""
    found = read_lineage(lake)
    return {
        "nodes": [
            {
                "label": n.label,
                "kind": n.kind,
                "zone": n.zone,
                "manifest": n.path,
                "fingerprint": n.fingerprint,
                "rows": n.rows,
                "gates": {v["gate"]: v["passed"] for v in n.verdicts},
                "code_version": n.code_version,
                "profile_hash": n.profile_hash,
                "scheme": n.scheme,
                "inputs": n.inputs,
            }
            for n in sorted(found.nodes.values(), key=lambda n: n.label)
        ],
        "edges": [
            {"from": e.source, "to": e.target, "fingerprint": e.fingerprint, "state": e.state} for e in found.edges
        ],
    }


def family(label: str) -> str:
    """The kind of stage that made a commit, all sources and days together: "filtered", "shards", "phase_1/mixture"."""
    name = label.partition("@")[0]
    name = name.removeprefix("cleared/").removeprefix("models/")
    head, _, tail = name.partition("/")
    if head == "phases":
        return tail
    if head == "releases":
        return "release"
    if re.fullmatch(r"ablation_.*", name):
        return "ablation models"
    return head


def families(found: Lineage) -> tuple[dict[str, list[Node]], set[tuple[str, str]]]:
    """Stages with their commits, and which stage reads which."""
    groups: dict[str, list[Node]] = {}
    for node in found.nodes.values():
        groups.setdefault(_graph_family(node.label), []).append(node)
    links = {
        (_graph_family(e.source), _graph_family(e.target))
        for e in found.edges
        if e.source in found.nodes and _graph_family(e.source) != _graph_family(e.target)
    }
    return groups, links


def _graph_family(label: str) -> str:
    name = family(label)
    return re.sub(r"^ablation_[^/]+/", "ablation/", name)


def lineage_report(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/lineage.json (tree and tables) and reports/plots/lineage.svg (the stages and what reads what)."""
    from heal_pipeline.compliance.drawing import draw

    found = read_lineage(lake)
    groups, links = families(found)
    sources = {target: sorted(s for s, t in links if t == target) for _, target in links}
    rows = [
        {
            "stage": name,
            "commits": len(nodes),
            "rows": sum(n.rows for n in nodes if n.rows is not None) or None,
            "gates_passed": sum(bool(v["passed"]) for n in nodes for v in n.verdicts),
            "made_from": ", ".join(sources.get(name, [])) or "outside files",
        }
        for name, nodes in sorted(groups.items())
    ]
    stale = [e for e in found.edges if e.state in ("superseded", "absent")]
    tables = [
        {
            "title": "Commits by stage",
            "columns": ["stage", "commits", "rows", "gates passed", "made from"],
            "rows": [list(r.values()) for r in rows],
            "note": f"{len(found.nodes)} commits, {len(found.edges)} inputs named by fingerprint.",
        },
        {
            "title": "Inputs that are no longer what was read",
            "columns": ["made", "from", "state"],
            "rows": [[e.target, e.source, e.state] for e in stale],
            "note": "" if stale else "None: every input is there with the content that was read.",
        },
    ]
    write_json(lake.reports / "lineage.json", {"title": "Lineage", "tables": tables, **lineage(lake)})
    plots = lake.reports / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    (plots / "lineage.svg").write_text(draw(groups, links), encoding="utf-8")
    return StageResult(
        "lineage",
        rows_in=len(found.nodes),
        rows_out=len(found.nodes),
        made="commits",
        metadata={
            "commits": len(found.nodes),
            "inputs": len(found.edges),
            "superseded_inputs": sum(e.state == "superseded" for e in stale),
            "absent_inputs": sum(e.state == "absent" for e in stale),
        },
        tables={"commits_by_stage": rows},
    )
