"""One process of a run: `python -m heal_pipeline.training --config run.json`, as torchrun starts it."""

import argparse
import os
import sys
from pathlib import Path

from heal_pipeline.errors import UserError
from heal_pipeline.training import guard
from heal_pipeline.training.run import TrainingRun


def main() -> int:
    parser = argparse.ArgumentParser(prog="heal_pipeline.training")
    parser.add_argument("--config", type=Path, required=True)
    guard.die_with_parent()
    try:
        run = TrainingRun.read(parser.parse_args().config)
        # Set before torch is imported, which sizes its pools by them.
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(run.threads)
        from heal_pipeline.training.trainer import train

        train(run)
    except UserError as error:
        (Path(run.folder) / "error.txt").write_text(f"{error}\n")
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
