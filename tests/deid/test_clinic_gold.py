"""The tagger of the sample profile against the clinic's own record of what is an identifier: found, and not too much more."""

import pytest

from heal_pipeline.deid.detectors import Detector
from heal_pipeline.deid.scoring import TokenCounts
from heal_pipeline.documents import document_text
from heal_pipeline.profile import load_profile
from heal_pipeline.sources.clinic import Clinic

STREAMS = ("soap_notes", "ehr_notes", "ros_templates", "conversations", "clinic_instructions")
MAX_FALSE_POSITIVES = 5.0
"""In 1,000 tokens, in a home without public text, whose lists of common words come from packages alone."""


@pytest.mark.slow
@pytest.mark.parametrize("stream", STREAMS)
def test_the_clinics_identifiers_are_found_and_little_else(stream: str, sample_detector: Detector) -> None:
    profile = load_profile("sample")
    day = profile.days[0]
    clinic = Clinic(profile.seed, profile.clinic_documents, profile.days)
    gold, records = clinic.gold(stream, day), list(clinic.records(stream, day))
    texts = [document_text(record.segments) for record in records]
    counts = TokenCounts()
    for record, text, spans in zip(records, texts, sample_detector.detect(texts), strict=True):
        counts.add(text, [(p.start, p.end, p.type) for p in gold[record.key].phi], spans)
    assert counts.gold > 1000
    assert counts.correct >= 0.99 * counts.gold
    assert 1000 * (counts.found - counts.correct) / counts.tokens <= MAX_FALSE_POSITIVES
