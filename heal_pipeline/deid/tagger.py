"""The tagger: a linear-chain conditional random field over word forms, neighbours and word lists (Lafferty et al. 2001).

Trains and applies it; says nothing about regular patterns, records or policies. Labels have no begin or inside mark:
what counts is which tokens are identifiers, and merged neighbours are covered all the same.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from heal_pipeline.deid.corpus import OUTSIDE, Labelled
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.lexicon import Lexicon

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[^\w\s]|_")
WINDOW = 4000
"""Tokens a sequence at most: longer texts are cut at a line end where there is one, so that memory stays bounded."""
MAX_MEMO = 200_000
AMBIGUOUS_SCORE = 0.4
"""What 1 - P(O) must exceed where a word is a common one and a name ("good", "grace"), and no identifier is beside it."""
_SMALL = re.compile(r"\d{1,3}|(?:19|20)\d\d")
"""Counts, doses, readings and years: a low P(O) makes these identifiers beside another one alone."""
MIN_DOUBT = 0.01
"""What 1 - P(O) must exceed where a word that is left alone counts as a doubt: below it are thousands that say nothing."""
SCHEME = "crf-io/v3"

Token = tuple[int, int]
Doubt = tuple[int, int, float]
"""Half-open offsets of a token that is left alone, and the probability that it is an identifier all the same."""


class Tagged(NamedTuple):
    """What the tagger makes of a folded text.

    Attributes:
        spans: runs of identifier tokens: (start, end, label, score). The score is 1 - P(O), the run's least.
        doubts: words outside the protected ones that are no identifiers, though 1 - P(O) is above MIN_DOUBT.
    """

    spans: list[tuple[int, int, str, float]]
    doubts: list[Doubt]


def tokens_of(folded: str) -> list[Token]:
    """Half-open spans of words, digit runs and single signs of a folded text. A possessive 's stays with its word."""
    return [m.span() for m in TOKEN.finditer(folded)]


def _shape(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), 9)}"
    if not word[0].isalpha():
        return word
    if word.isupper():
        return "A" if len(word) == 1 else "AA"
    return "l" if word.islower() else "Al" if word[0].isupper() and word[1:].islower() else "mix"


class Features:
    """Turns tokens into the attribute strings of the field. What depends on a word alone is computed once a word."""

    def __init__(self, lexicon: Lexicon):
        self._lexicon = lexicon
        self._memo: dict[str, tuple[list[str], list[str], list[str], list[str], list[str], str]] = {}

    def _word(self, word: str) -> tuple[list[str], list[str], list[str], list[str], list[str], str]:
        found = self._memo.get(word)
        if found is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            found = self._memo[word] = self._compute(word)
        return found

    def _compute(self, word: str) -> tuple[list[str], list[str], list[str], list[str], list[str], str]:
        lists = self._lexicon
        lower = word.lower()
        base = lower[:-2] if lower.endswith("'s") else lower
        shape = _shape(word)
        bucket = str(lists.common.get(base, 0))
        listed = (
            ("f" if base in lists.first_set else "")
            + ("l" if base in lists.last_set else "")
            + ("p" if base in lists.place_set else "")
        )
        is_word = base[0].isalpha()
        kind = f"{shape}|{bucket}|{listed}" if is_word else shape
        own = [
            "b",
            f"w={lower}" if is_word else f"w={shape}",
            f"k={kind}",
            f"sh={shape}",
            f"c={bucket}",
            f"g={listed}",
        ]
        if is_word:
            own += [f"s2={base[-2:]}", f"s3={base[-3:]}", f"s4={base[-4:]}", f"p3={base[:3]}", f"n={min(len(base), 8)}"]
            if base != lower:
                own.append("poss")
        near = lower if bucket in "12" or not is_word or len(base) < 3 else "?"
        near = shape if base.isdigit() else near
        return (
            own,
            [f"-1={near}", f"-1k={kind}"],
            [f"+1={near}", f"+1k={kind}"],
            [f"-2={near}"],
            [f"+2={near}"],
            f"{bucket}{'n' if listed else ''}{shape[:1]}" if is_word else shape[:1],
        )

    def sequence(self, text: str, tokens: list[Token]) -> list[list[str]]:
        """Attribute strings for each token of a folded text."""
        edge = (["E"], ["-1=^"], ["+1=$"], ["-2=^"], ["+2=$"], "E")
        words = [edge, edge, *[self._word(text[s:e]) for s, e in tokens], edge, edge]
        rows = []
        for i in range(2, len(words) - 2):
            before, here, after = words[i - 1], words[i], words[i + 1]
            rows.append(
                [
                    *here[0],
                    *before[1],
                    *after[2],
                    *words[i - 2][3],
                    *words[i + 2][4],
                    f"{before[5]}_{here[5]}_{after[5]}",
                    before[1][0] + after[2][0],
                ]
            )
        for i in range(1, len(tokens)):
            if "\n" in text[tokens[i - 1][1] : tokens[i][0]]:
                rows[i].append("line")
        return rows


def windows(text: str, tokens: list[Token]) -> Iterable[tuple[int, int]]:
    """Ranges of tokens, each at most WINDOW long."""
    start = 0
    while start < len(tokens):
        end = min(start + WINDOW, len(tokens))
        if end < len(tokens):
            for cut in range(end, start + WINDOW // 2, -1):
                if "\n" in text[tokens[cut - 1][1] : tokens[cut][0]]:
                    end = cut
                    break
        yield start, end
        start = end


def train(documents: Iterable[Labelled], lexicon: Lexicon, path: Path, *, iterations: int) -> dict[str, Any]:
    """Fits the field by L-BFGS with elastic-net regularisation and writes it to `path`.

    Returns:
        Counts for the model card: documents, tokens, iterations, final loss.
    """
    import pycrfsuite

    features = Features(lexicon)
    trainer = pycrfsuite.Trainer(verbose=False)
    num_documents = num_tokens = 0
    for document in documents:
        folded = fold(document.text)
        if folded.offsets is not None:  # labels are on the original; training needs them on the folded text
            document = _refold(document)
        tokens = tokens_of(folded.text)
        labels = [OUTSIDE] * len(tokens)
        for start, end, label in document.spans:
            for i, (s, e) in enumerate(tokens):
                if s < end and e > start:
                    labels[i] = label
        if tokens:
            trainer.append(features.sequence(folded.text, tokens), labels)
            num_documents, num_tokens = num_documents + 1, num_tokens + len(tokens)
    trainer.select("lbfgs")
    trainer.set_params(
        {
            "c1": 0.3,
            "c2": 0.02,
            "max_iterations": iterations,
            "feature.possible_transitions": True,
            "feature.minfreq": 2,
        }
    )
    trainer.train(str(path))
    last = trainer.logparser.last_iteration or {}
    return {
        "documents": num_documents,
        "tokens": num_tokens,
        "iterations": int(last.get("num", iterations)),
        "loss": float(last.get("loss", 0.0)),
    }


def _refold(document: Labelled) -> Labelled:
    folded = fold(document.text)
    assert folded.offsets is not None
    spans = []
    for start, end, label in document.spans:
        inside = [i for i, o in enumerate(folded.offsets) if start <= o < end]
        if inside:
            spans.append((inside[0], inside[-1] + 1, label))
    return Labelled(folded.text, spans)


class Tagger:
    """A trained field.

    Args:
        model: the crfsuite file's bytes.
        lexicon: the lists it was trained with.
        threshold: tokens outside the protected words whose probability of being harmless is below this are identifiers,
            whatever the best path says. 0 leaves the best path alone.
    """

    def __init__(self, model: bytes, lexicon: Lexicon, threshold: float):
        import pycrfsuite

        self.lexicon, self.threshold = lexicon, threshold
        self._features = Features(lexicon)
        self._tagger = pycrfsuite.Tagger()
        self._model = model  # crfsuite reads these bytes in place and keeps no reference
        self._tagger.open_inmemory(self._model)
        self._labels = [x for x in self._tagger.labels() if x != OUTSIDE]

    def tag(self, text: str) -> Tagged:
        """The identifiers of a folded text, and the doubts that are left."""
        tokens = tokens_of(text)
        tagged = Tagged([], [])
        for first, last in windows(text, tokens):
            self._tag_window(text, tokens[first:last], tagged)
        return tagged

    def _tag_window(self, text: str, tokens: list[Token], tagged: Tagged) -> None:
        spans = tagged.spans
        tagger = self._tagger
        tagger.set(self._features.sequence(text, tokens))
        best = tagger.tag()
        marginal, least = tagger.marginal, 1.0 - self.threshold
        scores = [1.0 - marginal(OUTSIDE, i) for i in range(len(tokens))]
        labels: list[str | None] = [None] * len(tokens)
        beside: list[int] = []  # what is an identifier beside another one alone
        doubtful: list[int] = []
        for i, label in enumerate(best):
            word = text[slice(*tokens[i])].lower()
            if label != OUTSIDE:
                labels[i] = label
            elif scores[i] > MIN_DOUBT and word[0].isalnum():
                base = word.removesuffix("'s")
                if len(word) == 1 or _SMALL.fullmatch(word):
                    if scores[i] > least:
                        beside.append(i)
                elif not self.lexicon.protected(base):
                    doubtful.append(i)
                    if scores[i] <= least:
                        continue
                    if base not in self.lexicon.common or scores[i] > AMBIGUOUS_SCORE:
                        labels[i] = self._likeliest(i)
                    elif not self.lexicon.very_common(base):
                        beside.append(i)
        for i in beside:
            if labels[max(i - 1, 0)] or labels[min(i + 1, len(labels) - 1)]:
                labels[i] = self._likeliest(i)
        tagged.doubts.extend((*tokens[i], scores[i]) for i in doubtful if labels[i] is None)
        for i, found in enumerate(labels):
            if found is None:
                continue
            start, end = tokens[i]
            joins = i > 0 and labels[i - 1] == found and "\n\n" not in text[tokens[i - 1][1] : start]
            if joins:
                spans[-1] = (spans[-1][0], end, found, min(scores[i], spans[-1][3]))
            else:
                spans.append((start, end, found, scores[i]))

    def _likeliest(self, index: int) -> str:
        """The identifier's label with the highest marginal."""
        return max(self._labels, key=lambda label: self._tagger.marginal(label, index))
