"""What becomes of the documents: filtering, duplicates, evaluation items, repeated sentences, and the Spark that works on them.

What is done about identities is set in deid.py.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field

from heal_pipeline.profile.base import Amount, Bounds, Group, Kind, Positive, Prose, Section, Share
from heal_pipeline.profile.sources import DayMeasure, SourceEntry


class SparkConfig(Section):
    master: str = "local[*]"
    driver_memory: str = "2g"
    executor_memory: str = "2g"
    shuffle_partitions: Positive = 4
    max_partition_bytes: Positive = 64 * 2**20


class Expected(Section):
    """Gates: what is measured of each source on each day, as [least, most]. A day outside is not committed."""

    documents: Bounds = (0.0, None)
    """Documents that came in."""
    drop_share: Bounds = (0.0, 1.0)
    """Documents that quality rules drop, of those that the domain rules let in. A source excluded as a whole is not judged:
    it was decided on, not lost."""
    english_share: Bounds = (0.5, 1.0)
    """English documents among the kept ones. Fewer than 20 are not judged: their share would be chance."""
    mean_words: Bounds = (0.0, None)
    """Mean length of the kept documents, in words."""


class Rule(Section):
    """A decision as data: a document is dropped where `column operator value` holds."""

    name: str
    column: str
    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    value: float
    reason: str
    groups: list[Group] = []
    """Empty: all groups."""
    kinds: list[Kind] = []
    """Empty: all kinds."""


class FilteringConfig(Section):
    rules: list[Rule] = []
    """Empty: the built-in rules of `heal_pipeline.filtering.rules`."""
    expected: Expected = Expected()
    exclude_source_at: Amount = 0.5
    """A source whose documents fail the quality rules at this share or above is excluded as a whole. Above 1: none is."""
    max_drift: Amount = 0.25
    """A warning, no gate: a signal whose population stability index against the source's last day is above this has drifted.
    The usual reading: below .1 nothing, above .25 a change."""

    def expected_of(self, entry: SourceEntry) -> dict[DayMeasure, Bounds]:
        """The bounds that hold for a source."""
        return {name: entry.expected.get(name, getattr(self.expected, name)) for name in get_args(DayMeasure)}


class DedupConfig(Section):
    num_permutations: Annotated[int, Field(ge=2)] = 128
    shingle_words: Positive = 5
    jaccard: Annotated[float, Field(gt=0, le=1)] = 0.8
    max_removed_share: Share = 0.95
    """Gate: a source that loses more than this share to duplicates stops (the wipe-out guard)."""
    max_cluster_share: Share = 0.2
    """Gate: no document stays for more than this share of all documents (and more than 100)."""


class DecontaminationConfig(Section):
    ngram_words: Positive = 13
    """Words in a run: one that a document shares with an evaluation item removes it."""
    min_item_words: Positive = 8
    """Passages of fewer words than a run, but of so many, are looked for whole."""
    common_texts: Positive = 10
    """A run that more different texts of a source hold on a day is its phrase, and tells nothing alone."""
    copied_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """A document that holds this share of an item's runs is a copy, however common they are."""


class RepeatedSentencesConfig(Section):
    """Sentences that many documents repeat stay in the first of them alone."""

    min_words: Positive = 8
    """Sentences of fewer words are never left out."""
    max_documents: Positive = 10
    """A sentence in more surviving documents than this is repeated."""
    kinds: list[Prose] = ["text", "article"]
    """Kinds that may lose sentences. Templates and instructions never do; in notes a sentence that recurs is a finding."""
    groups: list[Group] = ["non_medical_public", "medical_public"]
    """Groups that may lose sentences. Without kinds or groups nothing does."""
    max_document_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    """A document that would lose more than this share of its words is left out as a whole."""
    max_removed_share: Share = 0.5
    """Gate: a source that would lose more than this share of its words stops."""
