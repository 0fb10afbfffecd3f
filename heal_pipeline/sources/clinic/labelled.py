"""Records of the clinic with every identifier marked: what a detector is measured on. Visits of their own, in no stream's day."""

from heal_pipeline.documents import document_text
from heal_pipeline.sources.clinic import Clinic

STREAMS = ("soap_notes", "ehr_notes", "ros_templates", "conversations", "clinic_instructions")
"""The streams that speak of people."""


def labelled_texts(seed: int, visits: int, day: str) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """(text, spans) of each record of `visits` visits; spans are (start, end, type), half-open in characters of the text.

    Args:
        seed: another than a profile's, so that the visits are none of its sources.
        day: the day of the visits.
    """
    clinic = Clinic(seed, visits, [day])
    found = []
    for stream in STREAMS:
        gold = clinic.gold(stream, day)
        for record in clinic.records(stream, day):
            spans = [(phi.start, phi.end, phi.type) for phi in gold[str(record.key)].phi]
            found.append((document_text(record.segments), spans))
    return found
