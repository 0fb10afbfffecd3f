"""The claims of an audit pack: what an auditor asks, each answered from the commits behind a model. Nothing is written here."""

from collections import Counter
from typing import Any

from heal_pipeline.compliance.lineage import Edge, Lineage, Node
from heal_pipeline.compliance.trace import rows_with
from heal_pipeline.deid import review_bounds
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import withdrawn
from heal_pipeline.vocabulary import TOKENIZER

_READS = {"filtered": "raw", "deidentified": "filtered"}
"""Stages that remove documents of a source, and the stage whose table of the day they read; `raw` reads outside files."""


def claims_of(
    lake: Lake,
    profile: Profile,
    found: Lineage,
    nodes: list[Node],
    edges: list[Edge],
    files: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Records with the claim, whether it holds, of how many, and the exceptions.

    Args:
        found: all commits of the home.
        nodes: the commits behind the model.
        edges: their inputs.
        files: their files, each with `as_committed`.
    """
    bases = {n.base for n in nodes}
    inside = {n.label for n in nodes}
    verdicts = [(n, v) for n in nodes for v in n.verdicts]
    cleared_readers = {"minhash_index", "tokenized", TOKENIZER}
    bypass = [
        f"{e.target} reads {e.source}"
        for e in edges
        if e.target.partition("@")[0] in cleared_readers
        for s in profile.restricted_sources
        if e.source.partition("@")[0] in (f"raw/{s.name}", f"filtered/{s.name}")
    ]
    deidentified = [n for n in nodes if n.base.startswith("deidentified/")]
    not_gated = [n.label for n in deidentified if not n.verdicts or not all(v["passed"] for v in n.verdicts)]
    gone = withdrawn(lake)
    stages = [n for n in nodes if n.base.partition("/")[0] in ("raw", *_READS)]
    survivors = [n for n in nodes if n.label == "survivors"]
    return [
        _claim(
            "Every gate of every commit passed",
            len(verdicts),
            [f"{n.label}: {v['gate']}" for n, v in verdicts if not v["passed"]],
        ),
        _claim(
            "Every input is still there with the content that was read",
            len(edges),
            [f"{e.target} from {e.source}: {e.state}" for e in edges if e.state in ("superseded", "absent")],
        ),
        _claim(
            "Records with PHI were read in their de-identified form alone", len(deidentified), [*bypass, *not_gated]
        ),
        _claim(
            "Every stage that removes accounts for each document: kept + dropped = input",
            len(stages) + len(survivors),
            [
                *(problem for node in stages for problem in _of_source(lake, found, node)),
                *(problem for node in survivors for problem in _of_survivors(lake, found, node)),
            ],
        ),
        _claim(
            "Every file of every commit has the content it was committed with",
            len(files),
            [f"{f['commit']}: {f['file']}" for f in files if not f["as_committed"]],
        ),
        _claim(
            "Every commit was made under the profile of this pack, to the last setting",
            len(nodes),
            [f"{n.label}: {n.profile_hash or 'none'}" for n in nodes if n.profile_hash != profile.hash],
        ),
        _claim(
            "No withdrawn document is in the release",
            len(gone),
            [f"{count} in {label}" for label, count in _withdrawn_in(lake, nodes, set(gone)).items()],
        ),
        *_of_review(lake, profile, inside),
        _claim(
            "Every source behind the model has a licence",
            sum(any(b.endswith(f"/{s.name}") for b in bases) for s in profile.sources),
            [s.name for s in profile.sources if not s.licence.strip() and f"raw/{s.name}" in bases],
        ),
    ]


def _claim(text: str, of: int, exceptions: list[str]) -> dict[str, Any]:
    return {"claim": text, "holds": not exceptions, "of": of, "exceptions": exceptions}


def _of_source(lake: Lake, found: Lineage, node: Node) -> list[str]:
    """What is wrong with the decisions on a source's documents of a day, against the tables that the stage read and wrote."""
    decisions = found.nodes.get(f"ledger/{node.label}")
    if decisions is None or decisions.inputs.get(node.label) != node.fingerprint:
        return [f"{node.label}: it has no decisions of its own"]
    stage, _, rest = node.label.partition("/")
    kept = rows_with(lake, decisions, "kept", [True], ["doc_id"])
    dropped = rows_with(lake, decisions, "kept", [False], ["doc_id"])
    problems = [f"{node.label}: {len(kept)} kept, {node.rows} written"] if len(kept) != node.rows else []
    if stage in _READS:
        read = found.nodes.get(f"{_READS[stage]}/{rest}")
        rows_in = read.rows if read is not None else None
        if len(kept) + len(dropped) != rows_in:
            problems.append(f"{node.label}: {len(kept)} kept and {len(dropped)} dropped of {rows_in}")
    return problems


def _of_survivors(lake: Lake, found: Lineage, node: Node) -> list[str]:
    """The same for survivors, which decides on the index of every day and writes a row for each document of it."""
    read = {label: n for label, n in found.nodes.items() if label in node.inputs and n.base == "minhash_index"}
    written: Counter[tuple[str, bool]] = Counter()
    decided: Counter[tuple[str, bool]] = Counter()
    for label in read:
        day = label.partition("@")[2]
        written.update((day, row["kept"]) for row in rows_with(lake, node, "batch", [day], ["kept"]))
        ledger = found.nodes.get(f"ledger/survivors@{day}")
        if ledger is not None and ledger.inputs.get(node.label) == node.fingerprint:
            decided.update((day, row["kept"]) for row in rows_with(lake, ledger, "batch", [day], ["kept"]))
    days = {label.partition("@")[2]: n.rows for label, n in read.items()}
    return [
        f"survivors of {day}: {decided[day, True]} kept and {decided[day, False]} dropped of {rows_in}"
        for day, rows_in in sorted(days.items())
        if decided[day, True] + decided[day, False] != rows_in or decided[day, True] != written[day, True]
    ]


def _of_review(lake: Lake, profile: Profile, inside: set[str]) -> list[dict[str, Any]]:
    """The claim on what people found in the random samples, where the profile sets a limit."""
    verdict = review_bounds.verdict(review_bounds.review(lake, profile, inside), profile.deid)
    if verdict is None:
        return []
    return [
        _claim(
            "People found no more leaks in the reviewed sample of a source than the profile allows",
            sum(row["reviewed"] for row in verdict.results),
            [f"{r['source']}: {r['with_a_miss']} of {r['reviewed']}" for r in verdict.results if not r["passed"]],
        )
    ]


def _withdrawn_in(lake: Lake, nodes: list[Node], gone: set[str]) -> dict[str, int]:
    found = {}
    for node in nodes:
        if gone and node.kind == "table" and node.base.partition("/")[0] in ("release", "releases"):
            count = len(rows_with(lake, node, "doc_id", sorted(gone), ["doc_id"]))
            if count:
                found[node.label] = count
    return found
