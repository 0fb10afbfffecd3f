"""What a model is worth: perplexity by source, written answers, note quality, public benchmarks, ablations.

Each function of the front door writes one table (`reports/*.json`); `phase_validation` commits what the next phase's mixture
reads; the last three serve the command line. Importing this package imports neither torch nor transformers.
"""

from heal_pipeline.evaluation.benchmarks import benchmark_file, public_benchmarks
from heal_pipeline.evaluation.notes import SECTIONS, note_quality, score_notes, write_note
from heal_pipeline.evaluation.perplexities import ablation, perplexity_curves, phase_validation
from heal_pipeline.evaluation.tasks import generation_tasks

__all__ = [
    "SECTIONS",
    "ablation",
    "benchmark_file",
    "generation_tasks",
    "note_quality",
    "perplexity_curves",
    "phase_validation",
    "public_benchmarks",
    "score_notes",
    "write_note",
]
