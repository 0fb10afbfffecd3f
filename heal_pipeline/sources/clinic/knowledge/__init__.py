"""What the clinic knows of medicine: conditions, drugs, symptoms. Vocabulary as data, written for this project."""

from heal_pipeline.sources.clinic.knowledge import circulation, infections, lasting, strains

DATA = (infections.TEXT, strains.TEXT, circulation.TEXT, lasting.TEXT)
"""The blocks of all conditions."""
