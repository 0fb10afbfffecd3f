"""Committed folders that are no tables: tokenizers, taggers, shards, mixtures, models.

As with tables, content is staged, moved to its place, and the manifest, written last, is the commit.
"""

import contextlib
import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.fingerprint import fingerprint_file, fingerprint_json
from heal_pipeline.lake import Lake, Verdict, write_json


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
        self._verdicts: list[Verdict] = []

    def gate(self, verdict: Verdict) -> None:
        self._verdicts.append(verdict)

    def commit(self, metadata: dict[str, Any] | None = None) -> ArtifactManifest:
        """Moves the folder to its place, the manifest last.

        Raises:
            GateFailedError: a gate failed; the verdicts are kept, the content is not.
        """
        place = self._lake.home / self._name
        place.mkdir(parents=True, exist_ok=True)
        if not all(v.passed for v in self._verdicts):
            write_json(place / "failed.json", [asdict(v) for v in self._verdicts])
            failed = ", ".join(v.gate for v in self._verdicts if not v.passed)
            raise GateFailedError(f"{self._name} did not pass its gate ({failed}): nothing was committed")
        files = {
            str(p.relative_to(self.path)): fingerprint_file(p) for p in sorted(self.path.rglob("*")) if p.is_file()
        }
        manifest = ArtifactManifest(
            name=self._name,
            fingerprint=fingerprint_json(files),
            files=files,
            inputs=self._inputs,
            verdicts=self._verdicts,
            code_version=self._code_version,
            profile_hash=self._lake.profile_hash,
            scheme=self._scheme,
            metadata=metadata or {},
        )
        content = place / f"content-{manifest.fingerprint}"
        if content.exists():
            shutil.rmtree(content)
        shutil.move(self.path, content)
        write_json(place / "manifest.json", asdict(manifest))
        (place / "failed.json").unlink(missing_ok=True)
        for old in place.glob("content-*"):
            if old != content:
                shutil.rmtree(old)
        return manifest


@contextlib.contextmanager
def stage(
    lake: Lake, name: str, *, inputs: dict[str, str] | None = None, code_version: str = "", scheme: str = ""
) -> Iterator[StagedArtifact]:
    """A folder to write an artifact's content into; what was not committed is removed at the end.

    Args:
        name: its path below the home, e.g. "models/tokenizer" or "cleared/shards/RELEASE/SOURCE".
        inputs: label → fingerprint of what it is made from.
    """
    lake.require_space()
    path = lake.scratch / f"{name.replace('/', '.')}-{secrets.token_hex(4)}"
    path.mkdir(parents=True)
    try:
        yield StagedArtifact(lake, name, path, inputs or {}, code_version, scheme)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def committed(lake: Lake, name: str) -> bool:
    return (lake.home / name / "manifest.json").exists() and not (lake.home / name / "failed.json").exists()


def manifest(lake: Lake, name: str, scheme: str | None = None) -> ArtifactManifest:
    """The commit record.

    Raises:
        GateError: not committed, a gate failed, or another scheme.
    """
    folder = lake.home / name
    if (folder / "failed.json").exists():
        failed = [v["gate"] for v in json.loads((folder / "failed.json").read_text()) if not v["passed"]]
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
