"""Words of general English that are nobody's name, from installed packages and Python itself. Which words are names is told from outside.

Three sources: frequent words (wordfreq); rarer ones that behave as words do; what pictographs show (Unicode).
"""

import re
import unicodedata
from collections import defaultdict

LANGUAGES = ("de", "es", "fr", "it", "pl")
"""Languages whose texts name the same people, and use other words."""
SHARED = 0.2
"""A word belongs to another language too where it is this share of its English frequency there."""
MAX_SHARED = 1
"""Rarer words that belong to more of the languages are taken for names."""
_PICTURES = (range(0x2600, 0x27C0), range(0x1F300, 0x1FB00))
"""Unicode's blocks of pictographs: food, animals, tools, clothes, sports, faces."""
_FORMS = "ed ing ly ness able ation ful less ous ive ity ize ized ment ally ion ions er est".split()
"""Endings that words take, and names hardly ever."""
_ENDING = re.compile(r"(?<=...)(?:" + "|".join(sorted([*_FORMS, "s", "es"], key=lambda e: (-len(e), e))) + ")$")


def frequencies() -> dict[str, float]:
    """Word to its share of general English, where that is over one in a million. Names are among the words."""
    import wordfreq

    return wordfreq.get_frequency_dict("en", "small")


def words(names: set[str], places: set[str]) -> set[str]:
    """The words, lower-case.

    Args:
        names: single words that are names of people.
        places: whole names of places; they may be of several words.
    """
    frequent = {w for w in frequencies() if len(w) > 3 and w.isascii() and w.isalpha()}
    return (frequent | _rarer() | _pictured()) - names - places


def _rarer() -> set[str]:
    """Words down to one in a hundred million of which other forms are in use ("denser": "dense", "densely").

    A name has hardly any, and is met in texts of other languages about as often.
    """
    import wordfreq

    known = wordfreq.get_frequency_dict("en", "large")
    others = [wordfreq.get_frequency_dict(language, "large") for language in LANGUAGES]
    parted = {w: _parted(w) for w in known if len(w) > 3 and w.isascii() and w.isalpha()}
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for stem, ending in parted.values():
        if ending in _FORMS:
            forms[stem].add(ending)
    return {
        word
        for word, (stem, ending) in parted.items()
        if forms[stem] - {ending}
        and sum(other.get(word, 0.0) >= SHARED * known[word] for other in others) <= MAX_SHARED
    }


def _parted(word: str) -> tuple[str, str]:
    """What all forms of a word begin with, roughly, and the ending of this one: ("dens", "er"), ("grimac", "ing")."""
    match = _ENDING.search(word)
    stem, ending = (word[: match.start()], match.group()) if match else (word, "")
    if len(stem) > 3 and stem[-1] in ("eiy" if ending else "ey"):
        stem = stem[:-1]
    if len(stem) > 3 and stem[-1] == stem[-2]:
        stem = stem[:-1]
    return stem, ending


def _pictured() -> set[str]:
    """The words in the names of pictographs ("pretzel", "racquet")."""
    found = {w.lower() for block in _PICTURES for c in block for w in unicodedata.name(chr(c), "").split()}
    return {w for w in found if w.isalpha() and len(w) > 2}
