"""Small systems to measure in tests. There are no tests here."""

import subprocess
import sys
import time


def say(word: str) -> None:
    print(word)


def hold(mib: int, seconds: float) -> None:
    block = bytearray(mib * 2**20)
    block[:: 2**12] = b"x" * len(block[:: 2**12])  # touch every page
    time.sleep(seconds)


def hold_in_a_child(mib: int, seconds: float) -> None:
    code = f"from tests.benchmarks.bench_systems import hold; hold({mib}, {seconds})"
    subprocess.run([sys.executable, "-c", code], check=True)


def compute(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
