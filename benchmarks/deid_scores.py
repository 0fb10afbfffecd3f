"""What detectors find and miss: public gold sets by our own scores and by Microsoft's SpanEvaluator, and canaries.

Contexts and patterns were extended after looking at errors on these development parts: their scores are not blind.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import span_evaluator
from benchmarks.harness import System, measure, peers_python
from heal_pipeline.profile import OPEN_DATA_VARIABLE, load_profile
from heal_pipeline.report import Table

STOCK = "presidio, stock, blank"
EVALUATED = "presidio-research"
"""The set whose publishers wrote the SpanEvaluator."""
CANARIES = 4200
GOALS = {EVALUATED: {"F2": 0.94, "recall": 0.96}, "asq-phi": {"recall": 0.97}}
MAX_SURVIVAL = 0.01
NEVER_SURVIVE = "CONTACT"
"""Telephone, e-mail and social security numbers."""

_SPAN_COLUMNS = ["system", "types", "IoU", "precision", "recall", "F2"]
Spans = list[list[tuple[int, int, str]]]
_GOLD, _SPANS, _CANARIES = "Tokens of identifiers", "Microsoft's SpanEvaluator", "Canaries that survive"


def tables(homes: dict[str, str]) -> list[Table]:
    """Gold sets, spans and canaries, for the tagger of each home and for stock Presidio.

    Args:
        homes: name of a tagger to the home that holds it.

    Raises:
        BenchmarkError: the environment of the peers cannot be made, or Microsoft's evaluator fails in it.
    """
    return [*_gold(homes), *(_canaries(name, home) for name, home in homes.items())]


def goals(scores: Sequence[Table]) -> list[tuple[str, str, float | None, float, bool]]:
    """(name, system, measured, bound, whether it is an upper one) of each goal that is about scores."""
    lines: list[tuple[str, str, float | None, float, bool]] = []
    for table in scores:
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        if table.title == _GOLD:
            for row in rows:
                for metric, bound in GOALS.get(row["set"], {}).items() if row["system"] != STOCK else ():
                    lines.append((f"{row['set']}: {metric}", row["system"], row[metric], bound, False))
        elif table.title.startswith(_CANARIES):
            system = table.title.removeprefix(f"{_CANARIES}: ")
            shares = {row["type"]: row["all"] for row in rows}
            lines.append(("canaries that survive", system, shares["all"], MAX_SURVIVAL, True))
            lines.append(("contacts that survive", system, shares[NEVER_SURVIVE], 0.0, True))
    return lines


def _gold(homes: dict[str, str]) -> list[Table]:
    from heal_pipeline.deid import gold
    from heal_pipeline.deid.scoring import TokenCounts

    folder = os.environ.get(OPEN_DATA_VARIABLE)
    systems = {**{f"heal, tagger of {name}": _ours(home) for name, home in homes.items()}, STOCK: _stock()}
    rows: list[list[Any]] = []
    absent: list[str] = []
    spans = Table(_SPANS, _SPAN_COLUMNS, [], f"Not there: {EVALUATED}.")
    columns: list[str] = []
    for name, read in gold.SETS.items():
        try:
            texts = read(Path(folder or ".") / name)
        except OSError:
            absent.append(name)
            continue
        found = {system: detect([text for text, _ in texts]) for system, detect in systems.items()}
        for system, made in found.items():
            counts = TokenCounts()
            for (text, wanted), own in zip(texts, made, strict=True):
                counts.add(text, wanted, own)
            columns = [*counts.row()]
            rows.append([name, system, *counts.row().values()])
        if name == EVALUATED:
            spans = _evaluated(texts, found)
    note = "Binary: is a token covered, whatever its type."
    if absent:
        note += f" Not below the folder that {OPEN_DATA_VARIABLE} names: {', '.join(absent)}."
    return [Table(_GOLD, ["set", "system", *columns], rows, note), spans]


def _ours(home: str) -> Any:
    """Detects as the stage does, each text by itself."""
    from heal_pipeline import deid
    from heal_pipeline.lake import Lake

    return deid.detector(Lake(Path(home)), load_profile("sample"), "crf").detect


def _stock() -> Any:
    """Detects as Presidio's own users do, with every score."""
    from heal_pipeline.deid.presidio import blank_engine

    engine = blank_engine()
    return lambda texts: [[(r.start, r.end, r.entity_type) for r in engine.analyze(text, "en")] for text in texts]


def _evaluated(texts: list[Any], found: dict[str, Spans]) -> Table:
    from heal_pipeline.deid.scoring import NOT_IDENTIFYING

    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        path = Path(folder) / "spans.json"
        systems = {name: [[s[:3] for s in spans] for spans in made] for name, made in found.items()}
        gold = [spans for _, spans in texts]
        path.write_text(
            json.dumps(
                {"texts": [t for t, _ in texts], "gold": gold, "systems": systems, "ignored": sorted(NOT_IDENTIFYING)}
            )
        )
        system = System.of_function("SpanEvaluator", span_evaluator.print_scores, str(path), python=peers_python())
        scores = json.loads(measure(system).output.splitlines()[-1])
    rows = [
        [name, kind, float(iou), *(round(v, 4) for v in values)]
        for name, kinds in scores.items()
        for kind, by_iou in kinds.items()
        for iou, values in by_iou.items()
    ]
    note = f"{EVALUATED}, {len(texts)} texts, beta {span_evaluator.BETA}; global scores, in which the type of a span does not count."
    return Table(_SPANS, _SPAN_COLUMNS, rows, note)


def _canaries(name: str, home: str) -> Table:
    """Share of the canaries that survive: a line a type, a column a disguise."""
    from heal_pipeline import deid
    from heal_pipeline.deid import canaries
    from heal_pipeline.deid.cleaning import Cleaner
    from heal_pipeline.deid.policy import Policy
    from heal_pipeline.deid.surrogates import Pools
    from heal_pipeline.lake import Lake

    profile = load_profile("sample")
    detector = deid.detector(Lake(Path(home)), profile, "crf")
    cleaner = Cleaner(
        detector, Policy.of(profile.deid, int(profile.days[-1][:4])), b"canaries", Pools.of(detector.lexicon)
    )
    planted = canaries.make(CANARIES, 0)
    rows = canaries.survival(planted, [cleaner.clean([c.text], str(i)).texts[0] for i, c in enumerate(planted)])
    shares = {(row["type"], row["disguise"]): row["share"] for row in rows}
    columns = ["all", *canaries.DISGUISES]
    lines = [[type_, *(shares[type_, d] for d in columns)] for type_ in ("all", *canaries.TYPES)]
    note = f"{CANARIES:,} planted, {rows[0]['survived']} survive; upper bound of the share, one-sided, 95 %: {rows[0]['upper_bound']}."
    return Table(f"{_CANARIES}: tagger of {name}", ["type", *columns], lines, note)
