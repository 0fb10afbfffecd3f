"""Keep and drop of web pages beside people's judgement of the same pages, ours and datatrove's. Nothing is timed.

The judgements are those of DCLM (Li et al. 2024): `dclm-quality` below the folder of open data. Nothing of the rules is fitted to
them; the curve over thresholds shows how much hangs on the one that was chosen without them (benchmarks/prose_reference.py).
"""

import gzip
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import datatrove_decisions, prose_reference
from benchmarks.harness import (
    AbsentInputError,
    Row,
    System,
    measure,
    peers_python,
    print_rows,
    summarise,
    write_results,
)
from heal_pipeline import filtering
from heal_pipeline.filtering.prose import prose_score
from heal_pipeline.filtering.rules import BUILT_IN_RULES
from heal_pipeline.filtering.signals import measure as measure_texts
from heal_pipeline.profile import OPEN_DATA_VARIABLE, load_profile
from heal_pipeline.report import Table, print_tables

JUDGED, AGREED = "dclm-quality/majority_data.jsonl.gz", "dclm-quality/agreement_data.jsonl.gz"
RESAMPLES, SEED = 10_000, 0
OURS, KEEP_ALL = "heal", "keep all"
CHOSEN = next(rule.value for rule in BUILT_IN_RULES if rule.name == "not_prose")
THRESHOLDS = np.arange(-10, 7) / 20


@dataclass(frozen=True)
class Gold:
    """Pages and what people say of them.

    Attributes:
        texts: of num pages.
        good: bool[num]: whether most judges call it good training text.
        agreed: bool[num]: whether all judges said the same.
    """

    texts: list[str]
    good: np.ndarray
    agreed: np.ndarray


@dataclass(frozen=True)
class Decisions:
    """What a system says of the pages: bool[num] kept, and float64[num] a score where it has one."""

    kept: np.ndarray
    score: np.ndarray | None = None


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Judges the pages, prints the tables and writes reports/bench_quality.json. One round is all: every run gives the same.

    Raises:
        AbsentInputError: the judged pages are not there.
        BenchmarkError: datatrove cannot be run.
    """
    gold = read_gold(open_data())
    say(f"{len(gold.texts)} pages, {gold.good.sum()} of them good; all judges agree on {gold.agreed.sum()}")
    systems = {OURS: ours(gold.texts), **datatrove(gold.texts), KEEP_ALL: Decisions(np.ones(len(gold.texts), bool))}
    rows = summarise({name: metrics(decisions, systems[OURS], gold) for name, decisions in systems.items()})
    note = (
        f"{len(gold.texts)} pages of dclm-quality, {gold.agreed.sum()} of which all judges agree on. AUC is that of keep and drop alone where "
        f"a system gives no score. Ours minus its: F1 over {RESAMPLES:,} resamples of the pages; the bound is the 2.5 % quantile."
    )
    say("how F1 and what is kept of texts that nobody judged go with the threshold of the prose score")
    curve = threshold_curve(gold)
    write_results(home / "reports" / "bench_quality.json", rows, 1, note, [asdict(curve)])
    print_rows("Keep and drop beside people's judgement", rows)
    print_tables([curve])
    return rows


def open_data() -> Path:
    """The folder of open data.

    Raises:
        AbsentInputError: it is not named, or the judged pages are not below it.
    """
    folder = Path(os.environ.get(OPEN_DATA_VARIABLE) or ".")
    if not all((folder / name).is_file() for name in (JUDGED, AGREED)):
        raise AbsentInputError(
            f"no {JUDGED} and {AGREED} in {folder}: set {OPEN_DATA_VARIABLE} to the folder of the open data sets"
        )
    return folder


def read_gold(folder: Path) -> Gold:
    """The judged pages in the order of their file."""
    rows = _json_lines(folder / JUDGED)
    agreed = {row["text"] for row in _json_lines(folder / AGREED)}
    return Gold(
        [row["text"] for row in rows],
        np.array([int(row["label"]) == 1 for row in rows]),
        np.array([row["text"] in agreed for row in rows]),
    )


def _json_lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def ours(texts: list[str]) -> Decisions:
    """What the built-in rules decide, as `heal signals` shows it; the score is the prose score."""
    outcomes = filtering.judge(texts)
    return Decisions(np.array([o["keep"] for o in outcomes]), np.array([o["signals"]["prose_v1"] for o in outcomes]))


def datatrove(texts: list[str]) -> dict[str, Decisions]:
    """What datatrove's filters decide, by the name of the system."""
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        path = Path(folder) / "texts.json"
        path.write_text(json.dumps(texts))
        system = System.of_function("datatrove", datatrove_decisions.print_decisions, str(path), python=peers_python())
        kept: dict[str, list[bool]] = json.loads(measure(system).output.splitlines()[-1])
    return {name: Decisions(np.array(values)) for name, values in kept.items()}


def metrics(decisions: Decisions, ours: Decisions, gold: Gold) -> dict[tuple[str, str], list[float]]:
    """(metric, unit) → its one value, for all pages and for those that all judges agree on; then what ours has ahead."""
    found: dict[tuple[str, str], list[float]] = {}
    for pages, chosen in (("all", np.ones_like(gold.agreed)), ("agreed", gold.agreed)):
        kept, good = decisions.kept[chosen], gold.good[chosen]
        score = kept if decisions.score is None else decisions.score[chosen]
        values = [*precision_recall_f1(kept, good), auc(score, good), float(kept.mean())]
        for name, value in zip(("precision", "recall", "F1", "AUC", "kept"), values, strict=True):
            found[f"{name}, {pages} pages", "share"] = [value]
    if decisions is not ours:
        mean, bound = f1_ahead(ours.kept, decisions.kept, gold.good)
        found["F1 of ours minus its, mean", "share"] = [mean]
        found["F1 of ours minus its, 2.5 % bound", "share"] = [bound]
    return found


def precision_recall_f1(kept: np.ndarray, good: np.ndarray) -> tuple[float, float, float]:
    """Of bool[num] arrays; "good" is the class that counts. Precision and F1 are 0 where nothing is kept."""
    hits = float((kept & good).sum())
    return hits / max(1.0, float(kept.sum())), hits / float(good.sum()), 2 * hits / float(kept.sum() + good.sum())


def auc(score: np.ndarray, good: np.ndarray) -> float:
    """The chance that a good page scores above one that is not; equal scores count half (Mann and Whitney 1947)."""
    above, others = score[good][:, None].astype(float), score[~good][None, :].astype(float)
    return float((above > others).mean() + (above == others).mean() / 2)


def f1_ahead(ours: np.ndarray, theirs: np.ndarray, good: np.ndarray) -> tuple[float, float]:
    """Mean and 2.5 % quantile of the difference of F1 over resamples of the pages, both judged on the same ones."""
    num = len(good)
    times = np.random.default_rng(SEED).multinomial(num, np.full(num, 1 / num), size=RESAMPLES)
    ahead = _weighted_f1(times, ours, good) - _weighted_f1(times, theirs, good)
    return float(ahead.mean()), float(np.quantile(ahead, 0.025))


def _weighted_f1(times: np.ndarray, kept: np.ndarray, good: np.ndarray) -> np.ndarray:
    """float64[num_resamples]: F1 where page j counts times[i, j] times in resample i; 0 where nothing is kept or good."""
    return 2 * (times @ (kept & good)) / np.maximum(1, times @ (kept.astype(int) + good))


def threshold_curve(gold: Gold) -> Table:
    """A table over thresholds of the prose score alone: F1 on the judged pages, and the share kept of edited texts and of junk, each
    set weighing the same."""
    score = prose_score(measure_texts(gold.texts))
    edited, junk = (
        [prose_score(measure_texts(texts)) for texts in sets.values()]
        for sets in prose_reference.evidence(load_profile("open"))
    )
    rows = []
    for threshold in THRESHOLDS:
        kept = score >= threshold
        shares = [float(np.mean([(values >= threshold).mean() for values in sets])) for sets in (edited, junk)]
        rows.append([float(threshold), *map(float, precision_recall_f1(kept, gold.good)), float(kept.mean()), *shares])
    columns = ["threshold", "precision", "recall", "F1", "judged pages kept", "edited text kept", "junk kept"]
    note = f"The rule not_prose drops what is below {CHOSEN}."
    return Table("Thresholds of the prose score alone", columns, rows, note)
