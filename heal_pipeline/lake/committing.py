"""How staged content becomes what its place holds, whole or not at all: of tables, of artifacts, and of single JSON files."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from heal_pipeline.errors import GateFailedError
from heal_pipeline.lake.records import Verdict


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


def publish(staged: Path, content: Path, manifest: dict[str, Any], *, is_whole: Callable[[Path], bool]) -> None:
    """Makes staged content the one that its place holds: first `content`, then the manifest beside it, which is the commit.

    Content that is there already stays as it is, since a reader may have it open or know its rows by number: its name,
    KIND-FINGERPRINT, says that it is equal. Where it is not whole any more it is replaced, and nothing is committed meanwhile.
    Whatever ends the process on the way, a manifest names content that is whole.

    Args:
        is_whole: whether content that is there is still what its name says.
    """
    place, kind = content.parent, content.name.partition("-")[0]
    place.mkdir(parents=True, exist_ok=True)
    if content.exists() and is_whole(content):
        shutil.rmtree(staged)
    else:
        # Zones may lie on other devices, where a move is a copy: only the rename within the folder is whole or not at all.
        arriving = place / f"arriving-{content.name}"
        shutil.rmtree(arriving, ignore_errors=True)
        shutil.move(staged, arriving)
        if content.exists():
            (place / "manifest.json").unlink(missing_ok=True)  # nobody reads half of it
            shutil.rmtree(content)
        arriving.rename(content)
    write_json(place / "manifest.json", manifest)
    (place / "failed.json").unlink(missing_ok=True)
    for old in [*place.glob(f"{kind}-*"), *place.glob("arriving-*")]:
        if old != content:
            shutil.rmtree(old)


def write_json(path: Path, value: Any) -> None:
    """Writes JSON so that a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=False))
    temporary.replace(path)
