"""People that what stands before them tells, in any case of letters: titles, greetings, introductions, relatives.

Speech recognisers write no capitals, so that a list of names alone would take "hope" and "grace" wherever they stand.
"""

import re
from collections.abc import Iterator

from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.matching import Span

_SHORT_TITLE, _LONG_TITLE = (
    r"(?:dr|mrs?|ms|prof|rev|sgt|lt|capt)",
    r"(?:miss|doctor|professor|nurse|reverend|judge|officer|captain|attending|surgeon)",
)
_TITLE = rf"(?:{_SHORT_TITLE}|{_LONG_TITLE})"
TITLED = rf"(?:{_SHORT_TITLE}\s?\.?|{_LONG_TITLE})\s"
"""A title before a name. A sentence may end with a long one."""
_LONG_TITLED = re.compile(rf"{_LONG_TITLE}\s$", re.IGNORECASE)
_HEADED = re.compile(r"(?<!\w)(?i:patient|pt|client)\s?:\s?([A-Z][\w'-]+),?[ ]([A-Z][\w'-]+)")
"""The name in the head of a form, or how somebody's turn in a talk begins."""
_COMPOUND = re.compile(r"(?<![\w-])([A-Z][a-z]{1,9})-([a-z]{2,5})(?![\w-])")
"""A first name of two parts of which one has no capital: "Joon-ho"."""
_LOWER_TITLE = re.compile(rf"(?<!\w){TITLED}([a-z][a-z'-]{{2,30}})(?:\s([a-z][a-z'-]{{2,30}}))?", re.IGNORECASE)
AFTER_TITLES = frozenset("said says saw see told asked called will may can did has had is was".split())
"""What doctors and nurses do, which some people are called."""
_RELATED = re.compile(
    r"(?<!\w)(?:my|his|her|their|your) (?:wife|husband|mother|father|mom|dad|mum|son|daughter|sister|brother|aunt|uncle|cousin|niece|nephew|friend|partner|grandmother|grandfather|neighbor|boss|girlfriend|boyfriend),? ([a-z]{3,20})(?=\s?[,.?!\n]|'s\b| (?:and|is|was|has|had|who|said|says|came|called|in|at)\b|$)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?<!\w)(?:this is|i'm|i am|it's) ([a-z]{3,20})(?= (?:calling|speaking|from)\b|\s?, (?:the|your|his|her|from)\b)",
    re.IGNORECASE,
)
_GREETED = re.compile(
    rf"(?<!\w)(?:hi|hello|hey|good (?:morning|afternoon|evening)|bye|thanks|thank you)\s?,?\s(?!{_TITLE}\b)([a-z]{{3,20}})(?=\s?[,.?!\n]|$)",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"(?<!\w)(?:my|his|her|their|your)(?: (?:first|last|full|maiden|middle))? name(?:'s| is| was)\s([a-z][a-z'-]{1,30})(?:\s([a-z][a-z'-]{1,30}))?",
    re.IGNORECASE,
)
_NAMES_TOO = frozenset(("will", "may"))
"""Very common words that are names of many all the same."""


def goes_on(text: str, start: int, end: int) -> bool:
    """Whether what follows a long title in capitals is what somebody does, and no name: "THE NURSE WILL PHONE"."""
    word = text[start:end].partition(" ")[0]
    return (
        word.isupper()
        and word.lower() in AFTER_TITLES
        and _LONG_TITLED.search(text, max(0, start - 12), start) is not None
    )


def people(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Spans of names. They may overlap.

    Args:
        text: a folded text.
        lexicon: says which words are no names ("doctor said").
    """
    for expression in (_GREETED, _RELATED, _NAMED):
        for match in expression.finditer(text):
            word = match.group(1).lower()
            is_said = expression is not _GREETED and lexicon.very_common(word)  # "my son will"
            if word in lexicon.first_set and not lexicon.protected(word) and not is_said:
                yield *match.span(1), "PERSON", 0.85
    for match in _INTRODUCED.finditer(text):
        for group, frequent in ((1, (1,)), (2, (1, 2))):
            word = (match.group(group) or "").lower()
            is_word = lexicon.common.get(word) in frequent and lexicon.protected(word)
            if not word or (is_word and word not in _NAMES_TOO):
                break
            yield *match.span(group), "PERSON", 0.85
    for match in _HEADED.finditer(text):
        words = [word.lower() for word in match.groups()]
        listed = any(w in lexicon.first_set and not lexicon.protected(w) for w in words)
        if listed and not any(map(lexicon.very_common, words)):
            yield match.start(1), match.end(2), "PERSON", 0.9
    for match in _COMPOUND.finditer(text):
        parts = [part.lower() for part in match.groups()]
        if parts[0] not in lexicon.common and any(p in lexicon.first_set or p in lexicon.last_set for p in parts):
            yield *match.span(), "PERSON", 0.8
    for match in _LOWER_TITLE.finditer(text):
        for group in (1, 2):
            word = (match.group(group) or "").lower().removesuffix("'s")
            if not word or word in AFTER_TITLES or lexicon.protected(word):
                break
            yield *match.span(group), "PERSON", 0.9
