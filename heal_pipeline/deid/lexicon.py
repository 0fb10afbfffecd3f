"""The word lists that the tagger's features read: names, places, and common words that are no names.

They come from installed packages (Faker's locales, word frequencies of general English, words of medicine, Python's own
manual) and from public text of the lake. Records that are to be cleaned are never read: the lists travel with the tagger.
"""

import importlib
import importlib.util
import json
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from heal_pipeline import medical_terms
from heal_pipeline.deid import english as english_words
from heal_pipeline.deid import vocabulary
from heal_pipeline.deid.fold import fold_word

COMMON_RANK = 4000
"""The most frequent common words up to this rank form bucket 2, the others bucket 3; stop words are bucket 1."""
MIN_COUNT = 2
"""Texts that must hold a word in lower case before it counts as a common one."""
MAX_COUNTED = 60_000
MAX_TERM_WORDS, MAX_TERM_LENGTH = 5, 40
"""Words of a medical term at most, and how far from a span it is looked for, in characters."""
ENDING_LETTERS, MIN_ENDING_WORDS, MIN_STEM_LETTERS = 5, 8, 3
"""How long the endings of medical words are, how many words must share one, and what stands before it at least."""
_ENDINGS = "s es ed d ing ly ally al ic y ist ists".split()
_OF_FIELDS = ("ic", "ist", "ists")
"""Endings of who and what belongs to a field, whose name may end with a y ("anesthesiology")."""
_BEGINNINGS = (
    "non re un pre post over hyper hypo inter intra supra sub peri para trans antero postero neuro mal micro".split()
)
_TERM_WORD = re.compile(r"[^\W\d_]+(?:'s)?")
_LOWER_WORD = re.compile(r"(?<![A-Za-z0-9_.'-])[a-z]{2,}(?![A-Za-z0-9_.'(-])")
_DOCSTRING = re.compile(r'"""(.{60,}?)"""', re.DOTALL)
_DOCUMENTED = ("scipy", "numpy", "pandas", "matplotlib", "spacy", "nltk", "great_expectations", "pyspark")
_PLACE_LISTS = (
    "cities",
    "countries",
    "states",
    "provinces",
    "counties",
    "cap_city_province",
    "communes",
    "real_city_names",
)


def _stems(word: str) -> Iterator[str]:
    """What is left of a word without one of the usual endings or beginnings, or without both."""
    bare = [word.removesuffix(end) for end in _ENDINGS if word.endswith(end)]
    yield from bare
    yield from (word.removesuffix(end) + "y" for end in _OF_FIELDS if word.endswith(end))
    for whole in (word, *bare):
        yield from (whole.removeprefix(b) for b in _BEGINNINGS if whole.startswith(b) and len(whole) > len(b) + 4)


def term_key(term: str) -> str:
    """The key under which names of several words are compared: folded, lower-case, no hyphens and possessives."""
    words = (w.removesuffix("'s") for w in fold_word(term).replace("-", " ").split())
    return " ".join(w for w in words if w)


@dataclass(frozen=True, repr=False)
class Lexicon:
    """The lists of an artifact "models/phi_lexicon".

    Attributes:
        female, male, unisex, last: names of Faker's Latin-script locales, folded and lower-case, most English first.
        places: single words of city, state and country names, folded and lower-case.
        cities: whole names of cities in English-speaking countries, as written, with the state's code where there is one.
        english_names: first and family names of English locales: words on this list are never protected as common.
        common: word to bucket (1 very common, 2 common, 3 known): words of general English and of medicine that are no
            names, and words seen in lower case in the texts that were read.
        terms: names of diseases, drugs, findings and sites of the body of several words of which one is a name ("crohn
            disease", "hay fever", "ascending colon"), as `term_key` gives them.
        endings: last letters of medical words that no name of a person or place ends with ("ctomy").
    """

    female: list[str]
    male: list[str]
    unisex: list[str]
    last: list[str]
    places: list[str]
    cities: list[str]
    states: list[str]
    state_codes: list[str]
    countries: list[str]
    english_names: list[str]
    english_female: list[str]
    english_male: list[str]
    english_unisex: list[str]
    english_last: list[str]
    common: dict[str, int]
    terms: list[str]
    endings: list[str]

    @cached_property
    def first_set(self) -> frozenset[str]:
        return frozenset(self.female) | frozenset(self.male) | frozenset(self.unisex)

    @cached_property
    def last_set(self) -> frozenset[str]:
        return frozenset(self.last)

    @cached_property
    def place_set(self) -> frozenset[str]:
        return frozenset(self.places)

    @cached_property
    def _term_set(self) -> frozenset[str]:
        return frozenset(self.terms)

    @cached_property
    def _ending_set(self) -> frozenset[str]:
        return frozenset(self.endings)

    @cached_property
    def _english_set(self) -> frozenset[str]:
        return frozenset(self.english_names)

    @cached_property
    def kept_regions(self) -> frozenset[str]:
        """States, their codes, and countries: geography that Safe Harbor lets stand, folded and lower-case."""
        return frozenset(fold_word(x) for x in (*self.states, *self.countries)) | frozenset(
            c.lower() for c in self.state_codes
        )

    def very_common(self, word: str) -> bool:
        """Is it a word like "will" or "the", which says nothing of a person even where it is also a name?"""
        return self.common.get(word) == 1

    def protected(self, word: str) -> bool:
        """Is it a common word and no English name, so that a low P(O) alone does not make it an identifier?"""
        return word not in self._english_set and (word in self.common or self.nameless(word))

    def nameless(self, word: str) -> bool:
        """Is it a frequent word ("plan") and no English name, or another common word ("mild"), or a form of one
        ("reevaluated"), that is on no list of names or places at all?"""
        bucket = self.common.get(word)
        if word in self._english_set:
            return False
        if bucket in (1, 2):
            return True
        if word in self.first_set or word in self.last_set or word in self.place_set:
            return False
        if len(word) >= ENDING_LETTERS + MIN_STEM_LETTERS and word[-ENDING_LETTERS:] in self._ending_set:
            return True
        return bucket is not None or any(
            stem in self.common or stem + "e" in self.common for stem in _stems(word) if len(stem) > 3
        )

    def in_term(self, text: str, start: int, end: int) -> bool:
        """Is a span part of the name of a disease, drug or finding, as "Crohn's" of "Crohn's disease" is?

        Args:
            text: a folded text.
            start, end: the half-open span.
        """
        lead = max(0, start - MAX_TERM_LENGTH)
        words = [m for m in _TERM_WORD.finditer(text, lead, end + MAX_TERM_LENGTH) if m.start() > lead or lead == 0]
        keys = [m.group().lower().removesuffix("'s") for m in words]  # as `term_key` does it with a single folded word
        inside = [i for i, m in enumerate(words) if m.start() < end and m.end() > start]
        if not inside or words[inside[0]].start() > start:
            return False
        reach = MAX_TERM_WORDS - len(inside)
        return any(
            " ".join(keys[first:last]) in self._term_set
            for first in range(max(0, inside[0] - reach), inside[0] + 1)
            for last in range(inside[-1] + 1, min(len(words), first + MAX_TERM_WORDS) + 1)
        )

    def save(self, folder: Path) -> None:
        (folder / "lexicon.json").write_text(
            json.dumps({f: getattr(self, f) for f in self.__dataclass_fields__}, ensure_ascii=False, sort_keys=True)
        )

    @staticmethod
    def load(folder: Path) -> "Lexicon":
        return Lexicon(**json.loads((folder / "lexicon.json").read_text()))


def _strings(value: Any) -> Iterator[str]:
    """The strings of a Faker list, whatever its form: a tuple, an ordered mapping with weights, pairs."""
    for item in value:
        if isinstance(item, str):
            yield item
        elif isinstance(item, tuple) and item and isinstance(item[0], str):
            yield item[0]


def _faker_lists(kind: str) -> Iterator[tuple[str, str, list[str]]]:
    """(locale, name of the list, values in Latin script) of Faker's person or address provider."""
    base = importlib.import_module(f"faker.providers.{kind}")
    modules = sorted(m.name for m in pkgutil.iter_modules(base.__path__))
    for locale in sorted(modules, key=lambda m: (not m.startswith("en_US"), not m.startswith("en_"), m)):
        provider = importlib.import_module(f"{base.__name__}.{locale}").Provider
        for name, value in sorted(vars(provider).items()):
            if isinstance(value, (tuple, list, dict)) and not name.startswith("_"):
                latin = [
                    v.strip()
                    for v in _strings(value)
                    if fold_word(v).isascii() and re.search("[A-Za-z]{2}", fold_word(v))
                ]
                if latin:
                    yield locale, name, latin


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _english_cities() -> list[str]:
    """Cities of English-speaking countries, from the area-code table of the package phonenumbers."""
    from phonenumbers.geodata import GEOCODE_DATA

    found = {v["en"] for k, v in GEOCODE_DATA.items() if "en" in v and k.startswith(("1", "44", "61", "353", "64"))}
    return sorted(c for c in found if "/" not in c and re.fullmatch(r"[A-Z][A-Za-z.' -]{2,30}(, [A-Z]{2})?", c))


def _stop_words() -> list[str]:
    from spacy.lang.en.stop_words import STOP_WORDS

    return sorted(w for w in STOP_WORDS if w.isalpha())


def package_texts() -> list[str]:
    """English text of installed packages: Python's manual, docstrings of the stack, Faker's word list and job titles."""
    from pydoc_data.topics import topics

    from faker.providers.job import Provider as Job
    from faker.providers.lorem.en_US import Provider as Lorem

    documented = [text for name in _DOCUMENTED for text in _docstrings(name)]
    lists = [" ".join(Lorem.word_list), " ".join(Job.jobs).lower()] * MIN_COUNT
    return [*topics.values(), *documented, *lists]


def _docstrings(package: str) -> Iterator[str]:
    """The docstrings of a package, read from its files: nothing is imported."""
    found = importlib.util.find_spec(package)
    for root in found.submodule_search_locations or [] if found else []:
        for file in sorted(Path(root).rglob("*.py")):
            if "tests" not in file.parts:
                yield from _DOCSTRING.findall(file.read_text(encoding="utf-8", errors="ignore"))


def make_lexicon(texts: Iterable[str], extra_words: Iterable[str] = (), extra_terms: Iterable[str] = ()) -> Lexicon:
    """Builds the lists.

    Args:
        texts: public text; its words in lower case are counted once a text.
        extra_words: words that are common whatever the texts say.
        extra_terms: medical terms beside those of `medical_terms` that hold a name.
    """
    names, places = _names(), _places()
    english = {w for key, words in names.items() if key.startswith("english_") for w in words}
    people = {w for words in names.values() for w in words}
    whole_places = {fold_word(p.split(",")[0]) for key in ("cities", "states", "countries") for p in places[key]}
    known = (
        (_lower_words(texts) - _first_names(names))
        | english_words.words(people, whole_places)
        | (medical_terms.words() - english)
        | (_term_words() - people - whole_places)
        | {*extra_words, *vocabulary.words()}
    )
    listed = people | set(places["places"])
    named = (*medical_terms.terms(), *medical_terms.sites())
    terms = {t for t in map(term_key, named) if not listed.isdisjoint(t.split())}
    terms |= set(map(term_key, extra_terms))
    return Lexicon(
        **names,
        **places,
        english_names=sorted(english),
        common=_buckets(known),
        terms=sorted(t for t in terms if 1 < len(t.split()) <= MAX_TERM_WORDS),
        endings=_medical_endings(listed),
    )


def _medical_endings(names: set[str]) -> list[str]:
    """Endings of medical words that are on no list of names, where no name of some length ends so; sorted."""
    least = ENDING_LETTERS + MIN_STEM_LETTERS
    counts = Counter(w[-ENDING_LETTERS:] for w in medical_terms.words() - names if len(w) >= least)
    of_names = {w[-ENDING_LETTERS:] for w in names}
    return sorted(e for e, n in counts.items() if n >= MIN_ENDING_WORDS and e not in of_names)


def _first_names(names: dict[str, list[str]]) -> set[str]:
    return {w for key in ("female", "male", "unisex") for w in names[f"english_{key}"]}


def _names() -> dict[str, list[str]]:
    """The words of Faker's person lists by kind, and again of the English locales alone."""
    names: dict[str, list[str]] = {p + k: [] for p in ("", "english_") for k in ("female", "male", "unisex", "last")}
    for locale, name, values in _faker_lists("person"):
        words = [w for v in values for w in fold_word(v).replace("-", " ").split() if w.isalpha() and len(w) > 1]
        if "first" in name or name == "middle_names":
            key = "female" if "female" in name else "male" if "male" in name else "unisex"
        elif "last" in name:
            key = "last"
        else:
            continue
        names[key] += words
        if locale.startswith("en_"):
            names[f"english_{key}"] += words
    return {key: _unique(words) for key, words in names.items()}


def _places() -> dict[str, list[str]]:
    """Cities, states, countries as written, and all single words of place names."""
    lists: dict[str, list[str]] = {"cities": _english_cities(), "states": [], "state_codes": [], "countries": []}
    written = []
    for locale, name, values in _faker_lists("address"):
        if name in _PLACE_LISTS:
            written += values
        if locale == "en_US" and name in ("states", "states_abbr"):
            lists[name.replace("states_abbr", "state_codes")] += values
        if name == "countries" and locale in ("en", "en_US"):
            lists["countries"] += values
    written += lists["cities"]
    words = [w for v in written for w in re.split(r"[\s\-/(),.']+", fold_word(v)) if w.isalpha() and len(w) > 2]
    # Sorted: a locale of Faker makes its list of a set, whose order is another in each process.
    return {"places": sorted(set(words)), **{key: _unique(values) for key, values in lists.items()}}


def _lower_words(texts: Iterable[str]) -> set[str]:
    """The words that several texts write in lower case. First names may be among them: manuals have their "john" too."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(_LOWER_WORD.findall(text)))
    ranked = sorted((w for w, n in counts.items() if n >= MIN_COUNT), key=lambda w: (-counts[w], w))
    return set(ranked[:MAX_COUNTED])


def _term_words() -> set[str]:
    """The words of several names of diseases and drugs ("barium", "elderberry")."""
    counts = Counter(
        w for term in medical_terms.terms() for w in set(term_key(term).split()) if w.isalpha() and len(w) > 2
    )
    return {w for w, n in counts.items() if n >= MIN_COUNT}


def _buckets(known: set[str]) -> dict[str, int]:
    """Word to bucket, by how frequent the word is in general English."""
    general = english_words.frequencies()
    ranked = sorted(known, key=lambda w: (-general.get(w, 0.0), w))
    common = {w: 2 if i < COMMON_RANK else 3 for i, w in enumerate(ranked)}
    return common | dict.fromkeys((*_stop_words(), *vocabulary.CONTRACTIONS.split()), 1)
