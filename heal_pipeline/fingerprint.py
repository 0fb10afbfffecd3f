"""Content fingerprints of values and files."""

import hashlib
import json
from pathlib import Path
from typing import Any


def fingerprint_json(value: Any) -> str:
    """16 hex digits of a JSON value, independent of the order of its keys."""
    return hashlib.blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()


def fingerprint_file(path: Path) -> str:
    """64 hex digits: the sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
