"""Encounters: the facts of a visit, and what is written and said of them. One visit feeds several streams."""

from heal_pipeline.sources.clinic.encounters.facts import Encounter, encounter

__all__ = ["Encounter", "encounter"]
