"""Signals of which words a text uses: titles, function words, medicine, and how many different ones."""

from functools import cache

import numpy as np

from heal_pipeline import medical_terms
from heal_pipeline.filtering.kernels.batch import UPPER, TextBatch, share
from heal_pipeline.text.words import word_list

FUNCTION_WORDS = (
    # determiners
    "a an the this that these those each every some any no all both either neither such what which whose "
    # pronouns
    "i me my you your he him his she her it its we us our they them their who whom myself itself themselves one there here "
    # prepositions
    "of in to for with on at from by about as into through during before after above below between under over against "
    "without within toward towards upon among across behind near since until "
    # conjunctions
    "and or but nor so yet if because although though while whereas unless than whether when where why how "
    # auxiliaries
    "is am are was were be been being have has had having do does did will would shall should can could may might must "
    # particles
    "not also very too just then only "
    # what is left of contractions: it's, don't, we'll, they're, I've
    "s t ll re ve"
).split()
_NUMBERED_FUNCTION_WORDS = word_list(FUNCTION_WORDS)


def title_words(batch: TextBatch) -> np.ndarray:
    """Share of tokens that begin with a capital. Menus, listings and titles have many."""
    capital = np.flatnonzero(batch.classes[batch.token_starts] & UPPER)
    return share(batch.count(batch.token_starts[capital]), batch.num_tokens)


def function_words(batch: TextBatch) -> np.ndarray:
    """Share of words that are English function words: a closed class, of which running text has about four in ten."""
    return share(batch.words.count(_NUMBERED_FUNCTION_WORDS), batch.words.num)


def unique_words(batch: TextBatch) -> np.ndarray:
    """How many different words the text has."""
    words = batch.words
    keys = np.sort(words.text_of * len(words.distinct) + words.ids)
    first = keys[np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])]
    return np.diff(np.searchsorted(first, np.arange(len(batch.texts) + 1) * len(words.distinct))).astype(np.float64)


def medical_words(batch: TextBatch) -> np.ndarray:
    """Share of words that speak of medicine, by the list of `heal_pipeline.medical_terms`."""
    return share(batch.words.count(_medical_words()), batch.words.num)


@cache
def _medical_words() -> dict[bytes, int]:
    return word_list(sorted(medical_terms.words()))
