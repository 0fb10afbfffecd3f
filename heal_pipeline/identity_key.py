"""The secret behind the keyed identities and the surrogates: where it comes from, and when it is refused."""

import os
import secrets
from pathlib import Path

from heal_pipeline.errors import HomeError

VARIABLE = "HEAL_KEY"
NUM_BYTES = 32
"""As many as SHA-256 gives, and the least that is accepted: a key that can be guessed gives away who is behind an id."""


def given() -> bytes | None:
    """The key in the environment, 64 hex digits or more; None where there is none.

    Raises:
        HomeError: it is no such key.
    """
    value = os.environ.get(VARIABLE)
    return None if value is None else _parsed(value, VARIABLE, "unset it to use the home's own key")


def kept(path: Path) -> bytes:
    """The key in a file, which is made with 32 random bytes where it is not there.

    Raises:
        HomeError: it holds no key, cannot be read, or is open to others than its owner.
    """
    try:
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(secrets.token_hex(NUM_BYTES))
        if path.stat().st_mode & 0o077:
            raise HomeError(
                f"{path} is open to others than its owner: `chmod 600` it, or give a new key if it was read"
            )
        text = path.read_text(errors="replace")
    except OSError as error:
        raise HomeError(f"{path} cannot be used ({error.strerror}): make it readable for this user alone") from None
    return _parsed(text, str(path), "restore it from a backup; a new key makes new ids of all people")


def _parsed(text: str, name: str, remedy: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise HomeError(f"{name} is not hexadecimal: give {2 * NUM_BYTES} hex digits, or {remedy}") from None
    if len(key) < NUM_BYTES:
        raise HomeError(
            f"{name} holds {len(key)} bytes and needs {NUM_BYTES}: give {2 * NUM_BYTES} hex digits (`openssl rand -hex {NUM_BYTES}`), or {remedy}"
        )
    return key
