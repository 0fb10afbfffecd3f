"""Invented people: patients with their registration, clinicians, relatives, and the places they name."""

from heal_pipeline.sources.clinic.people.persons import Clinician, Patient, clinician, patient

__all__ = ["Clinician", "Patient", "clinician", "patient"]
