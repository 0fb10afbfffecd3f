"""k-anonymity of what leaves the restricted zone beside the text: how many people share all of a person's metadata.

Fields that are harmless one by one single people out together: of 1,148 synthetic people, cleaned by the fields of Safe
Harbor, 467 were alone with their birth year, three ZIP digits and sex. Texts are judged elsewhere (gates.py).

A group is the people with the same records: the same set of values of (kind, day, metadata) over all that is there of each
(Sweeney 2002, International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10(5)). Hashes that stand for
documents, contents and files are not compared: nobody outside can look them up. No value and no id is in the results.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from heal_pipeline.deid.scoring import rounded, share
from heal_pipeline.lake import Verdict
from heal_pipeline.profile import DeidConfig

if TYPE_CHECKING:
    import numpy as np

COLUMNS = ["doc_id", "subject_id", "kind", "batch", "meta"]
"""What of a document is looked at."""
USUAL_GROUP = 5
"""The least group where a profile names none, for the report (El Emam and Dankar 2008, JAMIA 15)."""
IDENTIFIER_SHARE = 0.9
"""A column whose values single out this share of the people is an identifier, whatever its name says."""
MIN_JUDGED = 10
"""Of fewer people each may be alone by chance: no column is called an identifier then."""


@dataclass(frozen=True)
class Anonymity:
    """How many people share their metadata.

    Attributes:
        people: subjects, and documents without one, each of which stands for somebody.
        without_subject: the latter.
        min_group: what a small group is: one of fewer people.
        smallest_group: people in the smallest group; 0 where there are no people.
        alone: people in groups of one.
        in_small_groups: people in small groups.
        columns: a record for each column: how many are alone by it, and how many would be if it were left out.
    """

    people: int
    without_subject: int
    min_group: int
    smallest_group: int
    alone: int
    in_small_groups: int
    columns: list[dict[str, Any]]

    def row(self) -> dict[str, Any]:
        """One record for a table."""
        return {
            "people": self.people,
            "without_a_person": self.without_subject,
            "smallest_group": self.smallest_group,
            "alone": self.alone,
            "share_alone": rounded(share(self.alone, self.people)),
            f"share_below_{self.min_group}": rounded(share(self.in_small_groups, self.people)),
            "identifying_columns": ", ".join(c["column"] for c in self.columns if c["identifier"]),
        }


def measure(documents: pa.Table | pa.RecordBatch, min_group: int | None = None) -> Anonymity:
    """How many people share their metadata.

    Args:
        documents: with COLUMNS, of a day or of several.
        min_group: people that a group must have; None: USUAL_GROUP.
    """
    import pandas as pd

    least = min_group or USUAL_GROUP
    subjects = documents["subject_id"].to_pandas()
    people = pd.factorize(subjects.fillna("document " + documents["doc_id"].to_pandas()))[0]
    values = _values(documents)
    sizes = _group_sizes(people, list(values.values()))
    num = len(sizes)
    columns = []
    for column, own in values.items() if num else ():
        alone = int((_group_sizes(people, [own]) == 1).sum())
        without = _group_sizes(people, [other for name, other in values.items() if name != column])
        columns.append(
            {
                "column": column,
                "distinct_values": int(own.max() + 1),
                "share_alone_by_it": rounded(share(alone, num)),
                "share_alone_without_it": rounded(share(int((without == 1).sum()), num)),
                "identifier": num >= MIN_JUDGED and alone >= IDENTIFIER_SHARE * num,
            }
        )
    return Anonymity(
        people=num,
        without_subject=int(subjects.isna().sum()),
        min_group=least,
        smallest_group=int(sizes.min()) if num else 0,
        alone=int((sizes == 1).sum()),
        in_small_groups=int((sizes < least).sum()),
        columns=columns,
    )


def verdict(found: Anonymity, config: DeidConfig) -> Verdict | None:
    """Passed where no group is smaller than `min_group`; None where the profile sets no bound.

    What comes after the counts says of each column how many people would be alone if it were left out.
    """
    if config.min_group is None:
        return None
    counts = {
        "people": found.people, "smallest_group": found.smallest_group, "people_in_small_groups": found.in_small_groups,
        "allowed_group": config.min_group,
    }  # fmt: skip
    columns = [{k: c[k] for k in ("column", "share_alone_by_it", "share_alone_without_it")} for c in found.columns]
    return Verdict("k_anonymity", found.in_small_groups == 0, [counts, *columns])


def _values(documents: pa.Table | pa.RecordBatch) -> dict[str, "np.ndarray"]:
    """Column → int64[num_documents], the number of each document's value; -1 where it has none."""
    import numpy as np
    import pandas as pd

    columns = {name: pd.factorize(documents[name].to_pandas())[0] for name in ("kind", "batch")}
    meta = documents["meta"]
    pieces, start = [], 0
    for chunk in meta.chunks if isinstance(meta, pa.ChunkedArray) else [meta]:
        offsets = chunk.offsets.to_numpy()
        first, num = offsets[0], offsets[-1] - offsets[0]  # keys and items know nothing of a slice
        keys, items = chunk.keys.slice(first, num).to_pandas(), chunk.items.slice(first, num).to_pandas()
        rows = np.repeat(np.arange(start, start + len(chunk)), np.diff(offsets))
        pieces.append(pd.DataFrame({"row": rows, "key": keys, "value": items}))
        start += len(chunk)
    entries = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame({"row": [], "key": [], "value": []})
    for key in sorted(entries["key"].unique()):
        own = entries[entries["key"] == key].drop_duplicates("row", keep="last")
        columns[f"meta: {key}"] = np.full(documents.num_rows, -1)
        columns[f"meta: {key}"][own["row"]] = pd.factorize(own["value"])[0]
    return columns


def _group_sizes(people: "np.ndarray", columns: "list[np.ndarray]") -> "np.ndarray":
    """int64[num_people]: how many people have the same set of values in some columns over all of their documents.

    Args:
        people: int64[num_documents], from 0.
        columns: int64[num_documents] each, from -1.
    """
    import numpy as np
    import pandas as pd

    if not len(people):
        return np.zeros(0, dtype=np.int64)
    combination = np.zeros(len(people), dtype=np.int64)
    for column in columns:
        combination = pd.factorize(combination * (column.max() + 2) + column + 1)[0]
    num = combination.max() + 1
    person, member = np.divmod(np.unique(people * num + combination), num)
    sets = np.zeros(person.max() + 1, dtype=np.uint64)
    # A set's hash is the sum of its members' modulo 2**64; from 1 on, since 0 is its own hash and would add nothing.
    np.add.at(sets, person, pd.util.hash_array(member.astype(np.uint64) + np.uint64(1)))
    _, group, sizes = np.unique(sets, return_inverse=True, return_counts=True)
    return sizes[group]
