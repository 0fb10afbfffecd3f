"""The order of choice: by day, priority of the source and id, whatever the ids have in common."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.profile import Profile
from heal_pipeline.survivors.order import in_order

ONE, TWO = "2026-01-01", "2026-01-02"

HALVES = st.sampled_from(["0" * 16, "0" * 15 + "1", "f" * 16, "8" + "0" * 15])
ROWS = st.lists(st.tuples(st.sampled_from([TWO, ONE]), st.sampled_from("abcz"), HALVES, HALVES), max_size=30)
"""Day, source, and the halves of the id."""


@settings(deadline=None)
@given(ROWS)
def test_documents_are_put_in_order_and_equal_ones_stay_as_they_came(drawn: list[tuple[str, str, str, str]]) -> None:
    priority_of = {"a": 7, "b": 2**40, "c": 7}  # z left the profile
    entry = {"reader": "jsonl", "owner": "team:x", "kind": "note", "group": "medical_public", "licence": "MIT"}
    sources = [{**entry, "name": name, "priority": priority} for name, priority in priority_of.items()]
    profile = Profile.model_validate({"name": "p", "days": [ONE, TWO], "sources": sources})
    rows = [
        (day, priority_of.get(source, 2**50), high + low, place) for place, (day, source, high, low) in enumerate(drawn)
    ]
    columns = {"batch": [r[0] for r in rows], "source": [d[1] for d in drawn], "doc_id": [r[2] for r in rows]}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    found = in_order(table.append_column("place", pa.array(range(len(rows)), pa.int64())), profile)
    assert found["place"].to_pylist() == [row[3] for row in sorted(rows)]
