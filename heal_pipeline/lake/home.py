"""The folder of a home: its zones, scratch, free space, lock and identity key. Which tables lie in it is not known here."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from heal_pipeline import identity_key
from heal_pipeline.errors import HomeError

RESTRICTED_FOLDERS = ("raw", "filtered", "registration", "origins", "staging", "review")
MIN_FREE_BYTES = 512 * 2**20


class Home:
    """The folder that a run works in. Opening it writes nothing: folders are made at the first write."""

    def __init__(self, home: Path):
        self.home = Path(home).resolve()

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
