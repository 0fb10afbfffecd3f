"""Signals of spoken text: lines as captions break them, and the turns of speakers, which `turns` finds."""

import re

import numpy as np

from heal_pipeline.filtering.kernels.batch import SPACE, TextBatch

CAPTION_LINE_CHARS = 45

_STAGE = r"(?i:(?:\w+ )?(?:laugh|applau|music|cheer|inaudible|indistinct|crosstalk|silence|sighs|chuckl))"
_TIME_OR_STAGE = re.compile(rf":\d\d[.,:;]\d|[\[(]{_STAGE}")


def subtitle_lines(batch: TextBatch) -> np.ndarray:
    """Share of lines as captions have them: a time code, a stage mark, a change of speakers (">>"), or a short line that breaks
    off within a sentence, that is one of at most 45 characters that ends none and whose next begins with a small letter."""
    opens_small = np.strings.islower(batch.codes[batch.line_starts].view("U1"))
    goes_on = np.append(opens_small[1:], False) & np.append(batch.text_of_line[1:] == batch.text_of_line[:-1], False)
    found = (batch.line_sizes <= CAPTION_LINE_CHARS) & goes_on & ~batch.line_closed
    found |= _changes_speaker(batch)
    found[batch.line_of(_caption_marks(batch))] = True
    return batch.share_of_lines(found)


def _changes_speaker(batch: TextBatch) -> np.ndarray:
    """bool[num_lines]: whether it begins with ">>"."""
    opens = batch.codes == ord(">")
    return opens[batch.line_starts] & opens[batch.line_starts + 1]


def _caption_marks(batch: TextBatch) -> np.ndarray:
    """int64[num_marks]: positions of time codes, arrows between them, notes and stage marks. None of them reaches over a line."""
    codes = batch.codes
    arrows = batch.find(">")
    arrows = arrows[(codes[arrows - 1] == ord("-")) & (codes[arrows - 2] == ord("-"))]
    opening = np.flatnonzero((codes == ord(":")) | (codes == ord("[")) | (codes == ord("(")))
    opening = opening[(batch.classes[opening + 1] & SPACE) == 0]
    marks = [at for at in opening.tolist() if _TIME_OR_STAGE.match(batch.joined, at)]
    return np.concatenate([arrows, batch.find("♪"), np.array(marks, dtype=np.int64)])


def turn_lines(batch: TextBatch) -> np.ndarray:
    """Share of lines that begin with a speaker's mark, the shape of a conversation."""
    return batch.share_of_lines(batch.turns.marked)


def turns(batch: TextBatch) -> np.ndarray:
    """How often the speaker changes."""
    return batch.turns.changes
