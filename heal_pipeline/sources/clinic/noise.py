"""What a crawl brings beside text: junk of many kinds, boilerplate around pages, captions, and edited copies."""

from collections.abc import Callable

from heal_pipeline.sources.clinic.grammar import Writer, capitalise, entries
from heal_pipeline.text.words import words

NEAR = 0.83
"""Edited copies keep at least this word-5-gram Jaccard similarity with what they copy: above the usual threshold of 0.8."""

MENU = (
    "Home", "About us", "Contact", "Sitemap", "Log in", "Sign up", "My account", "Cart (0)", "Search", "Privacy", "Terms of use", "Careers",
    "Press", "Newsletter", "Help center", "Shipping", "Returns", "Gift cards", "Stores", "Blog", "Forum", "Downloads", "English", "Deutsch",
    "Next page", "Previous", "Print", "Share", "Tweet", "Like", "RSS", "Archive", "Tags", "More", "Back to top", "Read more", "Show all",
)  # fmt: skip
SHOP_WORDS = (
    "cheap discount sale online best price buy shoes watches handbags free shipping outlet brand replica coupon deal offer order phone cases "
    "tickets hotel loans casino bonus slots poker diet pills vitamins seo ranking backlinks traffic"
).split()
SYMBOLS = "#@*~^|<>=+%$&_/\\"
LOREM = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua enim ad minim veniam quis nostrud".split()
COOKIE = entries("""
    We use cookies to [improve|personalize] [your experience|this site]. By [continuing|clicking accept] you agree to our [privacy policy|terms].
    This site uses cookies. [Accept all|Manage settings|Learn more]
    [Subscribe|Sign up] to our newsletter and [never miss a post|get ten percent off].""")
FOOTER = entries("""
    Copyright {year}. All rights reserved. [No part may be reproduced without permission.|Terms apply.]
    [Share this page with your friends.|Follow us for more.|Was this page helpful?] [Leave a comment below.|Print this page.]
    [Posted|Filed] under: [general|news|tips|health]. [Comments are closed.|No comments yet.]""")
SYNONYMS = {
    "small": "little", "often": "frequently", "begin": "start", "big": "large", "quickly": "fast", "may": "can", "about": "around",
    "also": "too", "many": "numerous", "people": "persons", "mostly": "mainly", "because": "since", "usually": "normally", "old": "ancient",
    "found": "discovered", "known": "famous", "help": "aid", "doctor": "physician", "such": "so", "more": "extra", "needs": "requires",
    "first": "initial", "with": "using", "most": "nearly all", "made": "produced", "cause": "reason", "last": "final", "reports": "notes",
    "denies": "no", "takes": "uses", "okay": "ok", "yeah": "yes", "patient": "pt", "daily": "every day", "start": "begin", "order": "get",
}  # fmt: skip
STAGE = ("[music]", "[applause]", "[laughter]", "(inaudible)", "[crosstalk]", "♪")


def symbol_soup(w: Writer, text: str) -> str:
    """Signs, numbers and torn words."""
    parts = []
    for word in text.split()[:90]:
        run = "".join(w.pick(SYMBOLS) for _ in range(w.between(1, 6)))
        parts.append(w.pick((run, run, f"{run}{word[:3]}", str(w.between(0, 9999)), f"#{word[:4]}")))
    return " ".join(parts)


def repeated_lines(w: Writer, text: str) -> str:
    """One sentence over and over."""
    line = text.replace("\n", " ").split(". ")[w.between(0, 1)].strip(".") + "."
    return "\n".join([line] * w.between(12, 30))


def menu(w: Writer, text: str) -> str:
    """The links of a page without its text."""
    return "\n".join(w.pick(("", "- ", "» ")) + item for item in w.some(MENU, w.between(22, 34)))


def mojibake(w: Writer, text: str) -> str:
    """A text with accents that was written as UTF-8 and read as Windows-1252."""
    accents = {"a": "ä", "e": "é", "o": "ö", "u": "ü", "n": "ñ", "c": "ç", "'": "’"}
    accented = "".join(accents.get(c, c) if w.chance(0.45) else c for c in text)
    return accented.encode("utf-8").decode("cp1252", "replace")


def lorem(w: Writer, text: str) -> str:
    """Placeholder text of a template that nobody filled."""
    sentences = ["Lorem ipsum dolor sit amet."]
    sentences += [capitalise(" ".join(w.some(LOREM, w.between(6, 12)))) + "." for _ in range(w.between(7, 12))]
    return " ".join(sentences)


def shouting(w: Writer, text: str) -> str:
    """An advertisement in capitals."""
    return text.upper().replace(".", "!!!")


def figures(w: Writer, text: str) -> str:
    """A table of numbers."""
    rows = [" ".join(str(w.between(1, 99999)) for _ in range(6)) for _ in range(w.between(12, 20))]
    return "\n".join(f"{w.pick(text.split())[:6]} {row}" for row in rows)


def stub(w: Writer, text: str) -> str:
    """A page with hardly a sentence."""
    return " ".join(text.split()[: w.between(6, 30)]) + "."


def code(w: Writer, text: str) -> str:
    """A script that was taken for text."""
    names = [word.strip(".,").lower() for word in text.split()[:60]]
    lines = [
        f"function {w.pick(names)}({w.pick(names)}) {{ if ({w.pick(names)}) {{ return {{}}; }} }}"
        for _ in range(w.between(12, 20))
    ]
    return "\n".join(lines)


def teasers(w: Writer, text: str) -> str:
    """The first words of many pages, all cut off."""
    tokens = text.split()
    starts = [w.between(0, max(0, len(tokens) - 12)) for _ in range(w.between(10, 16))]
    return "\n".join(" ".join(tokens[s : s + w.between(6, 11)]) + "..." for s in starts)


def keywords(w: Writer, text: str) -> str:
    """Words for search engines, without a sentence."""
    return ", ".join(f"{w.pick(SHOP_WORDS)} {w.pick(SHOP_WORDS)}" for _ in range(w.between(60, 110)))


JUNK: dict[str, Callable[[Writer, str], str]] = {
    "symbols": symbol_soup,
    "repeated lines": repeated_lines,
    "menu": menu,
    "mojibake": mojibake,
    "placeholder": lorem,
    "capitals": shouting,
    "figures": figures,
    "stub": stub,
    "code": code,
    "teasers": teasers,
    "keywords": keywords,
}
"""Kinds of junk. Each takes a page's text, so that no two are alike."""


def boilerplate(w: Writer, text: str) -> str:
    """A page as a crawler finds it: with its menu, its notice on cookies and its footer."""
    head = " | ".join(w.some(MENU, w.between(4, 7)))
    foot = w.say(w.pick(FOOTER), year=str(w.between(2012, 2025)))
    return "\n\n".join(filter(None, (head, w.one(COOKIE) if w.chance(0.6) else "", text, foot)))


def captions(w: Writer, text: str) -> str:
    """A talk as captions: short lines broken within sentences, time codes, stage marks."""
    tokens = text.replace("\n", " ").lower().replace(".", "").split()
    style, second, lines = w.between(0, 2), w.between(0, 40), []
    while tokens:
        size = w.between(3, 6)
        line, tokens = " ".join(tokens[:size]), tokens[size:]
        if style == 0:
            lines.append(
                f"00:{second // 60 % 60:02d}:{second % 60:02d},{w.between(0, 999):03d} --> 00:{(second + 3) // 60 % 60:02d}:{(second + 3) % 60:02d},000"
            )
        if w.chance(0.08):
            lines.append(w.pick(STAGE))
        lines.append(f">> {line}" if style == 1 and w.chance(0.6) else line)
        second += w.between(2, 4)
    return "\n".join(lines)


def five_grams(text: str) -> set[tuple[str, ...]]:
    """The distinct runs of five words; a shorter text is one run."""
    found = words(text)
    return {tuple(found[i : i + 5]) for i in range(max(1, len(found) - 4))} if found else set()


def jaccard(a: str, b: str) -> float:
    """Word-5-gram Jaccard similarity in [0, 1]; 0 where a text has no word."""
    first, second = five_grams(a), five_grams(b)
    return len(first & second) / len(first | second) if first and second else 0.0


def near_copy(w: Writer, text: str, extra: str = "") -> str:
    """The text with some edits: other words, a sentence less, a line more. Numbers stay.

    Args:
        extra: a line that may be put below it.

    Returns:
        A text that differs, at a similarity of at least NEAR; the text itself with a full stop more where none can be found.
    """
    copy = text
    for _ in range(w.between(2, 6)):
        tokens = copy.split(" ")
        places = [i for i, token in enumerate(tokens) if token.lower() in SYNONYMS]
        if not places:
            break
        place = w.pick(places)
        tokens[place] = SYNONYMS[tokens[place].lower()]
        copy = _near(text, " ".join(tokens), copy)
    if extra and w.chance(0.7):
        copy = _near(text, f"{copy}\n\n{extra}", copy)
    return copy if copy != text else f"{text}\n."


def _near(text: str, candidate: str, otherwise: str) -> str:
    return candidate if jaccard(text, candidate) >= NEAR else otherwise
