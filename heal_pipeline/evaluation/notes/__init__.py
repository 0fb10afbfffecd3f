"""Whether a note says what it shall: rubrics, the matcher, the note-quality table, and the writing of notes.

The matcher reads words, negations and numbers. It understands nothing, and its table says so.
"""

from heal_pipeline.evaluation.notes.quality import note_quality, score_notes
from heal_pipeline.evaluation.notes.writing import SECTIONS, write_note

__all__ = ["SECTIONS", "note_quality", "score_notes", "write_note"]
