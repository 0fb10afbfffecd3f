"""A home with all that the corpus tables count: raw to survivors, with drops of every stage, over tokens that are there already."""

from collections.abc import Mapping

import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.lake import Lake
from heal_pipeline.profile import SourceEntry
from tests.token_home import DAYS, ENTRY, SOURCES, TokenHome, identity

SUBTITLES = {**ENTRY, "name": "subtitles", "group": "non_medical_public", "kind": "text"}
LETTERS = {**ENTRY, "name": "letters", "group": "medical_proprietary", "kind": "note", "phi": "contains"}
"""A source of which no day has come."""

CHARACTERS = 4
"""Characters a token, in every document that is tokenized."""
DROPPED_CHARACTERS = 40
"""Characters of a document that is not."""


def commit_day(
    lake: Lake,
    stage: str,
    entry: SourceEntry,
    day: str,
    kept: Mapping[str, int],
    dropped: Mapping[str, list[str]],
    *,
    value: float | None = None,
    threshold: float | None = None,
    evidence: str = "",
) -> None:
    """Commits a day of a stage with its ledger.

    Args:
        kept: doc_id → characters.
        dropped: rule → doc_ids.
        value, threshold, evidence: of all rows that are dropped.
    """
    name = f"{stage}/{entry.name}"
    zone = "cleared" if stage == "deidentified" else entry.zone
    rows = [(d, "passed", None, None, True, "") for d in kept]
    rows += [(d, rule, value, threshold, False, evidence) for rule, ids in dropped.items() for d in ids]
    decisions = pa.Table.from_pylist(
        [
            {
                "doc_id": doc, "batch": day, "stage": name, "rule": rule, "value": number, "threshold": bound,
                "kept": is_kept, "evidence": why,
            }
            for doc, rule, number, bound, is_kept, why in rows
        ],
        ledger.LEDGER_SCHEMA,
    )  # fmt: skip
    with lake.stage(lake.table(name, day, zone)) as staged:
        staged.write(pa.table({"doc_id": pa.array(list(kept), pa.string())}))
        staged.gate(ledger.conserved(len(rows), decisions, len(kept)))
        ledger.commit(staged, decisions, {"characters": sum(kept.values())})


class CorpusHome(TokenHome):
    """A TokenHome with the stages before its tokens.

    Each day of each source begins with `unreadable` rows that cannot be read and `filtered` documents that a rule drops;
    where the source is de-identified, `quarantined` documents are lost there. Subtitles are excluded, letters never came.
    """

    def __init__(
        self,
        lake: Lake,
        documents: int = 40,
        *,
        unreadable: int = 1,
        filtered: int = 3,
        quarantined: int = 2,
        **settings,
    ) -> None:
        super().__init__(lake, documents, **{"sources": [*SOURCES, SUBTITLES, LETTERS], **settings})
        self.unreadable, self.filtered, self.quarantined = unreadable, filtered, quarantined
        for entry in self.profile.sources:
            for day in DAYS:
                clean = {
                    r["doc_id"]: r["num_characters"] for r in self.rows if r["source"] == entry.name and r["day"] == day
                }
                if clean:
                    self.commit(entry, day, clean)
        self.exclude(self.profile.source("subtitles"), 30, failing=24)

    def commit(self, entry: SourceEntry, day: str, clean: Mapping[str, int]) -> None:
        lost = self._made_up("quarantined", entry, day, self.quarantined if entry.restricted else 0)
        short = self._made_up("few_words", entry, day, self.filtered)
        broken = self._made_up("unreadable", entry, day, self.unreadable)
        commit_day(self.lake, "raw", entry, day, {**clean, **lost, **short}, {"unreadable": list(broken)})
        commit_day(self.lake, "filtered", entry, day, {**clean, **lost}, {"few_words": list(short)})
        if entry.restricted:
            commit_day(self.lake, "deidentified", entry, day, clean, {"quarantined": list(lost)})

    def exclude(self, entry: SourceEntry, documents: int, failing: int) -> None:
        """Each day loses the source as a whole; of its documents the first day's fail as captions, the others' as too short."""
        for day, rule in zip(DAYS, ("subtitles", "few_words"), strict=True):
            ids = self._made_up("subtitles", entry, day, documents)
            commit_day(self.lake, "raw", entry, day, ids, {})
            commit_day(
                self.lake, "filtered", entry, day, {}, {"source_excluded": list(ids)},
                value=failing / documents, threshold=0.5, evidence=rule,
            )  # fmt: skip

    @staticmethod
    def _made_up(what: str, entry: SourceEntry, day: str, count: int) -> dict[str, int]:
        """doc_id → characters of documents that are never tokenized."""
        return {identity(f"{what}{entry.name}{day}{i}"): DROPPED_CHARACTERS for i in range(count)}
