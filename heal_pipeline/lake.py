"""Where tables live, how they are staged and committed, and what proves them: manifests, fingerprints, verdicts.

A table is a folder `ZONE/NAME[/DAY]` in the home. It holds Parquet files in `data-FINGERPRINT/` and `manifest.json`,
written last: the manifest is the commit. A table whose gates failed holds `failed.json`, and reading it is refused.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from heal_pipeline import identity_key
from heal_pipeline.errors import GateError, GateFailedError, HomeError
from heal_pipeline.fingerprint import fingerprint_file, fingerprint_json

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Zone = Literal["restricted", "cleared"]

RESTRICTED_FOLDERS = ("raw", "filtered", "registration", "origins", "staging", "review")
MIN_FREE_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Verdict:
    """What a gate said of a staged table. `results` holds names, booleans and counts, never record text."""

    gate: str
    passed: bool
    results: list[dict[str, Any]] = field(default_factory=list)


class Validator(Protocol):
    """Runs the named expectation suite on a frame. resources/expectations.py gives the Great Expectations one."""

    def __call__(self, suite: str, frame: "pd.DataFrame", /, **parameters: float | None) -> Verdict:
        """`parameters` are the values that the suite leaves to its caller, as bounds from the profile; None: no bound."""


@dataclass(frozen=True)
class Manifest:
    """The commit record of a table.

    Attributes:
        table: name, with the day after "@" where there is one.
        rows: number of rows.
        fingerprint: 32 hex digits of the content, whatever the row order and partitions.
        inputs: fingerprint of each table, artifact or set of files it was made from, by label.
        verdicts: what each gate said; all passed.
        code_version: hash of the code that made it, from heal_pipeline.code_version.
        profile_hash: hash of the profile that made it.
        scheme: the hash, tokenizer or shard scheme of the content; a reader with another refuses it.
        metadata: counts and names for people; never record text.
    """

    table: str
    zone: Zone
    data: str
    rows: int
    fingerprint: str
    columns: list[dict[str, str]]
    inputs: dict[str, str]
    verdicts: list[Verdict]
    code_version: str
    profile_hash: str
    scheme: str
    metadata: dict[str, Any]

    @staticmethod
    def load(path: Path) -> "Manifest":
        values = json.loads(path.read_text())
        values["verdicts"] = [Verdict(**v) for v in values["verdicts"]]
        return Manifest(**values)


@dataclass(frozen=True)
class StageResult:
    """What a stage hands to whoever called it: the numbers of its live line, and what is worth showing.

    `metadata` holds plain numbers and strings, `tables` small lists of records, `charts` lines or stacked bars
    to draw, in the form of the JSON files of reports/ (report/tables.py). None hold record text.
    """

    name: str
    rows_in: int
    rows_out: int
    manifest: Manifest | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    charts: list[dict[str, Any]] = field(default_factory=list)
    made: str = ""
    """What `rows_out` counts, where a stage makes something else out of its rows; "" where it keeps some of them."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of what was committed: a table's manifest, an artifact's, or else of the numbers themselves."""
        if self.manifest is not None:
            return self.manifest.fingerprint
        return str(self.metadata.get("fingerprint") or fingerprint_json([self.metadata, self.tables, self.charts]))


@dataclass(frozen=True)
class Table:
    """The address of a table, and the way to read it. Every read asserts the commit and its verdicts."""

    lake: "Lake"
    name: str
    day: str | None
    zone: Zone

    @property
    def label(self) -> str:
        return f"{self.name}@{self.day}" if self.day else self.name

    @property
    def path(self) -> Path:
        folder = self.lake.home / self.zone / self.name
        return folder / self.day if self.day else folder

    def committed(self) -> bool:
        return (self.path / "manifest.json").exists() and not (self.path / "failed.json").exists()

    def verdicts(self) -> list[Verdict]:
        """The verdicts of the last attempt, failed or not; empty where there was none."""
        if (self.path / "failed.json").exists():
            return [Verdict(**v) for v in json.loads((self.path / "failed.json").read_text())]
        return self.manifest().verdicts if self.committed() else []

    def manifest(self, scheme: str | None = None) -> Manifest:
        """The commit record.

        Raises:
            GateError: nothing was committed, a gate failed, or the scheme is not the one given.
        """
        if (self.path / "failed.json").exists():
            failed = ", ".join(v.gate for v in self.verdicts() if not v.passed)
            raise GateError(
                f"{self.label} did not pass its gate ({failed}): see `heal status`, mend the source or the rule, and rematerialise it"
            )
        if not (self.path / "manifest.json").exists():
            raise GateError(f"{self.label} has not been committed: materialise it first")
        manifest = Manifest.load(self.path / "manifest.json")
        if not all(v.passed for v in manifest.verdicts):
            raise GateError(f"{self.label} has no passing verdict: rematerialise it")
        if scheme is not None and manifest.scheme != scheme:
            raise GateError(
                f"{self.label} has the scheme {manifest.scheme!r}, this reader needs {scheme!r}: rematerialise {self.name}"
            )
        return manifest

    def files(self, scheme: str | None = None) -> list[str]:
        """The Parquet files, in the order of their names (for `spark.read.parquet(*files)`)."""
        return sorted(str(p) for p in (self.path / self.manifest(scheme).data).glob("*.parquet"))

    def read(self, columns: list[str] | None = None, scheme: str | None = None) -> "pa.Table":
        return read_parquet(self.files(scheme), columns)


Inputs = Mapping[str, str] | Iterable["Table | tuple[str, str]"]
"""What a commit is made from: tables, and label → fingerprint of what is no table, as pairs or as a mapping."""


def fingerprints(inputs: Inputs) -> dict[str, str]:
    """Label → fingerprint, as a manifest holds it.

    Raises:
        GateError: one of the tables is not committed.
    """
    entries = inputs.items() if isinstance(inputs, Mapping) else inputs
    return dict(e if isinstance(e, tuple) else (e.label, e.manifest().fingerprint) for e in entries)


class Gates:
    """What the gates said of something staged at `place`, and the refusal to commit where one of them failed."""

    def __init__(self, label: str, place: Path):
        self.verdicts: list[Verdict] = []
        self._label, self._place = label, place

    def require(self) -> None:
        """Raises GateFailedError where a gate failed; the verdicts are kept then, and readers are refused."""
        failed = ", ".join(v.gate for v in self.verdicts if not v.passed)
        if failed:
            write_json(self._place / "failed.json", [asdict(v) for v in self.verdicts])
            raise GateFailedError(
                f"{self._label} did not pass its gate ({failed}): nothing was committed; mend the source or the rule, and rematerialise it"
            )


def publish(staged: Path, content: Path, manifest: dict[str, Any]) -> None:
    """Makes staged content the one that its place holds: first `content`, then the manifest beside it, which is the commit.

    Content that is there already stays: its name, KIND-FINGERPRINT, says that it is equal, and a reader may have it open.
    Whatever ends the process on the way, the manifest names content that is whole.
    """
    place, kind = content.parent, content.name.partition("-")[0]
    place.mkdir(parents=True, exist_ok=True)
    if content.exists():
        shutil.rmtree(staged)
    else:
        # Zones may lie on other devices, where a move is a copy: only the rename within the folder is whole or not at all.
        arriving = place / f"arriving-{content.name}"
        shutil.rmtree(arriving, ignore_errors=True)
        shutil.move(staged, arriving)
        arriving.rename(content)
    write_json(place / "manifest.json", manifest)
    (place / "failed.json").unlink(missing_ok=True)
    for old in [*place.glob(f"{kind}-*"), *place.glob("arriving-*")]:
        if old != content:
            shutil.rmtree(old)


def discard(content: Path) -> None:
    """Takes away content that is not what its name says, the commit first: nobody reads half of it."""
    (content.parent / "manifest.json").unlink(missing_ok=True)
    shutil.rmtree(content)


def _beside(folder: Path) -> dict[str, str]:
    """File → fingerprint of what lies beside a table's own files: indexes that code makes of its rows."""
    return {p.name: fingerprint_file(p) for p in folder.iterdir() if p.is_file() and p.suffix != ".parquet"}


class Staged:
    """A table being written. Gates run on it here; `commit` makes it visible, or records why it may not be."""

    def __init__(self, table: Table, path: Path, inputs: dict[str, str], code_version: str, scheme: str):
        self.table = table
        self.path = path
        self._inputs = inputs
        self._code_version = code_version
        self._scheme = scheme
        self._gates = Gates(table.label, table.path)

    def write(self, data: "pa.Table") -> None:
        """Writes an Arrow table as the staged content's next file."""
        import pyarrow.parquet as pq

        self.path.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            data, self.path / f"part-{len(list(self.path.glob('*.parquet'))):05d}.parquet", compression="zstd"
        )

    def files(self) -> list[str]:
        return sorted(str(p) for p in self.path.glob("*.parquet"))

    def read(self, columns: list[str] | None = None) -> "pa.Table":
        return read_parquet(self.files(), columns)

    def gate(self, verdict: Verdict) -> None:
        """Adds a gate's verdict."""
        self._gates.verdicts.append(verdict)

    def require_gates(self) -> None:
        """Raises GateFailedError where a gate failed, as `commit` does: for what must be written before the commit."""
        self._gates.require()

    @cached_property
    def content(self) -> tuple[int, str]:
        """(number of rows, fingerprint) of all that was written. Nothing may be written after it was asked for."""
        from heal_pipeline.table_fingerprint import fingerprint_parquet

        return fingerprint_parquet(self.files())

    @property
    def entry(self) -> tuple[str, str]:
        """What the table will be once committed, as an input of what is written beside it."""
        return self.table.label, self.content[1]

    def commit(self, metadata: dict[str, Any] | None = None) -> Manifest:
        """Moves the staged files to their place and writes the manifest last.

        Raises:
            GateFailedError: a gate failed. The verdicts are kept, the staged files are not, and the table cannot be read.
        """
        import pyarrow.parquet as pq

        self.require_gates()
        rows, fingerprint = self.content
        columns = [{"name": f.name, "type": str(f.type)} for f in pq.read_schema(self.files()[0])]
        manifest = Manifest(
            table=self.table.label,
            zone=self.table.zone,
            data=f"data-{fingerprint}",
            rows=rows,
            fingerprint=fingerprint,
            columns=columns,
            inputs=self._inputs,
            verdicts=self._gates.verdicts,
            code_version=self._code_version,
            profile_hash=self.table.lake.profile_hash,
            scheme=self._scheme,
            metadata=metadata or {},
        )
        content = self.table.path / manifest.data
        if content.exists() and _beside(content) != _beside(self.path):
            discard(content)  # the name tells of rows alone
        publish(self.path, content, asdict(manifest))
        return manifest


class Lake:
    """The tables of one home. Opening it writes nothing: folders are made at the first write.

    Args:
        home: the home folder.
        profile_hash: stamped on every manifest.
    """

    def __init__(self, home: Path, profile_hash: str = ""):
        self.home = Path(home).resolve()
        self.profile_hash = profile_hash

    def make_folders(self) -> None:
        """Makes the home's folders, the restricted zone open to its owner alone.

        Raises:
            HomeError: the home cannot be written to.
        """
        with self._one_line():
            self.home.mkdir(parents=True, exist_ok=True)
            (self.home / "restricted").mkdir(mode=0o700, exist_ok=True)
            (self.home / "restricted").chmod(0o700)
            for folder in RESTRICTED_FOLDERS:
                (self.home / "restricted" / folder).mkdir(exist_ok=True)
            for folder in ("cleared", "reports", "models", "runs"):
                (self.home / folder).mkdir(exist_ok=True)

    @contextlib.contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HomeError(
                f"the home {self.home} cannot be written to ({error.strerror}): give another with --home or HEAL_HOME"
            ) from None

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def scratch(self) -> Path:
        """Temporary files that may hold records: inside the restricted zone."""
        return self.home / "restricted" / "staging"

    def clear_scratch(self) -> None:
        """Removes what a killed run has left in the scratch folder. For the holder of the lock alone."""
        for left in self.scratch.iterdir() if self.scratch.exists() else []:
            shutil.rmtree(left, ignore_errors=True)

    def table(self, name: str, day: str | None = None, zone: Zone = "cleared") -> Table:
        return Table(self, name, day, zone)

    def days(self, name: str, zone: Zone = "cleared") -> list[str]:
        """The days for which a daily table has a folder, committed or failed, in order."""
        folder = self.home / zone / name
        return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.exists() else []

    @contextlib.contextmanager
    def stage(self, table: Table, *, inputs: Inputs = (), code_version: str = "", scheme: str = "") -> Iterator[Staged]:
        """A place to write a table's new content; whatever was not committed is removed at the end.

        Raises:
            HomeError: the home cannot be written to, or less than 512 MiB are free.
            GateError: one of the inputs is not committed.
        """
        self.make_folders()
        self.require_space()
        path = self.scratch / f"{table.label.replace('/', '.')}-{secrets.token_hex(4)}"
        try:
            yield Staged(table, path, fingerprints(inputs), code_version, scheme)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def require_space(self, num_bytes: int = MIN_FREE_BYTES) -> None:
        """Raises HomeError where fewer bytes than this are free."""
        there = next(folder for folder in (self.home, *self.home.parents) if folder.exists())
        free = shutil.disk_usage(there).free
        if free < num_bytes:
            raise HomeError(
                f"the home {self.home} has {free / 2**20:.0f} MiB free and needs {num_bytes / 2**20:.0f}: free some space or give another --home"
            )

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the home for one run; makes its folder, and proves that it can be written to.

        Raises:
            HomeError: another run holds it, or it cannot be written to.
        """
        with self._one_line():
            self.home.mkdir(parents=True, exist_ok=True)
            probe = self.home / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
            lock = (self.home / ".lock").open("a")
        with lock as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise HomeError(
                    f"the home {self.home} is in use by another run: wait for it to end, or give another --home"
                ) from None
            yield

    def identity_key(self, synthetic_seed: int | None = None) -> bytes:
        """The secret behind the keyed identities and surrogates: 32 bytes or more, from HEAL_KEY or a file of this home.

        Args:
            synthetic_seed: given for generated records alone; their key is then derived from it, so that runs compare.

        Raises:
            HomeError: the key is too short, not hexadecimal, or open to others than its owner.
        """
        import hashlib

        if synthetic_seed is not None:
            return hashlib.sha256(f"synthetic-{synthetic_seed}".encode()).digest()
        if (key := identity_key.given()) is not None:
            return key
        self.make_folders()
        return identity_key.kept(self.home / "restricted" / "identity.key")


def read_parquet(files: Iterable[str], columns: list[str] | None = None) -> "pa.Table":
    """The rows of Parquet files, at least one; what their folders are named is no column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables([pq.read_table(file, columns=columns, partitioning=None) for file in files])


def write_json(path: Path, value: Any) -> None:
    """Writes JSON so that a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=False))
    temporary.replace(path)
