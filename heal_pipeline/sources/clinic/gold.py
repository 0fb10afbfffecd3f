"""What the clinic knows of its own documents: the truth that each stage of a run can be measured against."""

from dataclasses import dataclass, field

from heal_pipeline.documents import SEGMENT_SEPARATOR, Record, Segment
from heal_pipeline.sources.clinic.grammar import polish
from heal_pipeline.sources.clinic.marking import Phi, plain, spans
from heal_pipeline.sources.clinic.people import Patient

KEPT, QUALITY, DUPLICATE = "", "quality", "duplicate"
"""What should become of a document: it stays, a quality rule drops it, or it goes as a duplicate of another one."""


@dataclass(frozen=True)
class Gold:
    """The truth on one document.

    Attributes:
        phi: its identifiers, with offsets into `documents.document_text` of the record's segments, in order.
        rubric: (category, term): what a note of this visit, or of this part of it, shall say.
        cluster: equal for documents that are duplicates of each other; "" for those that have none.
        drop: KEPT, QUALITY or DUPLICATE. Of a cluster the copies are marked; which one stays is the pipeline's choice.
        reason: what it is: the kind of junk, "near copy", "exact copy", "other dose"; "" for an ordinary document.
        answers: term → "yes", "no" or "not asked", for filled forms.
    """

    phi: tuple[Phi, ...] = ()
    rubric: tuple[tuple[str, str], ...] = ()
    cluster: str = ""
    drop: str = KEPT
    reason: str = ""
    answers: tuple[tuple[str, str], ...] = ()


@dataclass
class Draft:
    """A document while it is written: marked segments of (text, scored), and what is known of it."""

    key: str
    segments: list[tuple[str, bool]]
    patient: Patient | None = None
    meta: dict[str, str] = field(default_factory=dict)
    rubric: tuple[tuple[str, str], ...] = ()
    cluster: str = ""
    drop: str = KEPT
    reason: str = ""
    answers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        self.segments = [(polish(text).strip(), scored) for text, scored in self.segments]

    def text(self) -> str:
        """Its text with marks."""
        return SEGMENT_SEPARATOR.join(text for text, _ in self.segments)

    def record(self) -> Record:
        p = self.patient
        return Record(
            [Segment(plain(text), scored) for text, scored in self.segments],
            key=self.key,
            subject=p.subject if p else None,
            meta=self.meta,
            registration=p.registration if p else {},
        )

    def gold(self) -> Gold:
        return Gold(tuple(spans(self.text())), self.rubric, self.cluster, self.drop, self.reason, self.answers)
