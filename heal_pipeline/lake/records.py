"""What is put on record of tables and stages: verdicts of gates, the manifest of a commit, the result of a stage."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from heal_pipeline.fingerprint import fingerprint_json

if TYPE_CHECKING:
    import pandas as pd

Zone = Literal["restricted", "cleared"]


@dataclass(frozen=True)
class Verdict:
    """What a gate said of a staged table. `results` holds names, booleans and counts, never record text."""

    gate: str
    passed: bool
    results: list[dict[str, Any]] = field(default_factory=list)


class Validator(Protocol):
    """Runs the named expectation suite on a frame. resources/expectations.py gives the Great Expectations one."""

    def __call__(self, suite: str, frame: "pd.DataFrame", /, **parameters: float | None) -> Verdict:
        """`parameters` are the values that the suite leaves to its caller, as bounds from the profile; None: no bound."""


@dataclass(frozen=True)
class Manifest:
    """The commit record of a table.

    Attributes:
        table: name, with the day after "@" where there is one.
        rows: number of rows.
        fingerprint: 32 hex digits of the content, whatever the row order and partitions.
        inputs: fingerprint of each table, artifact or set of files it was made from, by label.
        verdicts: what each gate said; all passed.
        code_version: hash of the code that made it, from heal_pipeline.code_version.
        profile_hash: hash of the profile that made it.
        scheme: the hash, tokenizer or shard scheme of the content; a reader with another refuses it.
        metadata: counts and names for people; never record text.
    """

    table: str
    zone: Zone
    data: str
    rows: int
    fingerprint: str
    columns: list[dict[str, str]]
    inputs: dict[str, str]
    verdicts: list[Verdict]
    code_version: str
    profile_hash: str
    scheme: str
    metadata: dict[str, Any]

    @staticmethod
    def load(path: Path) -> "Manifest":
        values = json.loads(path.read_text())
        values["verdicts"] = [Verdict(**v) for v in values["verdicts"]]
        return Manifest(**values)


@dataclass(frozen=True)
class StageResult:
    """What a stage hands to whoever called it: the numbers of its live line, and what is worth showing.

    `metadata` holds plain numbers and strings, `tables` small lists of records, `charts` lines or stacked bars
    to draw, in the form of the JSON files of reports/ (report/tables.py). None hold record text.
    """

    name: str
    rows_in: int
    rows_out: int
    manifest: Manifest | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    charts: list[dict[str, Any]] = field(default_factory=list)
    made: str = ""
    """What `rows_out` counts, where a stage makes something else out of its rows; "" where it keeps some of them."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of what was committed: a table's manifest, an artifact's, or else of the numbers themselves."""
        if self.manifest is not None:
            return self.manifest.fingerprint
        return str(self.metadata.get("fingerprint") or fingerprint_json([self.metadata, self.tables, self.charts]))
