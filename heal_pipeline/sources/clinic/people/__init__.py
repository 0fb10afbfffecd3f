"""Invented people: patients with their registration, clinicians, relatives, and the places they name."""

from heal_pipeline.sources.clinic.people.persons import (
    NUM_CLINICIANS,
    Clinician,
    Patient,
    clinician,
    colleague,
    patient,
)

__all__ = ["NUM_CLINICIANS", "Clinician", "Patient", "clinician", "colleague", "patient"]
