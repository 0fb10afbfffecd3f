"""Errors that a user can mend. Each carries one line: what is wrong, and what to do about it.

The command line prints that line and exits with code 2; every other exception is a defect of this project.
"""

import contextlib
from collections.abc import Iterator


class UserError(Exception):
    """A problem the user can mend. The message names the thing and the remedy in one line, without record text."""


class ProfileError(UserError):
    """A profile that cannot be used: unknown key, wrong type, missing file."""


class GateError(UserError):
    """A table whose gates did not pass, or that was never committed, was about to be read."""


class GateFailedError(GateError):
    """A stage's own gates did not pass: its verdicts are stored, and nothing was committed."""


class HomeError(UserError):
    """The home folder cannot be used: read-only, in use by another run, no space left."""


class SourceError(UserError):
    """A source's files are absent, or it is empty on all days."""


@contextlib.contextmanager
def class_alone(doing: str) -> Iterator[None]:
    """Turns any error into one that carries its class alone, as "ValueError while tokenizing": for work on records,
    whose text a message may quote.
    """
    try:
        yield
    except Exception as error:
        raise RuntimeError(f"{type(error).__name__} while {doing}") from None
