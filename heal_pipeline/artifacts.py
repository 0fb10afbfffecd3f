"""Committed folders that are no tables: tokenizers, taggers, shards, mixtures, models.

As with tables, content is staged, moved to its place, and the manifest, written last, is the commit.
"""

import contextlib
import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from heal_pipeline.errors import GateError
from heal_pipeline.fingerprint import fingerprint_file, fingerprint_json
from heal_pipeline.lake import Gates, Inputs, Lake, Verdict, fingerprints, publish


@dataclass(frozen=True)
class ArtifactManifest:
    """The commit record of an artifact: sha256 of each file, and the fingerprints of what it was made from."""

    name: str
    fingerprint: str
    files: dict[str, str]
    inputs: dict[str, str]
    verdicts: list[Verdict]
    code_version: str
    profile_hash: str
    scheme: str
    metadata: dict[str, Any] = field(default_factory=dict)


class StagedArtifact:
    """A folder being written. `commit` makes it visible."""

    def __init__(self, lake: Lake, name: str, path: Path, inputs: dict[str, str], code_version: str, scheme: str):
        self.path = path
        self._lake, self._name, self._inputs = lake, name, inputs
        self._code_version, self._scheme = code_version, scheme
        self._gates = Gates(name, lake.home / name)

    def gate(self, verdict: Verdict) -> None:
        self._gates.verdicts.append(verdict)

    def commit(self, metadata: dict[str, Any] | None = None) -> ArtifactManifest:
        """Moves the folder to its place, the manifest last. Equal content that is there stays, unless it was altered since.

        Raises:
            GateFailedError: a gate failed; the verdicts are kept, the content is not.
        """
        self._gates.require()
        files = {
            str(p.relative_to(self.path)): fingerprint_file(p) for p in sorted(self.path.rglob("*")) if p.is_file()
        }
        manifest = ArtifactManifest(
            name=self._name,
            fingerprint=fingerprint_json(files),
            files=files,
            inputs=self._inputs,
            verdicts=self._gates.verdicts,
            code_version=self._code_version,
            profile_hash=self._lake.profile_hash,
            scheme=self._scheme,
            metadata=metadata or {},
        )
        content = self._lake.home / self._name / f"content-{manifest.fingerprint}"
        publish(self.path, content, asdict(manifest), is_whole=lambda folder: not _altered(folder, files))
        return manifest


@contextlib.contextmanager
def stage(
    lake: Lake, name: str, *, inputs: Inputs = (), code_version: str = "", scheme: str = "", path: Path | None = None
) -> Iterator[StagedArtifact]:
    """A folder to write an artifact's content into; what was not committed is removed at the end.

    Args:
        name: its path below the home, e.g. "models/tokenizer" or "cleared/shards/RELEASE/SOURCE".
        inputs: what it is made from.
        path: a folder of the caller's in place of one in scratch, which the next run removes. It stays if it is not committed,
            so that a run that was broken off can be gone on with.

    Raises:
        HomeError: the home cannot be written to, or less than 512 MiB are free.
        GateError: one of the inputs is not committed.
    """
    lake.make_folders()
    lake.require_space()
    own = path is None
    path = path or lake.scratch / f"{name.replace('/', '.')}-{secrets.token_hex(4)}"
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield StagedArtifact(lake, name, path, fingerprints(inputs), code_version, scheme)
    finally:
        if own:
            shutil.rmtree(path, ignore_errors=True)


def committed(lake: Lake, name: str) -> bool:
    return (lake.home / name / "manifest.json").exists() and not (lake.home / name / "failed.json").exists()


def entry(lake: Lake, name: str) -> tuple[str, str]:
    """An artifact as an input of what is made from it.

    Raises:
        GateError: it is not committed.
    """
    return name, manifest(lake, name).fingerprint


def verdicts(lake: Lake, name: str) -> list[Verdict]:
    """The verdicts of the last attempt, failed or not; empty where there was none, or no gate."""
    failed = lake.home / name / "failed.json"
    if failed.exists():
        return [Verdict(**v) for v in json.loads(failed.read_text())]
    return manifest(lake, name).verdicts if committed(lake, name) else []


def manifest(lake: Lake, name: str, scheme: str | None = None) -> ArtifactManifest:
    """The commit record.

    Raises:
        GateError: not committed, a gate failed, or another scheme.
    """
    folder = lake.home / name
    if (folder / "failed.json").exists():
        failed = [v.gate for v in verdicts(lake, name) if not v.passed]
        raise GateError(f"{name} did not pass its gate ({', '.join(failed)}): see `heal status`, and rematerialise it")
    if not (folder / "manifest.json").exists():
        raise GateError(f"{name} has not been committed: materialise it first")
    values = json.loads((folder / "manifest.json").read_text())
    values["verdicts"] = [Verdict(**v) for v in values["verdicts"]]
    found = ArtifactManifest(**values)
    if scheme is not None and found.scheme != scheme:
        raise GateError(f"{name} has the scheme {found.scheme!r}, this reader needs {scheme!r}: rematerialise it")
    return found


def content(lake: Lake, name: str, scheme: str | None = None) -> Path:
    """The folder that holds a committed artifact's files."""
    return lake.home / name / f"content-{manifest(lake, name, scheme).fingerprint}"


def require_whole(lake: Lake, name: str, scheme: str | None = None, file: str | None = None) -> Path:
    """The folder that holds a committed artifact's files, every one of them (or the given one) compared with its fingerprint.

    Raises:
        GateError: as `manifest`; or a file was altered, truncated or removed: the message names it.
    """
    folder, files = content(lake, name, scheme), manifest(lake, name).files
    if altered := _altered(folder, files if file is None else {file: files[file]}):
        raise GateError(f"{altered}: rematerialise {name}")
    return folder


def _altered(folder: Path, files: dict[str, str]) -> str:
    """Which file is not what its fingerprint says, and why, in words; empty where all are."""
    for file, fingerprint in files.items():
        path = folder / file
        if not path.exists():
            return f"{path} is not there any more"
        found = path.stat()
        if _fingerprint(path, found.st_ino, found.st_size, found.st_mtime_ns) != fingerprint:
            return f"{path} does not hold what was committed (its fingerprint differs)"
    return ""


@lru_cache(maxsize=4096)
def _fingerprint(path: Path, *_state: int) -> str:
    """Of a file in a state (inode, size, time of change): what several stages of a run ask for is read once."""
    return fingerprint_file(path)
