"""The runs of words that evaluation items are known by, and where texts hold them. Pure functions.

An item's question and each passage of its context become runs of 13 words (Brown et al. 2020, appendix C); a passage of fewer
words, but at least 8, is one run of all its words. A question of fewer than 8 is taken together with its options. What is compared
are the words of the normal form: case, punctuation and line breaks hide nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from heal_pipeline.evaluation_sets import LETTERS, Item
from heal_pipeline.profile import DecontaminationConfig
from heal_pipeline.ragged import ranges
from heal_pipeline.text.sieve import Sieve
from heal_pipeline.text.words import hash_words, ngram_hashes, word_hashes

MAX_ITEMS_PER_RUN = 5
"""A run of words in more items than this tells none of them from the others ("which of the following is the most …")."""


@dataclass(frozen=True)
class ItemRuns:
    """The runs of words of all items, made for search. Plain arrays: they travel to the tasks.

    Attributes:
        names: (task, item id) of each item.
        sizes: the lengths of runs that occur, in words.
        runs: uint64[num_runs], sorted; one that several items hold stands there once for each.
        owners: int32[num_runs], the item of each run.
        num_runs_of: int32[num_items], distinct runs of each item that are looked for; 0 where it is too short to be found.
        sieve: of the runs.
    """

    names: list[tuple[str, str]]
    sizes: tuple[int, ...]
    runs: np.ndarray
    owners: np.ndarray
    num_runs_of: np.ndarray
    sieve: Sieve


@dataclass(frozen=True)
class Match:
    """What a text holds of an item.

    Attributes:
        text: its place among the texts.
        item: its number.
        runs: uint64[num_found], the runs in the order of the text; one that occurs again stands there again.
        starts, ends: int64[num_found], the words of the text that each covers, half-open.
    """

    text: int
    item: int
    runs: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def item_runs(items: Sequence[Item], config: DecontaminationConfig) -> ItemRuns:
    """The runs of items, without those that more than MAX_ITEMS_PER_RUN of them hold."""
    sizes: set[int] = set()
    of_item: list[np.ndarray] = []
    for item in items:
        own = [np.empty(0, np.uint64)]
        for hashes in map(word_hashes, texts_of_item(item, config)):
            if len(hashes) >= config.min_item_words:
                size = min(config.ngram_words, len(hashes))
                sizes.add(size)
                own.append(ngram_hashes(hashes, size))
        of_item.append(np.unique(np.concatenate(own)))
    runs = np.concatenate([np.empty(0, np.uint64), *of_item])
    owners = np.repeat(np.arange(len(items), dtype=np.int32), [len(own) for own in of_item])
    _, which, num_items = np.unique(runs, return_inverse=True, return_counts=True)
    telling = num_items[which] <= MAX_ITEMS_PER_RUN
    runs, owners = runs[telling], owners[telling]
    order = np.argsort(runs, kind="stable")
    num_runs_of = np.bincount(owners, minlength=len(items)).astype(np.int32)
    names = [(item.task, item.item_id) for item in items]
    sieve = Sieve()
    sieve.put(runs)
    return ItemRuns(names, tuple(sorted(sizes)), runs[order], owners[order], num_runs_of, sieve)


def texts_of_item(item: Item, config: DecontaminationConfig) -> list[str]:
    """What of an item may stand in a document. Runs do not reach from one text into the next."""
    return [*_questions(item, config), *item.passage_texts]


def _questions(item: Item, config: DecontaminationConfig) -> list[str]:
    """The question; a short one with its options, as lists write them: with letters and without."""
    if len(word_hashes(item.question)) >= config.min_item_words:
        return [item.question]
    lettered = [f"{letter} {option}" for letter, option in zip(LETTERS, item.options, strict=False)]
    return ["\n".join([item.question, *item.options]), "\n".join([item.question, *lettered])]


def matches(texts: Sequence[str], wanted: ItemRuns) -> Iterator[Match]:
    """What the texts hold of items, in the order of texts and items."""
    words, bounds = hash_words(texts)
    text_of = np.repeat(np.arange(len(texts)), np.diff(bounds))
    found: list[tuple[np.ndarray, ...]] = []
    for size in wanted.sizes:
        runs = ngram_hashes(words, size)
        starts = np.flatnonzero(wanted.sieve.lets_through(runs))
        starts = starts[text_of[starts] == text_of[starts + size - 1]]
        first = np.searchsorted(wanted.runs, runs[starts], "left")
        last = np.searchsorted(wanted.runs, runs[starts], "right")
        num_owners = last - first  # 0 where the sieve let through what is no run of an item
        starts = np.repeat(starts, num_owners)
        places = ranges(first, num_owners)
        found.append((text_of[starts], wanted.owners[places], starts, starts + size, wanted.runs[places]))
    if not found:
        return
    text, item, start, end, run = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((end, start, item, text))
    rows = zip(order.tolist(), text[order].tolist(), item[order].tolist(), strict=True)
    for (of_text, of_item), group in groupby(rows, key=itemgetter(1, 2)):
        own = np.array([place for place, _, _ in group])
        yield Match(of_text, of_item, run[own], start[own] - bounds[of_text], end[own] - bounds[of_text])


def longest_stretch(starts: np.ndarray, ends: np.ndarray) -> tuple[int, int]:
    """The longest unbroken stretch that runs cover together, the first one of equals; half-open.

    Args:
        starts, ends: int64[num_runs], at least one, in the order of `starts`.
    """
    reach = np.maximum.accumulate(ends)
    breaks = np.flatnonzero(starts[1:] > reach[:-1]) + 1
    first, last = starts[np.r_[0, breaks]], reach[np.r_[breaks - 1, len(reach) - 1]]
    longest = np.argmax(last - first)
    return int(first[longest]), int(last[longest])
