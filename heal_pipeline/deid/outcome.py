"""What came out of the pass: read back a batch at a time, judged, and copied to the staged table.

What was planted is taken out here. Gates are in gates.py; the pass itself is in deidentifying.py.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.deid.canaries import Canary
from heal_pipeline.deid.controls import Control
from heal_pipeline.deid.gates import Rescan, Residue
from heal_pipeline.deid.records import CLEANED
from heal_pipeline.documents import DOCUMENT_SCHEMA, document_text, summary_frame
from heal_pipeline.lake import Staged

if TYPE_CHECKING:
    import pandas as pd

PLANTED_SOURCE = "canary"
"""Stands in the source column of what is planted. No document is told from it by its name: identities decide."""
BATCH_ROWS = 512
_QUANTILES = {"median": 0.5, "90 %": 0.9, "99 %": 0.99, "highest": 1.0}


class Planted:
    """Canaries and controls as documents of the pass.

    Args:
        canaries, controls: what is planted. Their identities are no hashes, so that no document has one of them.
    """

    def __init__(self, canaries: list[Canary], controls: list[Control]):
        self.canaries, self.controls = canaries, controls
        self.texts = {f"canary-{i:06d}": c.text for i, c in enumerate(canaries)}
        self.texts |= {f"control-{i:06d}": c.text for i, c in enumerate(controls)}

    def write(self, path: Path, day: str) -> None:
        """Writes them as documents that name nobody: each is a record by itself."""
        import pyarrow.parquet as pq

        rows = [
            {
                "doc_id": doc_id, "content_id": "", "source": PLANTED_SOURCE, "batch": day, "origin_file": "",
                "origin_row": i, "num_records": 1, "subject_id": None, "kind": "note",
                "segments": [{"text": text, "scored": True}], "meta": [],
            }
            for i, (doc_id, text) in enumerate(self.texts.items())
        ]  # fmt: skip
        pq.write_table(pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA), path)


class Outcome:
    """Documents are copied to the staged table, what was planted is kept back, decisions and numbers are gathered.

    Args:
        sample: documents of which the output is kept for a second opinion.
    """

    def __init__(self, residue: Residue, planted: Planted, sample: frozenset[str] = frozenset()):
        self.residue, self.rescan = residue, Rescan()
        self.found: Counter[str] = Counter()
        self.echoes = self.broken_intervals = self.num_canaries_cleaned = 0
        self.risks: dict[str, float] = {}
        self.sampled: dict[str, tuple[str, list[str]]] = {}
        self._planted, self._sample = planted, sample
        self._carriers: dict[str, str] = {}
        self._decisions: list[tuple[str, str, str, int]] = []
        self._summaries: list[pd.DataFrame] = []

    def copy(self, files: list[Path], staged: Staged) -> None:
        """Goes through the pass's output a batch at a time, in the order of its files."""
        import pyarrow.parquet as pq

        staged.write(DOCUMENT_SCHEMA.empty_table())
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS):
                kept = [self._look_at(row) for row in batch.to_pylist()]
                documents = (
                    pa.Table.from_batches([batch]).select(DOCUMENT_SCHEMA.names).filter(pa.array(kept, pa.bool_()))
                )
                if documents.num_rows:
                    staged.write(documents.cast(DOCUMENT_SCHEMA))
                    self._summaries.append(summary_frame(documents))

    def _look_at(self, row: dict[str, Any]) -> bool:
        """Whether the row is a document that stays."""
        doc_id, cleaned = row["doc_id"], row["rule"] == CLEANED
        if doc_id in self._planted.texts:
            self._carriers[doc_id] = document_text(row["segments"])
            self.num_canaries_cleaned += cleaned and doc_id.startswith("canary")
            return False
        num_found = sum(n for _, n in row["found"])
        self._decisions.append((doc_id, row["rule"], row["evidence"], num_found))
        if not cleaned:
            return False
        texts = [s["text"] for s in row["segments"]] + [value for _, value in row["meta"]]
        self.found.update(dict(row["found"]))
        self.echoes += row["echoes"]
        self.broken_intervals += row["broken_intervals"]
        self.risks[doc_id] = row["risk"]
        self.residue.add(row["subject_id"], "\n".join(texts))
        self.rescan.add(texts)
        if doc_id in self._sample:
            self.sampled[doc_id] = document_text(row["segments"]), row["written"]
        return True

    def canary_texts(self) -> list[str]:
        """The cleaned carriers, in the order of the canaries; "" for one that was lost, which is counted elsewhere."""
        return self._came_back("canary")

    def control_texts(self) -> list[str]:
        return self._came_back("control")

    def _came_back(self, kind: str) -> list[str]:
        return [self._carriers.get(doc_id, "") for doc_id in self._planted.texts if doc_id.startswith(kind)]

    def risk_quantiles(self) -> dict[str, float]:
        """The distribution of the documents' residual risk; empty where there are no documents."""
        import numpy as np

        if not self.risks:
            return {}
        values = np.quantile(list(self.risks.values()), list(_QUANTILES.values()), method="higher")
        return {name: round(float(value), 4) for name, value in zip(_QUANTILES, values, strict=True)}

    def summary(self) -> "pd.DataFrame":
        import pandas as pd

        empty = summary_frame(DOCUMENT_SCHEMA.empty_table())
        return pd.concat(self._summaries, ignore_index=True) if self._summaries else empty

    def decisions(self, source: str, day: str) -> pa.Table:
        """The ledger's rows: `value` is the number of identifiers replaced."""
        rows = [
            {
                "doc_id": doc, "batch": day, "stage": f"deidentified/{source}", "rule": rule, "value": float(num),
                "threshold": None, "kept": rule == CLEANED, "evidence": evidence,
            }
            for doc, rule, evidence, num in sorted(self._decisions)
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=ledger.LEDGER_SCHEMA)
