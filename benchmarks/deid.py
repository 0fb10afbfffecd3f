"""De-identification beside stock Presidio on one core: how fast notes are read, what a tagger costs, what is found and missed.

Presidio is its AnalyzerEngine with the recognizers it comes with, on a blank spaCy pipeline: what both systems can do
without a download. What is found is scored in deid_scores.py.
"""

import csv
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks import deid_scores
from benchmarks.corpora import cut
from benchmarks.harness import (
    MEMORY,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    System,
    print_rows,
    said,
    write_results,
)
from benchmarks.harness import measure as measure_process
from heal_pipeline.profile import OPEN_DATA_VARIABLE, Profile, load_profile
from heal_pipeline.report import Table, print_tables

NOTE_CHARS = 4825
"""Characters a note: about a thousand tokens."""
NUM_NOTES = 60
ROUNDS_OF_NOTES = {"presidio": 1, "heal": 2}
"""How often a system reads all notes in a run."""
TRAINED = ("sample", "open")
"""Profiles whose taggers are trained, as far as they differ; people run the first to try, the others to work."""

PRESIDIO, DIRECT, REGISTERED, CLEANED = "presidio, stock, blank", "heal, crf", "heal, crf in presidio", "heal, cleaned"
CPU_RATE, RATE, FOUND = ("notes", "/CPU-s"), ("notes", "/s"), ("identifiers", "a note")
TRAIN_CPU, SIZE = ("training", "CPU-s"), ("model", "MB")
MIN_SPEED_UP, MAX_TRAINING, MAX_SAMPLE_TRAINING, MAX_SIZE = 1.3, 180.0, 45.0, 5.0


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Trains taggers, times detectors and scores them; prints the tables and writes reports/bench_deid.json.

    Raises:
        BenchmarkError: a system cannot be measured, or our recognizer in Presidio does not find what it finds directly.
    """
    source, texts = note_texts()
    say(f"notes: {source}")
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        place = Path(folder)
        homes = {name: place / name for name in distinct(TRAINED)}
        training = [row for name in homes for row in trained(name, homes[name], say)]
        path = place / "notes.json"
        path.write_text(json.dumps(list(cut(texts, NUM_NOTES, NOTE_CHARS))))
        speed = Benchmark("deid", systems(path, homes[next(iter(homes))]), metrics=_own_metrics).run(rounds, say)
        found = {row.system: row.median for row in speed if (row.metric, row.unit) == FOUND}
        if found[DIRECT] != found[REGISTERED]:
            raise BenchmarkError(
                "our recognizer in Presidio does not find what the detector finds: their times do not compare"
            )
        say("scores of what is found")
        scores = deid_scores.tables({name: str(h) for name, h in homes.items()})
    rows = [*training, *speed]
    tables = [goals(rows, scores), *scores]
    note = f"Notes of {NOTE_CHARS:,} characters from {source}, one core. Load of the machine at the end: {os.getloadavg()[1]:.1f}."
    write_results(home / "reports" / "bench_deid.json", rows, rounds, note, [asdict(t) for t in tables])
    print_rows(f"Reading notes, and training taggers, {rounds} round(s). {note}", rows)
    print_tables(tables)
    return rows


def note_texts() -> tuple[str, list[str]]:
    """(where they are from, texts): clinical notes of the open data sets, or without these the synthetic clinic's."""
    from heal_pipeline.deid import gold

    folder = Path(os.environ.get(OPEN_DATA_VARIABLE) or ".")
    try:
        texts = [text for text, _ in gold.pypedeid_notes(folder / "pypedeid-notes")]
        with (folder / "aci-bench" / "challenge_data" / "train.csv").open(encoding="utf-8", newline="") as stream:
            texts += [row["note"] for row in csv.DictReader(stream)]
    except OSError:
        return "the synthetic clinic", list(_clinic_notes())
    return "pypedeid-notes and aci-bench", texts


def _clinic_notes() -> Iterable[str]:
    from heal_pipeline.sources.clinic import Clinic

    day = "2026-01-01"
    for record in Clinic(seed=0, documents=400, days=[day]).records("ehr_notes", day):
        yield "\n".join(segment.text for segment in record.segments)


def distinct(names: Iterable[str]) -> list[str]:
    """The profiles without those whose taggers are trained as that of an earlier one."""
    kinds: dict[tuple[int, int], str] = {}
    for name in names:
        config = load_profile(name).deid
        kinds.setdefault((config.training_documents, config.training_iterations), name)
    return list(kinds.values())


def trained(profile: str, home: Path, say: Callable[[str], None]) -> list[Row]:
    """What the tagger of a profile costs, made in a home of its own from installed packages alone."""
    system = System.of_function(f"tagger of {profile}", train, profile, str(home), _core())
    cost = said(measure_process(_alone(system)))
    say(f"{system.name}: {cost['cpu']:.0f} CPU seconds, {cost['bytes']:,} bytes")
    values = {TRAIN_CPU: cost["cpu"], SIZE: cost["bytes"] / 1e6}
    return [Row(system.name, metric, unit, value, value, value, None) for (metric, unit), value in values.items()]


def train(profile: str, home: str, core: int) -> None:
    """Makes lexicon, corpus and tagger; prints {"cpu", "bytes"}: CPU seconds of all three, and of the model's file."""
    from heal_pipeline import artifacts, deid
    from heal_pipeline.deid.training import TAGGER
    from heal_pipeline.lake import Lake

    os.sched_setaffinity(0, {core})
    loaded = load_profile(profile)
    lake = Lake(Path(home), loaded.hash)
    cpu = time.process_time()
    deid.ensure_tagger(lake, loaded)
    used = time.process_time() - cpu
    print(json.dumps({"cpu": used, "bytes": (artifacts.content(lake, TAGGER) / "model.crfsuite").stat().st_size}))


def systems(notes: Path, home: Path) -> list[System]:
    """Stock Presidio first: ratios are over it."""
    kinds = {PRESIDIO: "presidio", DIRECT: "heal", REGISTERED: "heal", CLEANED: "heal"}
    return [
        _alone(System.of_function(name, time_reading, name, str(notes), str(home), ROUNDS_OF_NOTES[kind], _core()))
        for name, kind in kinds.items()
    ]


def time_reading(system: str, notes: str, home: str, times: int, core: int) -> None:
    """Prints how fast a system reads the notes, start and warm-up left out: {"notes", "found", "seconds", "cpu"}."""
    os.sched_setaffinity(0, {core})
    texts: list[str] = json.loads(Path(notes).read_text())
    read = reader(system, home)
    for text in texts[:10]:
        read(text)
    start, cpu = time.perf_counter(), time.process_time()
    found = sum(read(text) for text in islice(cycle(texts), times * len(texts)))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"notes": times * len(texts), "found": found, "seconds": seconds, "cpu": cpu}))


def reader(system: str, home: str) -> Callable[[str], int]:
    """Reads a note, and says how many identifiers are in it."""
    from heal_pipeline import deid
    from heal_pipeline.deid.cleaning import Cleaner
    from heal_pipeline.deid.policy import Policy
    from heal_pipeline.deid.presidio import blank_engine, tokens_alone
    from heal_pipeline.deid.surrogates import Pools
    from heal_pipeline.lake import Lake

    profile: Profile = load_profile("sample")
    if system == PRESIDIO:
        stock = blank_engine()
        return lambda text: len(stock.analyze(text, "en"))
    if system == REGISTERED:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

        from heal_pipeline.deid.recognizer import HealRecognizer

        registry = RecognizerRegistry([HealRecognizer(home, profile.deid.threshold)])
        ours = AnalyzerEngine(registry, tokens_alone())
        return lambda text: len(ours.analyze(text, "en"))
    detector = deid.detector(Lake(Path(home)), profile, "crf")
    if system == DIRECT:
        return lambda text: len(detector.detect([text])[0])
    policy = Policy.of(profile.deid, int(profile.days[-1][:4]))
    cleaner = Cleaner(detector, policy, b"benchmark", Pools.of(detector.lexicon))
    return lambda text: sum(cleaner.clean([text], "subject").found.values())


def goals(rows: list[Row], scores: list[Table]) -> Table:
    """What the project set out for, and what came of it; a goal whose data are not there is left out."""
    of = {(row.system, row.metric, row.unit): row for row in rows}
    lines: list[list[Any]] = []

    def line(name: str, system: str, found: float | None, bound: float, at_most: bool = False) -> None:
        if found is not None:
            met = found <= bound if at_most else found >= bound
            lines.append(
                [
                    name,
                    system,
                    round(found, 4),
                    f"{'at most' if at_most else 'at least'} {bound:g}",
                    "yes" if met else "no",
                ]
            )

    line("speed over stock Presidio", DIRECT, of[(DIRECT, *CPU_RATE)].ratio, MIN_SPEED_UP)
    for row in rows:
        if (row.metric, row.unit) == TRAIN_CPU:
            line(
                "training, CPU seconds",
                row.system,
                row.median,
                MAX_SAMPLE_TRAINING if "sample" in row.system else MAX_TRAINING,
                True,
            )
        elif (row.metric, row.unit) == SIZE:
            line("model, MB", row.system, row.median, MAX_SIZE, True)
    for name, system, found, bound, at_most in deid_scores.goals(scores):
        line(name, system, found, bound, at_most)
    return Table("Goals", ["goal", "system", "measured", "wanted", "met"], lines)


def _core() -> int:
    return max(os.sched_getaffinity(0))


def _alone(system: System) -> System:
    """The system with one thread in the libraries that would take more."""
    return System(
        system.name, system.command, {**system.environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    )


def _own_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    """What a system says of itself in its last line, so that its start does not count; memory is the whole process's."""
    found = said(measured)
    return {
        CPU_RATE: found["notes"] / found["cpu"],
        RATE: found["notes"] / found["seconds"],
        FOUND: found["found"] / found["notes"],
        MEMORY: measured.peak_mib,
    }
