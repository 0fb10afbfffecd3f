"""A source of documents, and the bounds within which it is read. What stages do with the documents is set in corpus.py and deid.py."""

from typing import Annotated, Any, Literal

from pydantic import Field

from heal_pipeline.profile.base import Bounds, Count, Group, Kind, Phi, Section, Share

DayMeasure = Literal["documents", "drop_share", "english_share", "mean_words"]


class SourceEntry(Section):
    """A source of documents. Adding one is adding one of these to the profile; it needs no code."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    reader: str
    """A name in `heal_pipeline.sources.readers.READERS`, or "clinic" for the built-in synthetic clinic."""
    location: list[str] = []
    """Files or glob patterns below the data folder; `{day}` stands for the drop folder of a day."""
    members: str = "*"
    """Which members of an archive are read (a glob pattern)."""
    group: Group
    kind: Kind
    licence: str
    owner: str
    phi: Phi = "none"
    priority: Count = 100
    """Of two duplicates in one batch, the one from the source with the lower number stays."""
    fields: dict[str, str] = {}
    """What a reader maps to what: `text`, `key`, `subject`, or `prompt`/`response` templates for instructions; and names of `meta`."""
    meta: list[str] = []
    """Fields of the source that may pass into the cleared zone."""
    options: dict[str, Any] = {}
    """The reader's own options; one that it does not know is refused (heal_pipeline/sources/entries.py)."""
    max_quarantined_share: Share | None = None
    """In place of `ingest.max_quarantined_share` for this source."""
    allow_domains: list[str] = []
    deny_domains: list[str] = []
    expected: dict[DayMeasure, Bounds] = {}
    """Bounds of its own, in place of those under `filtering.expected`."""

    @property
    def has_domain_rules(self) -> bool:
        return bool(self.allow_domains or self.deny_domains)

    @property
    def restricted(self) -> bool:
        return self.phi != "none"

    @property
    def zone(self) -> Literal["restricted", "cleared"]:
        """Where its raw and filtered tables live."""
        return "restricted" if self.restricted else "cleared"

    @property
    def clean_stage(self) -> Literal["deidentified", "filtered"]:
        """The last daily stage of its chain: what deduplication and tokenization read. Always in the cleared zone."""
        return "deidentified" if self.restricted else "filtered"

    @property
    def clean_table(self) -> str:
        """The name of that stage's tables of the source, one a day."""
        return f"{self.clean_stage}/{self.name}"


class IngestConfig(Section):
    max_record_bytes: Annotated[int, Field(ge=2**10, le=2**30)] = 64 * 2**20
    """A line, page or row above this is quarantined, and never held in memory."""
    max_quarantined_share: Share = 0.05
    """Gate: a source of which more than this share (and more than one record) cannot be read in a day stops."""
