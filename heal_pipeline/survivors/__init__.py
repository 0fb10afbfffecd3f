"""Which documents stay, over all days: withdrawals, contamination and verified duplicates decide. Ids only, no text.

Withdrawn and contaminated documents go first, so that their duplicates come back. Of the rest stays the lexicographically
first maximal independent set of the duplicate relation in the order (batch, source priority, doc_id): a document goes only
if it directly matches one that stays. Two documents match where their contents are equal, where a pair of their contents
was accepted, or where they are deliveries of one record on two days. The result is a pure function of what the tables of
all days hold together; the order in which days came in is not in it.

choice: who stays, on rows of ids.  facts: what the tables say.  guards: the gates.  stage: the table and its ledger.
"""

from heal_pipeline.survivors.choice import DUPLICATE, NUMBERS_DIFFER, REASONS
from heal_pipeline.survivors.facts import DOCUMENT_WITHDRAWN, SUBJECT_WITHDRAWN, withdrawn
from heal_pipeline.survivors.stage import SURVIVOR_SCHEMA, decide

__all__ = [
    "DOCUMENT_WITHDRAWN",
    "DUPLICATE",
    "NUMBERS_DIFFER",
    "REASONS",
    "SUBJECT_WITHDRAWN",
    "SURVIVOR_SCHEMA",
    "decide",
    "withdrawn",
]
