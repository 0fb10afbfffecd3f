"""The tables of a home: where one lies, how it is read, how its new content is staged and committed."""

import contextlib
import filecmp
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heal_pipeline.errors import GateError
from heal_pipeline.fingerprint import fingerprint_file
from heal_pipeline.lake.committing import Gates, publish
from heal_pipeline.lake.home import Home
from heal_pipeline.lake.records import Manifest, Verdict, Zone

if TYPE_CHECKING:
    import pyarrow as pa


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

    def is_whole(self) -> bool:
        """Whether it is committed, and its files still hold the rows that were."""
        return self.committed() and _holds(self.files(), self.manifest().fingerprint)

    def read(self, columns: list[str] | None = None, scheme: str | None = None) -> "pa.Table":
        """The rows.

        Raises:
            GateError: as `manifest`; or a file is not what was written.
        """
        import pyarrow as pa

        try:
            return read_parquet(self.files(scheme), columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise GateError(
                f"{self.label} cannot be read ({type(error).__name__}), a file of it was altered: rematerialise it"
            ) from None


Inputs = Mapping[str, str] | Iterable["Table | tuple[str, str]"]
"""What a commit is made from: tables, and label → fingerprint of what is no table, as pairs or as a mapping."""


def fingerprints(inputs: Inputs) -> dict[str, str]:
    """Label → fingerprint, as a manifest holds it.

    Raises:
        GateError: one of the tables is not committed.
    """
    entries = inputs.items() if isinstance(inputs, Mapping) else inputs
    return dict(e if isinstance(e, tuple) else (e.label, e.manifest().fingerprint) for e in entries)


def _beside(folder: Path) -> dict[str, str]:
    """File → fingerprint of what lies beside a table's own files."""
    return {p.name: fingerprint_file(p) for p in folder.iterdir() if p.is_file() and p.suffix != ".parquet"}


def _same_files(one: Path, other: Path) -> bool:
    """Whether two folders of files hold the same ones, byte for byte."""
    names = sorted(path.name for path in one.iterdir())
    if names != sorted(path.name for path in other.iterdir()):
        return False
    return len(filecmp.cmpfiles(one, other, names, shallow=False)[0]) == len(names)


def _holds(files: list[str], fingerprint: str) -> bool:
    """Whether Parquet files hold the rows of a fingerprint. Files that cannot be read do not."""
    import pyarrow as pa

    from heal_pipeline.table_fingerprint import fingerprint_parquet

    try:
        return fingerprint_parquet(files)[1] == fingerprint
    except (pa.ArrowInvalid, OSError):
        return False


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
        """Moves the staged files to their place and writes the manifest last. Equal content that is there stays, unless it was
        altered since.

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
        publish(self.path, self.table.path / manifest.data, asdict(manifest), is_whole=self._is_whole)
        return manifest

    def _is_whole(self, content: Path) -> bool:
        """Whether a folder holds the staged rows, in whatever files and order, and beside them what is staged beside: code makes
        indexes of rows, and another code others."""
        if _same_files(content, self.path):
            return True
        files = sorted(str(p) for p in content.glob("*.parquet"))
        return _holds(files, self.content[1]) and _beside(content) == _beside(self.path)


class Lake(Home):
    """The tables of one home.

    Args:
        home: the home folder.
        profile_hash: stamped on every manifest.
    """

    def __init__(self, home: Path, profile_hash: str = ""):
        super().__init__(home)
        self.profile_hash = profile_hash

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


def read_parquet(files: Iterable[str], columns: list[str] | None = None) -> "pa.Table":
    """The rows of Parquet files, at least one; what their folders are named is no column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables([pq.read_table(file, columns=columns, partitioning=None) for file in files])
