"""Sentences that many documents repeat: a site's footer, a publisher's disclaimer. All copies but the first are left out.

Lee et al. 2021 ("Deduplicating Training Data Makes Language Models Better") remove long substrings that occur twice, wherever
they begin and end. Here the unit is the sentence, so that no text is cut inside one, and a sentence has to stand in many
documents. Which kinds and groups of sources may lose sentences is the profile's; templates and instructions never do.

The decision is a pure function of the survivors and their tokens. Documents stay as they are in their tables: what a release
leaves out of them is left out when its rows are packed.

reading: the sentences of the survivors.  counting: which of them are repeated.  choice: which copies go, and which documents.
guards: the gates.  stage: the table and its ledger.  reporting: reports/repeated_sentences.json.
"""

from heal_pipeline.repeated_sentences.stage import MOSTLY_REPEATED, REPEATED_SCHEMA, decide

__all__ = ["MOSTLY_REPEATED", "REPEATED_SCHEMA", "decide"]
