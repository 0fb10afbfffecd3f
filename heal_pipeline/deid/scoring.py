"""How well spans cover gold spans, token by token, whatever their types. No texts are kept."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOKEN = re.compile(r"\w+")
NOT_IDENTIFYING = frozenset({"ORGANIZATION", "TITLE", "NRP"})
"""Types that are not among the 18 identifiers of HIPAA: neither asked for nor counted against a detector."""


@dataclass
class TokenCounts:
    """Counts over the tokens of a set of texts, and what follows from them."""

    texts: int = 0
    tokens: int = 0
    gold: int = 0
    found: int = 0
    correct: int = 0
    leaking_texts: int = 0

    def add(self, text: str, gold: Iterable[tuple[int, int, str]], found: Iterable[Sequence]) -> None:
        """Counts a text. `gold` and `found` hold spans that begin with (start, end, type)."""
        gold, found = list(gold), list(found)
        ignored = [s for s in (*gold, *found) if s[2] in NOT_IDENTIFYING]
        wanted = [s for s in gold if s[2] not in NOT_IDENTIFYING]
        made = [s for s in found if s[2] not in NOT_IDENTIFYING]
        missed = False
        for match in TOKEN.finditer(text):
            is_gold, is_found = _covered(match, wanted), _covered(match, made)
            if not is_gold and _covered(match, ignored):
                continue
            self.tokens += 1
            self.gold += is_gold
            self.found += is_found
            self.correct += is_gold and is_found
            missed |= is_gold and not is_found
        self.texts += 1
        self.leaking_texts += missed

    def row(self) -> dict[str, int | float | None]:
        """Precision, recall, F2 (recall weighs twice), false positives in 1,000 tokens, share of texts with a leak."""
        precision = self.correct / self.found if self.found else None
        recall = self.correct / self.gold if self.gold else None
        f2 = None
        if precision is not None and recall is not None:
            f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
        return {
            "texts": self.texts,
            "identifying tokens": self.gold,
            "precision": _rounded(precision),
            "recall": _rounded(recall),
            "F2": _rounded(f2),
            "false positives per 1,000 tokens": _rounded(1000 * (self.found - self.correct) / self.tokens)
            if self.tokens
            else None,
            "share of texts with a miss": _rounded(self.leaking_texts / self.texts) if self.texts else None,
        }


def _covered(match: re.Match[str], spans: list) -> bool:
    return any(s[0] < match.end() and s[1] > match.start() for s in spans)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
