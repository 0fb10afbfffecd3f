"""The signals once more, a text at a time and in the plainest words: what the kernels must agree with on every text."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from functools import cache
from itertools import pairwise

from heal_pipeline import medical_terms
from heal_pipeline.filtering.kernels.boilerplate import PHRASES
from heal_pipeline.filtering.kernels.turns import ROLES
from heal_pipeline.filtering.kernels.vocabulary import FUNCTION_WORDS
from heal_pipeline.text.words import words

BULLETS = ("•", "‣", "▶", "◦", "■", "▪", "▫", "●", "–", "-", "*")
ELLIPSES = ("...", "…")
LINE_ENDS = (".", "!", "?", '"', "'", "”", "’", "…", "。", "！", "？")
STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
LETTER = re.compile(r"[^\W\d_]")
CONTINUATION = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
MOJIBAKE = re.compile(
    rf"\ufffd|[\u00c2-\u00df]{CONTINUATION}|[\u00e0-\u00ef]{CONTINUATION}{{2}}|[\u00f0-\u00f4]{CONTINUATION}{{3}}"
)
STAGE = r"(?i:(?:\w+ )?(?:laugh|applau|music|cheer|inaudible|indistinct|crosstalk|silence|sighs|chuckl))"
CAPTION_MARK = re.compile(rf"-->|:\d\d[.,:;]\d|♪|\[{STAGE}|\({STAGE}")


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def lines_of(text: str) -> list[str]:
    return [line for raw in text.split("\n") if (line := raw.strip())]


def share_of_lines(text: str, holds: Callable[[str], bool]) -> float:
    lines = lines_of(text)
    return share(sum(map(holds, lines)), len(lines))


def num_visible(text: str) -> int:
    return sum(not c.isspace() for c in text)


def count_of(text: str, *categories: str) -> int:
    """Characters of a category, of the basic plane alone."""
    import unicodedata

    return sum(c < "\U00010000" and unicodedata.category(c) in categories for c in text)


def symbols(text: str) -> float:
    return share(max(text.count("#"), sum(map(text.count, ELLIPSES))), len(text.split()))


def later_lines(text: str) -> list[str]:
    lines = lines_of(text)
    return [line for i, line in enumerate(lines) if line in lines[:i]]


def mojibake(text: str) -> float:
    return min(1.0, share(sum(map(len, MOJIBAKE.findall(text))), num_visible(text)))


def subtitle_lines(text: str) -> float:
    lines = lines_of(text)
    found = 0
    for line, following in zip(lines, [*lines, ""][1:], strict=True):
        breaks_off = len(line) <= 45 and following[:1].islower() and not line.endswith(LINE_ENDS)
        found += bool(breaks_off or line.startswith(">>") or CAPTION_MARK.search(line))
    return share(found, len(lines))


def top_ngram(text: str, n: int) -> float:
    found = words(text)
    counts = Counter(tuple(found[i : i + n]) for i in range(len(found) - n + 1))
    most = max(counts.values(), default=1)
    longest = max((len("".join(ngram)) for ngram, count in counts.items() if count == most), default=0)
    return min(1.0, most * longest / len("".join(found))) if most > 1 else 0.0


def duplicate_ngrams(text: str, n: int) -> float:
    found = words(text)
    seen: set[tuple[str, ...]] = set()
    covered: set[int] = set()
    for i in range(len(found) - n + 1):
        ngram = tuple(found[i : i + n])
        if ngram in seen:
            covered.update(range(i, i + n))
        seen.add(ngram)
    return share(sum(len(found[i]) for i in covered), len("".join(found)))


@cache
def identifier():  # type: ignore[no-untyped-def]
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def english(text: str) -> float:
    if len(text) > 3 * 128:
        last = len(text) - 128
        text = "\n".join(text[start : start + 128] for start in (0, last // 2, last))
    language, probability = identifier().classify(text)
    return probability if language == "en" else 0.0


def turns(text: str) -> tuple[float, float]:
    """(share of lines, changes)"""
    marks = []
    for line in lines_of(text):
        name = re.match(r"\[([^\W\d_][\w.'’ -]*)\]|([^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2}) ?:(?=\s|$)", line)
        if line.startswith(">>"):
            marks.append(">>")
        elif name and len(name[0].strip("[]:")) <= 30:
            marks.append((name[1] or name[2]).casefold())
    kept = [m for m in marks if m == ">>" or marks.count(m) > 1 or m.rstrip("0123456789. ") in ROLES]
    changes = sum(a != b or b == ">>" for a, b in pairwise(kept))
    return share(len(kept), len(lines_of(text))), changes


def boilerplate(text: str) -> float:
    phrases = [f" {' '.join(words(phrase))} " for phrase in PHRASES]
    held = [line for line in lines_of(text) if any(p in f" {' '.join(words(line))} " for p in phrases)]
    return share(len("".join(held)), len("".join(lines_of(text))))


def share_of_words(text: str, listed: Collection[str]) -> float:
    return share(sum(word in listed for word in words(text)), len(words(text)))


REFERENCE: dict[str, Callable[[str], float]] = {
    "chars_v1": len,
    "gopher_words_v1": lambda t: len(t.split()),
    "gopher_word_length_v1": lambda t: share(sum(map(len, t.split())), len(t.split())),
    "gopher_symbols_v1": symbols,
    "gopher_bullet_lines_v1": lambda t: share_of_lines(t, lambda line: line.startswith(BULLETS)),
    "gopher_ellipsis_lines_v1": lambda t: share_of_lines(t, lambda line: line.endswith(ELLIPSES)),
    "gopher_alpha_words_v1": lambda t: share(sum(bool(LETTER.search(w)) for w in t.split()), len(t.split())),
    "gopher_stop_words_v1": lambda t: len(STOP_WORDS.intersection(words(t))),
    "gopher_duplicate_lines_v1": lambda t: share(len(later_lines(t)), len(lines_of(t))),
    "gopher_duplicate_line_chars_v1": lambda t: share(len("".join(later_lines(t))), len("".join(lines_of(t)))),
    **{f"gopher_top_{n}gram_v1": lambda t, n=n: top_ngram(t, n) for n in (2, 3, 4)},
    **{f"gopher_duplicate_{n}gram_v1": lambda t, n=n: duplicate_ngrams(t, n) for n in (5, 6, 7, 8, 9, 10)},
    "c4_lorem_ipsum_v1": lambda t: "lorem ipsum" in t.lower(),
    "c4_curly_brackets_v1": lambda t: share(t.count("{") + t.count("}"), len(t.split())),
    "c4_line_ends_v1": lambda t: share_of_lines(t, lambda line: line.endswith(LINE_ENDS)),
    "fineweb_short_lines_v1": lambda t: share_of_lines(t, lambda line: len(line) <= 30),
    "digits_v1": lambda t: share(count_of(t, "Nd"), num_visible(t)),
    "uppercase_v1": lambda t: share(count_of(t, "Lu", "Lt"), count_of(t, "Lu", "Lt", "Ll")),
    "english_v1": english,
    "mojibake_v1": mojibake,
    "subtitle_lines_v1": subtitle_lines,
    "turn_lines_v1": lambda t: turns(t)[0],
    "turns_v1": lambda t: turns(t)[1],
    "title_words_v1": lambda t: share(sum(count_of(w[0], "Lu", "Lt") for w in t.split()), len(t.split())),
    "function_words_v1": lambda t: share_of_words(t, FUNCTION_WORDS),
    "unique_words_v1": lambda t: len(set(words(t))),
    "medical_words_v1": lambda t: share_of_words(t, medical_terms.words()),
    "boilerplate_v1": boilerplate,
}
