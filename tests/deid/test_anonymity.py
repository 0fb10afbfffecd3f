"""k-anonymity against its definition, the field combinations it must catch, and what stays out of the results."""

import json
import random
from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.deid import anonymity
from heal_pipeline.documents import DOCUMENT_SCHEMA

SCHEMA = pa.schema([DOCUMENT_SCHEMA.field(name) for name in anonymity.COLUMNS])


def table(rows: list[tuple[str | None, str, str, dict[str, str]]]) -> pa.Table:
    """Documents of (subject, kind, day, metadata)."""
    values = [
        {"doc_id": f"doc{i}", "subject_id": s, "kind": k, "batch": d, "meta": sorted(m.items())}
        for i, (s, k, d, m) in enumerate(rows)
    ]
    return pa.Table.from_pylist(values, schema=SCHEMA)


def safe_harbor_people(num: int = 1148) -> list[dict[str, str]]:
    """People with the fields that Safe Harbor leaves: year of birth, three digits of the ZIP code, sex."""
    rng = random.Random(7)
    return [
        {
            "birth_year": str(rng.randint(1936, 2022)),
            "zip3": str(rng.choices(range(10, 24), weights=range(14, 0, -1))[0]),
            "sex": rng.choice("FM"),
        }
        for _ in range(num)
    ]


def test_fields_that_are_harmless_alone_single_people_out_together(profile_with) -> None:
    people = safe_harbor_people()
    found = anonymity.measure(table([(f"p{i}", "note", "2026-01-05", fields) for i, fields in enumerate(people)]))
    groups = Counter(tuple(sorted(p.items())) for p in people)
    assert found.people == 1148
    assert found.alone == sum(size == 1 for size in groups.values()) > 300
    assert found.in_small_groups == sum(size for size in groups.values() if size < 5)
    by = {c["column"]: c for c in found.columns}
    assert [by[f"meta: {name}"]["share_alone_by_it"] for name in ("birth_year", "zip3", "sex")] == [0, 0, 0]
    assert by["meta: birth_year"]["share_alone_without_it"] == 0
    assert by["meta: birth_year"]["distinct_values"] == len({p["birth_year"] for p in people})
    assert not any(c["identifier"] for c in found.columns)
    failed = anonymity.verdict(found, profile_with(min_group=5).deid)
    assert (failed.gate, failed.passed) == ("k_anonymity", False)
    assert {"column": "meta: birth_year", "share_alone_by_it": 0.0, "share_alone_without_it": 0.0} in failed.results
    coarse = [{"sex": p["sex"]} for p in people]
    found = anonymity.measure(table([(f"p{i}", "note", "2026-01-05", fields) for i, fields in enumerate(coarse)]))
    assert anonymity.verdict(found, profile_with(min_group=5).deid).passed
    assert anonymity.verdict(found, profile_with().deid) is None


def test_a_column_with_a_value_a_person_is_an_identifier() -> None:
    rows = [(f"p{i}", "note", "2026-01-05", {"case": f"c{i}", "ward": "a"}) for i in range(20)]
    found = anonymity.measure(table(rows))
    assert {c["column"]: c["identifier"] for c in found.columns} == {
        "kind": False, "batch": False, "meta: case": True, "meta: ward": False,
    }  # fmt: skip
    assert (found.smallest_group, found.alone) == (1, 20)
    assert found.row()["identifying_columns"] == "meta: case"
    assert next(c for c in found.columns if c["column"] == "meta: case")["share_alone_without_it"] == 0


def test_all_records_of_a_person_count_together() -> None:
    """Two people with the same days of visits are alike, one with a day more is alone; how often within a day is nothing."""
    days = {"a": ["01", "02"], "b": ["02", "01", "01"], "c": ["01", "02", "03"]}
    rows = [(person, "note", f"2026-01-{day}", {}) for person, found in days.items() for day in found]
    found = anonymity.measure(table(rows))
    assert (found.people, found.smallest_group, found.alone) == (3, 1, 1)


def test_without_a_person_stand_for_somebody_each() -> None:
    found = anonymity.measure(table([(None, "note", "2026-01-05", {})] * 3 + [("a", "note", "2026-01-05", {})]))
    assert (found.people, found.without_subject, found.smallest_group) == (4, 3, 4)


def test_no_documents_are_no_people(profile_with) -> None:
    found = anonymity.measure(table([]))
    assert (found.people, found.smallest_group, found.columns) == (0, 0, [])
    assert anonymity.verdict(found, profile_with(min_group=5).deid).passed


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "e", None]),
        st.sampled_from(["note", "conversation"]),
        st.sampled_from(["2026-01-05", "2026-01-06"]),
        st.dictionaries(st.sampled_from(["sex", "ward"]), st.sampled_from(["x", "y"])),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(ROWS)
def test_groups_by_their_definition_in_any_order_and_chunks(rows: list) -> None:
    records: dict[str, set] = {}
    for i, (subject, kind, day, meta) in enumerate(rows):
        records.setdefault(subject or f"#{i}", set()).add((kind, day, tuple(sorted(meta.items()))))
    sizes = Counter(map(frozenset, records.values()))
    whole = table(rows)
    found = anonymity.measure(whole, 3)
    assert found.people == len(records)
    assert found.smallest_group == min(sizes.values(), default=0)
    assert found.in_small_groups == sum(size for size in sizes.values() if size < 3)
    if rows:
        pieces = pa.concat_tables([whole.slice(i, 4) for i in range(0, whole.num_rows, 4)][::-1])
        assert anonymity.measure(pieces, 3) == found


def test_results_hold_no_value_and_no_id() -> None:
    rows = [("subject-7", "note", "2026-01-05", {"title": "Oakhollow"}) for _ in range(3)]
    found = anonymity.measure(table(rows))
    shown = json.dumps([found.row(), found.columns])
    assert not any(word in shown for word in ("Oakhollow", "subject-7", "doc0", "2026"))
