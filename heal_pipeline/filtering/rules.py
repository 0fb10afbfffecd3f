"""Rules: which documents are dropped, as data. A rule compares one signal with one number and gives its reason.

Thresholds are those of the papers (Gopher = Rae et al. 2021; C4 = Raffel et al. 2020; FineWeb = Penedo et al. 2024) unless the
rule's comment says why not. Web rules judge running text of public sources alone: a dialogue, a template or a note is short,
broken and repetitive by nature, and only the general rules judge it.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from heal_pipeline.errors import ProfileError
from heal_pipeline.filtering.signals import SIGNALS
from heal_pipeline.profile import Group, Kind, Rule

PUBLIC_GROUPS: list[Group] = ["non_medical_public", "medical_public"]
RUNNING_TEXT: list[Kind] = ["text", "article"]
CRAWLED_TEXT: list[Kind] = ["text"]

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _web(name: str, column: str, sign: str, value: float, reason: str, kinds: Sequence[Kind] = RUNNING_TEXT) -> Rule:
    return Rule(
        name=name,
        column=column,
        operator=sign,  # type: ignore[arg-type]
        value=value,
        reason=reason,
        groups=PUBLIC_GROUPS,
        kinds=list(kinds),
    )


GENERAL_RULES = [
    Rule(name="too_short", column="chars_v1", operator="<", value=4, reason="Says nothing: fewer than four characters"),
    Rule(name="mojibake", column="mojibake_v1", operator=">", value=0.05, reason="Read in the wrong encoding"),
]

WEB_RULES = [
    _web("not_english", "english_v1", "<", 0.5, "Not English, more likely than not"),
    _web("subtitles", "subtitle_lines_v1", ">", 0.5, "Captions: lines broken off within sentences, stage marks"),
    _web("few_words", "gopher_words_v1", "<", 50, "Gopher: fewer than 50 words"),
    # Gopher's upper bound of 100,000 words is left out: it is there against broken pages, and would drop books.
    _web("words_too_short", "gopher_word_length_v1", "<", 3, "Gopher: mean word length below 3"),
    _web("words_too_long", "gopher_word_length_v1", ">", 10, "Gopher: mean word length above 10"),
    _web("symbols", "gopher_symbols_v1", ">", 0.1, "Gopher: more than one hash or ellipsis in ten words"),
    _web("bullets", "gopher_bullet_lines_v1", ">", 0.9, "Gopher: nearly all lines are bullets"),
    _web("ellipses", "gopher_ellipsis_lines_v1", ">", 0.3, "Gopher: many lines are cut off"),
    _web("not_words", "gopher_alpha_words_v1", "<", 0.8, "Gopher: a fifth of the words have no letter"),
    _web("no_stop_words", "gopher_stop_words_v1", "<", 2, "Gopher: not running English text"),
    _web("lorem_ipsum", "c4_lorem_ipsum_v1", ">", 0, "C4: placeholder text"),
    # C4 drops a page with one curly bracket. Pages that explain something with a line of code are worth keeping.
    _web("code", "c4_curly_brackets_v1", ">", 0.1, "C4, loosened: more than one curly bracket in ten words"),
    _web("short_lines", "fineweb_short_lines_v1", ">=", 0.67, "FineWeb: two thirds of the lines are short"),
    _web("duplicate_lines", "gopher_duplicate_lines_v1", ">", 0.3, "Gopher: lines repeat"),
    _web("duplicate_line_chars", "gopher_duplicate_line_chars_v1", ">=", 0.1, "FineWeb: a tenth is in repeated lines"),
    # Articles are edited text in which long terms repeat: these rules would drop cancer pages and abstracts.
    _web("top_2gram", "gopher_top_2gram_v1", ">", 0.20, "Gopher: one run of 2 words fills the text", CRAWLED_TEXT),
    _web("top_3gram", "gopher_top_3gram_v1", ">", 0.18, "Gopher: one run of 3 words fills the text", CRAWLED_TEXT),
    _web("top_4gram", "gopher_top_4gram_v1", ">", 0.16, "Gopher: one run of 4 words fills the text", CRAWLED_TEXT),
    _web("duplicate_5gram", "gopher_duplicate_5gram_v1", ">", 0.15, "Gopher: runs of 5 words repeat", CRAWLED_TEXT),
    _web("duplicate_6gram", "gopher_duplicate_6gram_v1", ">", 0.14, "Gopher: runs of 6 words repeat", CRAWLED_TEXT),
    _web("duplicate_7gram", "gopher_duplicate_7gram_v1", ">", 0.13, "Gopher: runs of 7 words repeat", CRAWLED_TEXT),
    _web("duplicate_8gram", "gopher_duplicate_8gram_v1", ">", 0.12, "Gopher: runs of 8 words repeat", CRAWLED_TEXT),
    _web("duplicate_9gram", "gopher_duplicate_9gram_v1", ">", 0.11, "Gopher: runs of 9 words repeat", CRAWLED_TEXT),
    _web("duplicate_10gram", "gopher_duplicate_10gram_v1", ">", 0.10, "Gopher: runs of 10 words repeat", CRAWLED_TEXT),
    _web("digits", "digits_v1", ">", 0.3, "Tables of numbers"),
    _web("capitals", "uppercase_v1", ">", 0.5, "Mostly capitals"),
    # Crawled pages alone: articles come edited. The bound keeps 96 % of edited texts and drops nine tenths of junk
    # (docs/filtering.md). FineWeb's rule on lines that end sentences is part of the score; by itself it drops prose whose lines are
    # broken anywhere.
    _web("not_prose", "prose_v1", "<", -0.15, "Menus, listings or fragments rather than prose", CRAWLED_TEXT),
]

BUILT_IN_RULES = [*GENERAL_RULES, *WEB_RULES]


@dataclass(frozen=True)
class Decisions:
    """What rules say of documents, one entry a document.

    Attributes:
        rule: the first rule that holds, in the order of the rules; "" where none does and the document stays.
        value, threshold: what that rule compared; NaN where the document stays.
        failing: for each rule, how many documents it holds for, whichever rule came first.
    """

    rule: np.ndarray
    value: np.ndarray
    threshold: np.ndarray
    failing: dict[str, int]


def check_rules(rules: Sequence[Rule]) -> None:
    """Raises ProfileError where a rule names a signal that there is not, or where two rules share a name."""
    for rule in rules:
        if rule.column not in SIGNALS:
            raise ProfileError(
                f"the rule {rule.name!r} compares {rule.column!r}, which is no signal: give one of {', '.join(SIGNALS)}"
            )
    names = [r.name for r in rules]
    if repeated := sorted({n for n in names if names.count(n) > 1}):
        raise ProfileError(f"rule names repeat: {', '.join(repeated)}; give each rule its own name")


def decide(rules: Sequence[Rule], columns: dict[str, np.ndarray], group: Group, kinds: Sequence[str]) -> Decisions:
    """Applies rules to measured documents.

    Args:
        rules: in the order in which they are asked.
        columns: float64[num_documents] for each signal.
        group: the group of the documents' source.
        kinds: each document's kind.
    """
    num = len(kinds)
    decisions = Decisions(np.full(num, "", dtype=object), np.full(num, np.nan), np.full(num, np.nan), {})
    kind_of = np.asarray(kinds, dtype=object)
    for rule in rules:
        holds = OPERATORS[rule.operator](columns[rule.column], rule.value) & _judged(rule, group, kind_of)
        first = holds & (decisions.rule == "")
        decisions.rule[first] = rule.name
        decisions.value[first] = columns[rule.column][first]
        decisions.threshold[first] = rule.value
        decisions.failing[rule.name] = int(holds.sum())
    return decisions


def _judged(rule: Rule, group: Group, kinds: np.ndarray) -> np.ndarray:
    """bool[num_documents]: whether the rule is about the document at all."""
    if rule.groups and group not in rule.groups:
        return np.zeros(len(kinds), dtype=bool)
    return np.isin(kinds, rule.kinds) if rule.kinds else np.ones(len(kinds), dtype=bool)


def in_domains(url: str, domains: Sequence[str]) -> bool:
    """Whether the host of an address is one of the domains or below one. No address is in no domain."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return False
    return any(host == d or host.endswith(f".{d}") for d in map(str.lower, domains))
