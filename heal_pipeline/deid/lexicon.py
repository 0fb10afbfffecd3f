"""The word lists that the tagger's features read: names, places, and common words that are no names.

They come from installed packages (Faker's locales, Python's own manual) and from public text of the lake. Records that
are to be cleaned are never read: the lists travel with the tagger.
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

from heal_pipeline.deid import vocabulary
from heal_pipeline.deid.fold import fold_word

COMMON_RANK = 4000
"""Words up to this rank of the frequency list form bucket 2, the other counted words bucket 3; stop words are bucket 1."""
MIN_COUNT = 2
MAX_COMMON = 60_000
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


@dataclass(frozen=True, repr=False)
class Lexicon:
    """The lists of an artifact "models/phi_lexicon".

    Attributes:
        female, male, unisex, last: names of Faker's Latin-script locales, folded and lower-case, most English first.
        places: single words of city, state and country names, folded and lower-case.
        cities: whole names of cities in English-speaking countries, as written, with the state's code where there is one.
        english_names: first and family names of English locales: words on this list are never protected as common.
        common: word to bucket (1 very common, 2 common, 3 known); words seen in lower case in the texts that were read.
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
        if word in self._english_set:
            return False
        return word in self.common or self._inflected(word)

    def _inflected(self, word: str) -> bool:
        """Is it a form of a common word ("tingled", "shirts") that is on no list of names?"""
        if word in self.first_set or word in self.last_set or word in self.place_set:
            return False
        stems = (word.removesuffix(end) for end in ("s", "es", "ed", "ing", "ly", "y") if word.endswith(end))
        return any(len(stem) > 3 and (stem in self.common or stem + "e" in self.common) for stem in stems)

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


def make_lexicon(texts: Iterable[str], extra_words: Iterable[str] = (), terms: Iterable[str] = ()) -> Lexicon:
    """Builds the lists.

    Args:
        texts: public text; its words in lower case are counted once a text.
        extra_words: words that are common whatever the texts say.
        terms: names of drugs, diseases and the like: common words, but for those that are English names too.
    """
    names = _names()
    english = {w for key, words in names.items() if key.startswith("english_") for w in words}
    return Lexicon(
        **names,
        **_places(),
        english_names=sorted(english),
        common=_common_words(texts, {*extra_words, *vocabulary.words()}, set(terms) - english, _first_names(names)),
    )


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


def _common_words(texts: Iterable[str], extra: set[str], terms: set[str], first_names: set[str]) -> dict[str, int]:
    """Word to bucket. What texts write in lower case is common, but first names: manuals have their "john" too."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(_LOWER_WORD.findall(text)))
    known = [w for w, n in counts.items() if n >= MIN_COUNT and w not in first_names]
    ranked = sorted(known, key=lambda w: (-counts[w], w))[:MAX_COMMON]
    common = {w: 2 if i < COMMON_RANK else 3 for i, w in enumerate(ranked)}
    common.update((w, 1) for w in (*_stop_words(), *vocabulary.CONTRACTIONS.split()))
    for word in sorted(extra | terms):
        common.setdefault(word, 2)
    return common
