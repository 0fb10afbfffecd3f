"""Near-duplicates: signatures of a day's documents, verified pairs between days, and what the report says of them.

minhash: text → shingles → signature → band keys.  postings: keys sorted, on disk.  linking: which contents meet under a key.
verification: the true similarity of two that met.  indexing, pairing: the two daily stages.  candidates, evidence, comparing: the
steps of pairing, by tasks.  local: the same on a list of texts, without Spark.  reporting: reports/dedup.json.
Which of two duplicates stays is no matter of this folder: see `heal_pipeline.survivors`.
"""

from heal_pipeline.dedup.indexing import index
from heal_pipeline.dedup.local import duplicates
from heal_pipeline.dedup.pairing import find_pairs
from heal_pipeline.dedup.reporting import report

__all__ = ["duplicates", "find_pairs", "index", "report"]
