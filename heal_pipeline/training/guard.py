"""Keeps a run's processes from outliving whoever started them, on Linux: `python -m heal_pipeline.training.guard PID COMMAND…`.

A killed process cannot clean up. The kernel can: it sends a process a signal when its parent is gone (prctl(2)).
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """Asks the kernel to kill this process when its parent ends; elsewhere than on Linux it does nothing.

    Args:
        parent: its process id, where known. A parent that has ended before this call is noticed by it.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def command(arguments: list[str]) -> list[str]:
    """A command under this guard. The setting stays with the process when it becomes the command (execve(2))."""
    return [sys.executable, "-m", "heal_pipeline.training.guard", str(os.getpid()), *arguments]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
