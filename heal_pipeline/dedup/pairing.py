"""The stage duplicate_pairs: pairs between a day's documents and those of every day present, each verified on its texts.

1. Documents of equal content are paired from the indexes alone (`linking.equals`).
2. Band keys of all days meet, and different contents under one key become candidates (`candidates`).
3. The texts of the candidates are read and shingled (`evidence`), and compared (`comparing`).

A near pair is a fact about two contents, and `content_a`, `content_b` name them: it stays true when documents go, change
or come back. The pairs of all days form one set that does not depend on the order in which days came in; what lies
between two days may be reported by both.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from heal_pipeline.code_version import code_version
from heal_pipeline.dedup import indexing
from heal_pipeline.dedup.candidates import find_candidates
from heal_pipeline.dedup.comparing import PAIR_SCHEMA, compare_candidates
from heal_pipeline.dedup.evidence import gather
from heal_pipeline.dedup.linking import equals
from heal_pipeline.dedup.minhash import Scheme
from heal_pipeline.dedup.postings import DayIndex
from heal_pipeline.dedup.verification import BELOW, EXACT, JACCARD
from heal_pipeline.documents import digits
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import NUMBERS_DIFFER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = "duplicate_pairs"


def find_pairs(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Writes duplicate_pairs@day: pairs of a document of the day and one of any day present, accepted or nearly so.

    Raises:
        GateError: the day's index, or another day's, is absent or has another scheme.
        GateFailedError: a candidate was not compared, or the suite "duplicate_pairs" does not hold.
    """
    scheme = Scheme.of(profile.dedup)
    days = days_present(lake, profile, day)
    tables = [lake.table(indexing.TABLE, d) for d in days]
    indexes = [DayIndex.of(t, scheme.name) for t in tables]
    own = days.index(day)
    name = f"{scheme.name}/jaccard{profile.dedup.jaccard}"
    with (
        lake.stage(
            lake.table(TABLE, day), inputs=tables, code_version=code_version("duplicate_pairs"), scheme=name
        ) as staged,
        _beside(staged) as work,
    ):
        candidates = find_candidates(spark, indexes, own, profile.dedup.jaccard, work)
        wanted = np.unique(np.concatenate([candidates["a"], candidates["b"]]))
        clean = [_indexed(lake, profile, table) for table in tables]
        gather(spark, clean, indexes, wanted, profile.dedup.shingle_words, work)
        num_compared = compare_candidates(spark, candidates, indexes, profile.dedup.jaccard, work, staged.path)
        staged.write(_equal_pairs(days, indexes, own))
        stored = staged.read()
        rules = Counter(stored["rule"].to_pylist())
        result = [{"candidates": len(candidates), "compared": num_compared}]
        staged.gate(Verdict("candidates_compared", num_compared == len(candidates), result))
        staged.gate(validate(TABLE, stored.to_pandas()))
        accepted = {rule: rules[rule] for rule in (EXACT, JACCARD, NUMBERS_DIFFER)}
        below = num_compared - rules[JACCARD] - rules[NUMBERS_DIFFER]
        metadata = {"days_compared": len(days), "candidates": len(candidates), **accepted, BELOW: below}
        manifest = staged.commit(metadata)
    rows_in = sum(t.manifest().rows for t in tables)
    return StageResult(f"{TABLE}@{day}", rows_in, manifest.rows, manifest, metadata, made="pairs")


@contextmanager
def _beside(staged: Staged) -> Iterator[Path]:
    """A folder for what tasks hand on, as restricted as what is staged, and removed at the end; makes that of `staged` as well."""
    work = staged.path.with_name(staged.path.name + "-work")
    for folder in (staged.path, work):
        folder.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def days_present(lake: Lake, profile: Profile, day: str) -> list[str]:
    """The days to compare with: `day`, and all that have an index made from their clean tables as they are now.

    Another day whose clean tables changed since is left out, since its texts are not those of its index. It compares
    itself with this one when it is indexed again, and until then `survivors` refuses the two.

    Raises:
        GateError: the day's own index is older than its clean tables.
    """
    if not _is_current(lake, profile, day):
        raise GateError(
            f"{indexing.TABLE}@{day} is older than the clean tables of the day: rematerialise {indexing.TABLE}"
        )
    others = [d for d in lake.days(indexing.TABLE) if d != day and lake.table(indexing.TABLE, d).committed()]
    return sorted([day, *(d for d in others if _is_current(lake, profile, d))])


def _is_current(lake: Lake, profile: Profile, day: str) -> bool:
    clean = [t for t in indexing.clean_tables(lake, profile, day) if t.committed()]
    return lake.table(indexing.TABLE, day).manifest().inputs == {t.label: t.manifest().fingerprint for t in clean}


def _indexed(lake: Lake, profile: Profile, index: Table) -> list[Table]:
    """The clean tables that an index was made from, in the order of its rows."""
    tables = {t.label: t for t in indexing.clean_tables(lake, profile, str(index.day))}
    return [tables[label] for label in index.manifest().inputs]


def _equal_pairs(days: Sequence[str], indexes: Sequence[DayIndex], own: int) -> pa.Table:
    rows = [
        {
            "a": a,
            "b": b,
            "jaccard": 1.0,
            "containment": 1.0,
            "bands_shared": 0,  # they met by content, not under keys
            "accepted": True,
            "rule": EXACT,
            "content_a": content,
            "content_b": content,
        }
        for a, b, content in equals(_sharing_content(days, indexes, own), days[own])
    ]
    return pa.Table.from_pylist(rows, PAIR_SCHEMA)


def _sharing_content(days: Sequence[str], indexes: Sequence[DayIndex], own: int) -> Iterator[tuple[str, str, str]]:
    """(content_id, batch, doc_id) of the documents whose content is one of the day's and not the content of one document alone.

    Contents are told apart by the upper halves of their identities first: what shares one by chance comes as well, and harms nothing.
    """
    keys, _ = indexes[own].contents.part(0)
    found = [index.contents.under(np.unique(keys)) for index in indexes]
    every, counts = np.unique(np.concatenate([keys for keys, _ in found]), return_counts=True)
    shared = every[counts > 1]
    for day, index, (keys, rows) in zip(days, indexes, found, strict=True):
        documents = index.documents()[rows[np.isin(keys, shared)]]
        contents = digits(documents["content_high"], documents["content_low"]).to_pylist()
        doc_ids = digits(documents["doc_high"], documents["doc_low"]).to_pylist()
        yield from zip(contents, [day] * len(contents), doc_ids, strict=True)
