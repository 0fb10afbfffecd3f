"""How speech is transcribed: hesitations, repeats and back-channels of the speakers, mistakes and habits of the transcriber.

What is inserted stands before little words alone, and what is misheard are little words alone, so that no term, dose or name
is taken apart: what was said remains what the note may be judged by.
"""

import re
from dataclasses import dataclass

from heal_pipeline.sources.clinic.grammar import Writer, capitalise
from heal_pipeline.sources.clinic.marking import MARKS

FILLERS = ("um,", "uh,", "you know,", "I mean,", "like,", "uh", "um")
BACK_CHANNELS = ("mm-hmm.", "okay.", "right.", "sure.", "got it.", "uh-huh.", "yeah.", "I see.", "alright.", "hmm.")
REPEATS = ("- ", ", ", " ")
MISHEARD = {
    "there's": "theirs", "it's": "its", "your": "you're", "you're": "your", "then": "than", "know": "no", "let's": "lets",
    "we'll": "well", "I've": "I", "because": "cause", "going to": "gonna", "want to": "wanna", "that's": "thats",
}  # fmt: skip

_PAUSE = re.compile(r"(?:^|(?<=[,.?!] ))(?=\w)|(?<= )(?=(?:but|because|it's|that's)\b)")
_MISHEARD = re.compile(r"\b(?:" + "|".join(MISHEARD) + r")\b")
_REPEATED = re.compile(r"\b(?:I|I'm|I've|I'd|I'll|it's|we|we'll|they)\b(?= )")
_NOT_SPOKEN = re.compile(rf"[^\w\s'%./@+()\-{MARKS}]|[.](?=\s|$)")


@dataclass(frozen=True)
class Manner:
    """How a visit is spoken and transcribed. The rates are chances a place.

    Attributes:
        recognised: a speech recogniser's output: no capitals, no punctuation.
    """

    fillers: float
    repeats: float
    back_channels: float
    misheard: float
    recognised: bool


def manner(w: Writer) -> Manner:
    """Some visits are transcribed word by word, some cleaned up, one in eight by a machine."""
    verbatim = w.pick((0.0, 0.5, 1.0, 1.6))
    return Manner(0.08 * verbatim, 0.02 * verbatim, 0.05 * verbatim, w.pick((0.0, 0.0, 0.03, 0.06)), w.chance(0.12))


def spoken(w: Writer, text: str, how: Manner, hesitant: bool) -> str:
    """One turn as it is transcribed.

    Args:
        hesitant: whether the speaker is the patient, who hesitates more.
    """
    rate = how.fillers * (1.4 if hesitant else 0.7)
    if rate:
        text = _PAUSE.sub(lambda _: f"{w.pick(FILLERS)} " if w.chance(rate) else "", text)
        text = _REPEATED.sub(lambda m: m[0] + (w.pick(REPEATS) + m[0] if w.chance(how.repeats) else ""), text)
    if how.misheard:
        text = _MISHEARD.sub(lambda m: MISHEARD[m[0]] if w.chance(how.misheard) else m[0], text)
    return _sentences(text)


def recognised(text: str) -> str:
    """What a speech recogniser without punctuation makes of a turn: it keeps numbers, and the capitals of names are lost."""
    return re.sub(r" {2,}", " ", _NOT_SPOKEN.sub("", text)).strip().lower()


_START = re.compile(rf"(?:^|(?<=[.?!] ))[{MARKS}\"']*[a-z]")


def _sentences(text: str) -> str:
    """A capital at the beginning of each sentence."""
    return _START.sub(lambda m: m[0].upper() if len(m[0]) == 1 else capitalise(m[0]), text)
