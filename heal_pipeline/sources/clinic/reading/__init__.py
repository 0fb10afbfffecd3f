"""Reading text without anybody's identifiers: general pages, medical pages, and questions with their answers."""

from heal_pipeline.sources.clinic.reading.general import general_page
from heal_pipeline.sources.clinic.reading.medical import medical_page
from heal_pipeline.sources.clinic.reading.questions import question

__all__ = ["general_page", "medical_page", "question"]
