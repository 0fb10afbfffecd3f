"""Sentences of clinical and general text, as character offsets that cover the whole text.

A rule looks at each place where a sentence might end: a full stop, a question or exclamation mark, a line end, a speaker's
label. What the mark closes (an abbreviation, an initial, the number of a list, nothing) and what follows it decide.
"""

import re

_NEVER_LAST = frozenset(
    "dr mr mrs ms mx prof rev hon sgt capt col gen mt vs approx ca cf e.g i.e viz al ed eds ddx s/p c/o r/o h/o w/o st".split()
)
"""Abbreviations that something always follows: "Dr. Lee", "vs. placebo"."""
_BEFORE_NUMBERS = frozenset("no nos vol p pp fig figs eq eqs ref refs dept".split())
"""Words that are abbreviations where a number follows, as in "No. 5"; "He said no." ends."""
_UNITS = frozenset(["in"])
"""Words that are abbreviations where a number stands before them, as in "6 in. tall"; "He came in." ends."""
_BEFORE_NAMES = frozenset("u.s u.k pt pts ft lt rt wt ht vit hep abd cont".split())
"""Abbreviations before names and findings, "U.S. Army", "Rt. Knee": they end where a word that opens sentences follows."""
_FIRST_WORD = re.compile(
    "(?:He|She|It|We|I|You|They|There|The|This|That|These|His|Her|My|Our|Their|An?|Some|Many|No|Nil|In|On|At|As|For|Since|"
    r"After|During|While|When|If|And|But)\b"
)
_MAYBE_LAST = frozenset(
    "mg mcg g kg ml l dl cc cm mm iu meq mmol kcal lb lbs oz tab tabs cap caps sec secs min mins hr hrs wk wks mo mos yr yrs "
    "temp resp neg pos hx dx tx rx sx fx "
    "p.o p.r.n i.v i.m s.c b.i.d t.i.d q.i.d q.d q.h q.h.s h.s a.c p.c a.m p.m etc inc ltd co corp jr sr ph.d m.d r.n "
    "d.o n.p p.a b.s jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun".split()
)
"""Abbreviations that may close a sentence: they do where a capital letter follows."""
_SPEAKER = "doctor|patient|nurse|guest|family|clinician|physician|interviewer|therapist|mother|father"
_TURN = rf"(?i:\[(?:{_SPEAKER}|patient_guest|speaker[ _]?\w{{0,3}})\]|(?:{_SPEAKER}|dr|pt|speaker \w)\s?:\s)"
_CANDIDATE = re.compile(
    rf"[.!?\n ](?:(?<=\n)\s*|(?<=[.!?])(?<![.!?]{{2}})[.!?]*+[\"')\]]*+(?P<gap>\s+|(?=[A-Z][a-z]{{2}}))|(?<= )(?={_TURN}))"
)
"""Begins with what ends a sentence. One set of first characters: the search then skips everything else. Signs in a row are
read once."""
_LAST_WORD = re.compile(r"\w(?:[\w/'’]|\.(?=\w))*$")
_BEFORE_GUESSES = ":/,;(-"
_ACRONYM = re.compile(r"[A-Z]{2}")
_LIST_NUMBER = re.compile(r"\s*(?:\(?\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})$")
_WRAPPED_LINE = (50, 130)
"""Characters of a line that was broken because it was full."""
_MAX_RUN = 400
"""Characters without any end, after which speech without punctuation is cut before a word that opens a clause."""
_MIN_CLAUSE = 80
_OPENER = re.compile(
    r"\s(?=(?:okay|ok|alright|all right|so|and then|and so|but|because|now|well|yeah|yes|no|um|uh|i mean|you know|also|let's)\s)"
)
_PUNCTUATION = re.compile(r"[,;:.!?()]")
_LOOK_BACK = 24


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open character spans of the sentences: in order, without gaps, covering the whole text.

    A line end ends a sentence (headings, bullets, speakers' turns) unless a full line goes on in lower case; so does a
    speaker's label inside a line. A full stop ends one unless it closes an abbreviation, an initial, or the number of a
    list, and a question mark unless it opens a guess. Speech without punctuation is cut where clauses open. Blanks belong to
    the sentence before them.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _CANDIDATE.finditer(text):
        end = match.end()
        if end <= start or not _ends(text, start, match):
            continue
        if not text[start:end].isspace():
            _add(spans, text, start, end)
        elif spans:
            spans[-1] = (spans[-1][0], end)
        else:
            continue  # blanks at the beginning belong to the first sentence
        start = end
    if start < len(text):
        if spans and text[start:].isspace():
            spans[-1] = (spans[-1][0], len(text))
        else:
            _add(spans, text, start, len(text))
    return spans


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a sentence that began at `start` ends at a place where it might."""
    first, found = text[match.start()], match.group()
    if first == "\n":
        return not _is_wrapped(text, match.start(), match.end())
    if "\n" in found:
        return True
    return _stop_ends(text, start, match) if first == "." else first != "?" or _asks(text, start, match)


def _asks(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a question mark closes a question: in "Imp: ? UTI", "LASIK, ?kidney stones" and "ambulance called ?? MI" it opens
    a guess, and in "How are you ? Fine." it does not."""
    at = match.start()
    if at > start and not (text[at - 1].isspace() or text[at - 1] in _BEFORE_GUESSES):
        return True
    clause = text[max(start, at - _LOOK_BACK) : at].rstrip()
    if not clause or clause[-1] in _BEFORE_GUESSES:
        return False
    return match["gap"] != "" and not _ACRONYM.match(text, match.end())


def _stop_ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether full stops inside a line end a sentence."""
    at, following = match.start(), text[match.end() : match.end() + 1]
    if text[at + 1] == ".":
        return not following.islower()
    last = _LAST_WORD.search(text, max(start, at - _LOOK_BACK), at)
    word = last.group().lower() if last else ""
    if match["gap"] == "":  # "no fever.Continue": a blank is missing; "Node.js", "q.d.Then" and addresses are not meant
        return len(word) > 2 and word.isalpha() and word not in _NEVER_LAST and word not in _BEFORE_NAMES
    if word in _NEVER_LAST or _LIST_NUMBER.fullmatch(text, start, at):
        return False
    if word in _BEFORE_NUMBERS:
        return not following.isdigit()
    if word in _BEFORE_NAMES:
        return bool(_FIRST_WORD.match(text, match.end()))
    if len(word) == 1 and word.isalpha():
        return _letter_ends(text[max(start, at - _LOOK_BACK) : at - 1], following)
    if word in _MAYBE_LAST or "." in word or _is_unit(word, text[max(start, at - _LOOK_BACK) : at]):
        return following.isupper()
    if word.isdigit():
        return not (following.isdigit() or following.islower())
    return True


def _is_unit(word: str, before: str) -> bool:
    """Whether a word that ends `before` is a unit, since a number stands in front of it."""
    return word in _UNITS and before[: -len(word)].rstrip()[-1:].isdigit()


def _letter_ends(before: str, following: str) -> bool:
    """Whether "C." ends a sentence: in "hepatitis C. He", and not in "Mary C. Lee" or "J. Lee"."""
    previous = before.split()[-1:] or [""]
    return following.isupper() and previous[0][:1].islower()


def _is_wrapped(text: str, start: int, end: int) -> bool:
    """Whether a line end is none of the writer's: a full line that goes on in lower case in the next."""
    if not text[end : end + 1].islower() or text.count("\n", start, end) != 1:
        return False
    length = start - (text.rfind("\n", 0, start) + 1)
    return _WRAPPED_LINE[0] <= length <= _WRAPPED_LINE[1] and text[start - 1] not in ":;"


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Adds a sentence; a long one without any punctuation is speech, and is cut where clauses open."""
    if end - start > _MAX_RUN and not _PUNCTUATION.search(text, start, end - _MIN_CLAUSE):
        for opener in _OPENER.finditer(text, start, end):
            if opener.end() - start >= _MIN_CLAUSE and end - opener.end() >= _MIN_CLAUSE:
                spans.append((start, opener.end()))
                start = opener.end()
    spans.append((start, end))
