"""Signatures and pairs beside datasketch, rensa and datatrove on one core, and the index through Spark for N and 10 N documents.

What is timed is text to signature, shingling included, and text to pairs. The pairs that are found are judged by the true Jaccard similarity of the word 5-grams, on the
texts of `duplicate_sets`; those of citations by the gold groups, and without bars: they are too short for the method.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Collection
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import dedup_peers, duplicate_sets
from benchmarks.corpora import DAY, NUM_TEXTS, cut, profile_of, reading_texts, write_documents
from benchmarks.duplicate_sets import DuplicateSet
from benchmarks.harness import (
    CPU_RATE,
    MEMORY,
    OURS,
    RATE,
    SECONDS,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    System,
    measure,
    own_rates,
    peers_python,
    print_rows,
    said,
    speed_ups,
    summarise,
    tree_cpu,
    write_results,
)
from heal_pipeline.profile import OPEN_DATA_VARIABLE, DedupConfig
from heal_pipeline.text.words import words

DOCUMENTS = {OURS: 60_000, "datasketch": 4000, "rensa": 8000, "datatrove": 3000}
"""How many each system signs: about as many as it manages in two seconds."""

BATCH = 500
"""As Spark hands them to the stage."""

PLANTED_TEXTS = 500
PAIRED_TEXTS = {OURS: 2000, "datasketch": 500}
"""Texts that each system pairs, with five copies each."""

WARM_UP_DOCUMENTS = 6_000
INDEXED_DOCUMENTS = (10_000, 100_000)
MAX_ERROR = 1.2
"""With a larger error than so many times datasketch's our signatures would be worth less, and their times say nothing."""

Pair = tuple[int, int]


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Judges the pairs, times the signatures, prints both tables and writes reports/bench_dedup.json.

    Raises:
        BenchmarkError: our signatures estimate worse than datasketch's, or a system cannot be measured.
    """
    source, texts = reading_texts()
    say(f"texts: {source}")
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        found = quality_rows(Path(folder), texts, say)
        timed = Benchmark("dedup", signing_systems(Path(folder), texts), metrics=_own_metrics).run(rounds, say)
        timed += speed_ups(timed)
        pairs = Benchmark("dedup", pairing_systems(Path(folder), texts), metrics=_own_metrics).run(rounds, say)
        pairs += speed_ups(pairs)
        index = Benchmark("dedup", indexing_systems(Path(folder), texts), metrics=_index_metrics).run(rounds, say)
    note = f"Texts from {source}. Load of the machine at the end: {os.getloadavg()[1]:.1f}."
    rows = [*found, *timed, *pairs, *index]
    write_results(home / "reports" / "bench_dedup.json", rows, rounds, note)
    print_rows(f"Pairs found at Jaccard {DedupConfig().jaccard} of word 5-grams", found)
    print_rows(f"Text to signature, 128 permutations, one core, {rounds} round(s). {note}", timed)
    print_rows(f"Texts to pairs, one core, {rounds} round(s); datasketch's are not verified", pairs)
    print_rows(f"minhash_index through Spark, local[1], {rounds} round(s)", index)
    return rows


def quality_rows(folder: Path, texts: list[str], say: Callable[[str], None]) -> list[Row]:
    """The error of the estimates, then recall and precision on each set of texts, ours first.

    Raises:
        BenchmarkError: our estimates are worse than datasketch's.
    """
    planted = duplicate_sets.planted(list(cut(texts, PLANTED_TEXTS)))
    theirs = _peers_findings(folder, planted, planted.pairs)
    truth = np.array([jaccard(*pair) for pair in _runs_of_pairs(planted, planted.pairs)])
    estimates = {OURS: our_estimates(planted), **theirs["estimates"]}
    errors = {name: float(np.sqrt(np.mean((np.array(e) - truth) ** 2))) for name, e in estimates.items()}
    if errors[OURS] > MAX_ERROR * errors["datasketch"]:
        raise BenchmarkError(
            f"our estimates are off by {errors[OURS]:.3f}, datasketch's by {errors['datasketch']:.3f}: their times do not compare"
        )
    metrics: dict[str, dict[tuple[str, str], list[float]]] = {
        name: {
            ("error of the estimate", "RMSE"): [error],
            ("other doses taken as equal", "share"): [_doses_taken_as_equal(planted, estimates[name])],
        }
        for name, error in errors.items()
    }
    for judged in [planted, *_open_sets()]:
        found = theirs["found"] if judged is planted else _peers_findings(folder, judged, [])["found"]
        for name, pairs in {OURS: our_pairs(judged.texts), **found}.items():
            known, right = judgement(judged, {(a, b) for a, b in pairs})
            metrics[name][f"recall, {judged.name}", "share"] = [known]
            metrics[name][f"precision, {judged.name}", "share"] = [right]
        say(f"{judged.name}: {len(judged.texts):,} texts, {len(judged.pairs):,} known pairs")
    return summarise(metrics)


def _doses_taken_as_equal(planted: DuplicateSet, estimates: list[float]) -> float:
    """Of the texts and their copies with other doses, the share whose signatures are equal in all values."""
    wanted = set(duplicate_sets.pairs_changed_by(planted, "other doses"))
    return float(np.mean([e == 1 for pair, e in zip(planted.pairs, estimates, strict=True) if pair in wanted]))


def _open_sets() -> list[DuplicateSet]:
    """Those of the open data that are on this machine."""
    folder = Path(os.environ.get(OPEN_DATA_VARIABLE) or ".")
    sets = {duplicate_sets.GOLD: duplicate_sets.gold_dialogues, duplicate_sets.CITATIONS: duplicate_sets.gold_citations}
    return [read(folder) for name, read in sets.items() if (folder / name).exists()]


def _peers_findings(folder: Path, judged: DuplicateSet, pairs: list[Pair]) -> dict[str, Any]:
    path = folder / "judged.json"
    path.write_text(json.dumps({"texts": judged.texts, "pairs": pairs}))
    system = System.of_function("peers", dedup_peers.print_findings, str(path), python=peers_python())
    findings: dict[str, Any] = json.loads(measure(system).output.splitlines()[-1])
    return findings


def our_pairs(texts: list[str]) -> set[Pair]:
    """What `heal duplicates` finds."""
    from heal_pipeline.dedup import duplicates

    found = duplicates([str(i) for i in range(len(texts))], texts)
    return {(int(pair["a"]), int(pair["b"])) for pair in found}


def our_estimates(judged: DuplicateSet) -> list[float]:
    """The share of equal values in the signatures of each known pair."""
    from heal_pipeline.dedup.minhash import Scheme, shingle

    scheme = Scheme.of(DedupConfig())
    signatures = scheme.signatures(shingle(judged.texts, scheme.shingle_words))
    return [float((signatures[a] == signatures[b]).mean()) for a, b in judged.pairs]


def judgement(judged: DuplicateSet, found: set[Pair]) -> tuple[float, float]:
    """(recall, precision): of the known pairs that are similar enough, the share found; of the found, the share similar enough.

    Of citations all known pairs are wanted, and no others.
    """
    if judged.name == "citations":
        wanted = set(judged.pairs)
        return len(wanted & found) / len(wanted), len(wanted & found) / max(1, len(found))
    pairs = sorted(found.union(judged.pairs))
    threshold = DedupConfig().jaccard
    similar = {
        pair for pair, runs in zip(pairs, _runs_of_pairs(judged, pairs), strict=True) if jaccard(*runs) >= threshold
    }
    known = similar.intersection(judged.pairs)
    return len(known & found) / max(1, len(known)), len(similar & found) / max(1, len(found))


def _runs_of_pairs(judged: DuplicateSet, pairs: Collection[Pair]) -> list[tuple[set[Any], set[Any]]]:
    runs = {i: runs_of(judged.texts[i]) for i in {i for pair in pairs for i in pair}}
    return [(runs[a], runs[b]) for a, b in pairs]


def runs_of(text: str) -> set[tuple[str, ...]]:
    """The word 5-grams themselves, not their hashes; a shorter text as a whole."""
    found = words(text)
    length = min(DedupConfig().shingle_words, len(found))
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)} - {()}


def jaccard(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / max(1, len(a | b))


def signing_systems(folder: Path, texts: list[str]) -> list[System]:
    path, core = folder / "signed.json", max(os.sched_getaffinity(0))
    path.write_text(json.dumps(list(cut(texts, NUM_TEXTS))))
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    systems = [System.of_function(OURS, time_signatures, str(path), DOCUMENTS[OURS], core)]
    for name in dedup_peers.SIGNERS:
        arguments = (str(path), DOCUMENTS[name], name, core)
        systems.append(System.of_function(name, dedup_peers.time_signatures, *arguments, python=peers_python()))
    return [System(s.name, s.command, {**s.environment, **alone}) for s in systems]


def time_signatures(texts: str, num_documents: int, core: int) -> None:
    """Prints how fast documents become signatures and band keys. {"documents", "seconds", "cpu"}"""
    from heal_pipeline.dedup.minhash import Scheme, shingle

    os.sched_setaffinity(0, {core})
    scheme, documents = Scheme.of(DedupConfig()), cycle(json.loads(Path(texts).read_text()))

    def sign(num: int) -> None:
        scheme.bands(scheme.signatures(shingle(list(islice(documents, num)), scheme.shingle_words)))

    sign(BATCH)
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(0, num_documents, BATCH):
        sign(BATCH)
    _say(num_documents, start, time.process_time() - cpu)


def pairing_systems(folder: Path, texts: list[str]) -> list[System]:
    core = max(os.sched_getaffinity(0))
    for name, num in PAIRED_TEXTS.items():
        (folder / f"{name}.json").write_text(json.dumps(duplicate_sets.planted(list(cut(texts, num))).texts))
    peer, python = dedup_peers.time_datasketch_pairs, peers_python()
    return [
        System.of_function(OURS, time_pairs, str(folder / f"{OURS}.json"), core),
        System.of_function("datasketch", peer, str(folder / "datasketch.json"), core, python=python),
    ]


def time_pairs(texts: str, core: int) -> None:
    """Prints how fast documents become verified pairs, as `heal duplicates` makes them. {"documents", "seconds", "cpu"}"""
    os.sched_setaffinity(0, {core})
    documents = json.loads(Path(texts).read_text())
    our_pairs(documents[:BATCH])
    start, cpu = time.perf_counter(), time.process_time()
    our_pairs(documents)
    _say(len(documents), start, time.process_time() - cpu)


def indexing_systems(home: Path, texts: list[str]) -> list[System]:
    for num in (WARM_UP_DOCUMENTS, *INDEXED_DOCUMENTS):
        write_documents(home, f"filtered/pages_{num}", f"pages_{num}", num, texts)
    return [
        System.of_function(f"{num:,} documents", time_index, str(home), WARM_UP_DOCUMENTS, num)
        for num in INDEXED_DOCUMENTS
    ]


def time_index(home: str, warm_up: int, num: int) -> None:
    """Prints how fast the clean table of `num` documents is indexed, by the CPU time of Spark's Java, its Python workers and this
    process, after that of `warm_up` documents has warmed them. {"documents", "seconds", "cpu"}"""
    from heal_pipeline.dedup import index
    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig
    from heal_pipeline.spark import session
    from resources.expectations import validate

    lake = Lake(Path(home))
    spark = session(SparkConfig(master="local[1]", driver_memory="1g"), lake)
    for num_documents in (warm_up, num):
        start, cpu = time.perf_counter(), tree_cpu()
        index(spark, lake, profile_of(f"pages_{num_documents}"), DAY, validate)
    _say(num, start, tree_cpu() - cpu)
    spark.stop()


def _say(num_documents: int, start: float, cpu: float) -> None:
    print(json.dumps({"documents": num_documents, "seconds": time.perf_counter() - start, "cpu": cpu}))


def _own_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    rates = own_rates(said(measured))
    return {metric: rates[metric] for metric in (CPU_RATE, RATE)}


def _index_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    return {**_own_metrics(system, measured), SECONDS: said(measured)["seconds"], MEMORY: measured.peak_mib}
