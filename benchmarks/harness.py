"""Runs systems side by side and writes medians, spread and ratios.

Systems are interleaved, round by round, so that a slow minute of the machine falls on all of them; each run is a process of
its own, so that memory is that run's alone. What is compared, and on what input, is in the members, not here.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-bench"
REQUIREMENTS = Path(__file__).with_name("requirements-bench.txt")
ALONE = Path(__file__).with_name("requirements-bench-alone.txt")
SAMPLE_SECONDS = 0.1
WALL, CPU, MEMORY = ("wall", "s"), ("cpu", "s"), ("peak memory", "MiB")
RATE, CPU_RATE, SECONDS = ("documents", "/s"), ("documents", "/CPU-s"), ("seconds", "s")
OURS = "heal"


class BenchmarkError(Exception):
    """A system could not be measured. The message is one line."""


class AbsentInputError(BenchmarkError):
    """What a member measures with is not on this machine: open data, or a package. The others can do without."""


@dataclass(frozen=True)
class Sample:
    """Memory and CPU of a process tree at a moment: seconds since the epoch, MiB, CPU seconds so far."""

    time: float
    mib: float
    cpu: float


@dataclass(frozen=True)
class Measurement:
    """One run of one system: seconds by the wall and by the CPUs, peak MiB of its process tree, what it printed."""

    wall: float
    cpu: float
    peak_mib: float
    output: str = ""
    samples: list[Sample] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class System:
    """What is measured: a command, or a module-level function ("package.module:function") of this interpreter.

    Attributes:
        name: as the table shows it.
        command: the program and its arguments.
        environment: what is added to the environment.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of_function(
        name: str, function: Callable[..., Any], *arguments: Any, python: str | Path = sys.executable
    ) -> "System":
        """A system that calls a module-level function with plain arguments, in a process of its own.

        Raises:
            BenchmarkError: the function is not at the top level of an importable module.
        """
        if "<" in function.__qualname__ or function.__module__ == "__main__":
            raise BenchmarkError(
                f"{function.__qualname__} cannot be imported by another process: put it at the top level of a module"
            )
        call = f"import importlib, json; m = importlib.import_module({function.__module__!r}); getattr(m, {function.__qualname__!r})(*json.loads({json.dumps(list(arguments))!r}))"
        module = sys.modules[function.__module__]
        depth = function.__module__.count(".") + 1
        folder = str(Path(str(module.__file__)).resolve().parents[depth - 1])
        paths = os.pathsep.join(p for p in (folder, os.environ.get("PYTHONPATH", "")) if p)
        return System(name, [str(python), "-c", call], {"PYTHONPATH": paths})


@dataclass(frozen=True)
class Row:
    """A line of the result. `ratio` is the median over the first system's median of the same metric."""

    system: str
    metric: str
    unit: str
    median: float
    min: float
    max: float
    ratio: float | None


Metrics = Callable[[System, Measurement], dict[tuple[str, str], float]]
"""(system, measurement) → (metric, unit) → value. Members give their own where wall, CPU and memory are not all."""


def plain_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    return {WALL: measured.wall, CPU: measured.cpu, MEMORY: measured.peak_mib}


def said(measured: Measurement) -> dict[str, Any]:
    """What a system says of itself in its last line of JSON: its own clock, so that its start does not count."""
    found: dict[str, Any] = json.loads(measured.output.splitlines()[-1])
    return found


def own_rates(found: dict[str, Any]) -> dict[tuple[str, str], float]:
    """Metrics of what a system said: {"documents", "seconds", "cpu"}."""
    return {
        CPU_RATE: found["documents"] / found["cpu"],
        RATE: found["documents"] / found["seconds"],
        SECONDS: found["seconds"],
        CPU: found["cpu"],
    }


@dataclass
class Benchmark:
    """Systems on the same input.

    Attributes:
        name: of the file bench_<name>.json.
        systems: the first one is what ratios are against.
        before: called before each run, outside the clock (to empty a folder, say).
        metrics: what is taken from a measurement.
    """

    name: str
    systems: Sequence[System]
    before: Callable[[System, int], None] = lambda system, round_number: None
    metrics: Metrics = plain_metrics
    timeout: float = 3600.0

    def run(self, rounds: int, say: Callable[[str], None] = lambda line: None) -> list[Row]:
        """Measures every system once a round, the order turned by one each round.

        Raises:
            BenchmarkError: there is no system or no round, two systems share a name, or a run failed.
        """
        names = [s.name for s in self.systems]
        if not names or rounds < 1 or len(set(names)) != len(names):
            raise BenchmarkError("a benchmark needs at least one round, and systems with names of their own")
        values: dict[str, dict[tuple[str, str], list[float]]] = {name: {} for name in names}
        for number in range(rounds):
            turn = number % len(names)
            for system in [*self.systems[turn:], *self.systems[:turn]]:
                self.before(system, number)
                measured = measure(system, self.timeout)
                for metric, value in self.metrics(system, measured).items():
                    values[system.name].setdefault(metric, []).append(value)
                say(
                    f"round {number + 1} of {rounds}: {system.name} {measured.wall:.1f} s, {measured.peak_mib:,.0f} MiB"
                )
        return summarise(values)


def summarise(values: dict[str, dict[tuple[str, str], list[float]]]) -> list[Row]:
    """Medians, spread and ratios of the values by system and metric; the first system is the base."""
    base = next(iter(values.values()), {})
    rows = []
    for name, metrics in values.items():
        for (metric, unit), found in metrics.items():
            median = statistics.median(found)
            against = statistics.median(base[metric, unit]) if (metric, unit) in base else 0.0
            ratio = median / against if against else None
            rows.append(Row(name, metric, unit, median, min(found), max(found), ratio))
    return rows


def speed_ups(rows: Sequence[Row]) -> list[Row]:
    """How many times as many documents a CPU second as each peer."""
    rates = {row.system: row.median for row in rows if (row.metric, row.unit) == CPU_RATE}
    return [
        Row(f"{OURS} over {name}", "speed-up", "times", *(rates[OURS] / rate,) * 3, None)
        for name, rate in rates.items()
        if name != OURS
    ]


def measure(system: System, timeout: float = 3600.0) -> Measurement:
    """Runs a system to its end and watches its process tree.

    Memory is the sum over the tree of the proportional share of each process where the kernel tells it, so that forked
    workers do not count shared pages twice; else the resident sum.

    Raises:
        BenchmarkError: it cannot be started, ends with another code than 0, or takes longer than `timeout`.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start, cpu_before = time.perf_counter(), _cpu_of_children()
        try:
            process = subprocess.Popen(
                list(system.command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **system.environment},
            )
        except OSError as error:
            raise BenchmarkError(f"{system.name} cannot be started ({error.strerror}): {system.command[0]}") from None
        watch = _Watch(process.pid)
        watch.start()
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            _end_tree(process)
            raise BenchmarkError(f"{system.name} took longer than {timeout:.0f} s") from None
        except BaseException:
            _end_tree(process)
            raise
        finally:
            wall = time.perf_counter() - start
            watch.stop()
        if code != 0:
            err.seek(0)
            lines = err.read().decode(errors="replace").strip().splitlines()
            raise BenchmarkError(f"{system.name} ended with code {code}: {lines[-1] if lines else 'it said nothing'}")
        out.seek(0)
        # The kernel's account is exact but knows no process whose parent did not wait for it; the samples do.
        cpu = max(watch.cpu, _cpu_of_children() - cpu_before)
        return Measurement(wall, cpu, watch.peak, out.read().decode(errors="replace"), watch.samples)


def tree_cpu() -> float:
    """CPU seconds of this process and all below it so far, those that have ended included."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def _cpu_of_children() -> float:
    """CPU seconds of this process's ended children and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end_tree(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process and what it started."""
    try:
        tree = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        tree = []
    process.kill()
    for child in tree:
        try:
            child.kill()
        except psutil.Error:
            continue
    process.wait()


class _Watch(threading.Thread):
    """Samples a process tree until it is stopped."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid = pid
        self._end = threading.Event()
        self._cpu_of: dict[tuple[int, float], float] = {}
        self.samples: list[Sample] = []

    @property
    def peak(self) -> float:
        return max((s.mib for s in self.samples), default=0.0)

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes seen, as of when each was last seen (within a sample's length of its end)."""
        return sum(self._cpu_of.values())

    def stop(self) -> None:
        self._end.set()
        self.join()

    def run(self) -> None:
        try:
            root = psutil.Process(self._pid)
        except psutil.Error:
            return
        while True:
            self._sample(root)
            if self._end.wait(SAMPLE_SECONDS):
                return

    def _sample(self, root: psutil.Process) -> None:
        try:
            tree = [root, *root.children(recursive=True)]
        except psutil.Error:
            return
        total = 0
        for process in tree:
            try:
                times = process.cpu_times()
                self._cpu_of[process.pid, process.create_time()] = times.user + times.system
                total += _memory(process)
            except psutil.Error:
                continue
        self.samples.append(Sample(time.time(), total / 2**20, self.cpu))


def _memory(process: psutil.Process) -> int:
    """Bytes that a process holds: its proportional share (Linux), else its resident set."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", "rb") as stream:
            for line in stream:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return process.memory_info().rss


def machine() -> dict[str, Any]:
    """What a reader of the figures must know of the machine. It is not named."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    return {
        "processor": model or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def write_results(
    path: Path, rows: Sequence[Row], rounds: int, note: str = "", further: Sequence[dict[str, Any]] = ()
) -> None:
    """Writes the rows, and the same as a table of the report, before `further` ones.

    {"title", "rows": [{system, metric, unit, median, min, max, ratio}], "tables", "machine", "rounds", "note"}
    """
    from heal_pipeline.lake import write_json

    values = [asdict(row) for row in rows]
    title = f"Benchmark: {path.stem.removeprefix('bench_')}"
    table = {"title": f"{title}, {rounds} round(s)", "columns": list(Row.__annotations__), "rows": values, "note": note}
    value = {
        "title": title,
        "rows": values,
        "tables": [table, *further],
        "machine": machine(),
        "rounds": rounds,
        "note": note,
    }
    write_json(path, value)


def print_rows(title: str, rows: Sequence[Row]) -> None:
    """Prints the table: a line a system and metric, grouped by metric."""
    from heal_pipeline.report import Table, print_tables

    ordered = sorted(rows, key=lambda row: [r.metric for r in rows].index(row.metric))
    cells = [
        [
            r.metric,
            r.system,
            _text(r.median, r.unit),
            f"{_text(r.min, r.unit)} to {_text(r.max, r.unit)}",
            r.unit,
            r.ratio,
        ]
        for r in ordered
    ]
    print_tables([Table(title, ["metric", "system", "median", "min to max", "unit", "ratio"], cells)])


def _text(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.5f}"  # .9997 of a row's places is not all of them
    return f"{value:,.3f}" if value < 10 else f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def peers_python() -> Path:
    """The interpreter of .venv-bench, which is made, or mended after a change of its requirements, on demand.

    Raises:
        BenchmarkError: it cannot be made.
    """
    python, stamp = PEERS / "bin" / "python", PEERS / ".requirements"
    wanted = REQUIREMENTS.read_text() + ALONE.read_text()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True, stdin=subprocess.DEVNULL)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for file, options in ((REQUIREMENTS, []), (ALONE, ["--no-deps"])):
            if any(line.strip() and not line.startswith("#") for line in file.read_text().splitlines()):
                subprocess.run([*pip, *options, "-r", str(file)], check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchmarkError(
            f"the peers' environment {PEERS.name} could not be made ({type(error).__name__}): remove it and try again"
        ) from None
    stamp.write_text(wanted)
    return python
