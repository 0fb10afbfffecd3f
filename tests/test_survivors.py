"""Who stays: the first maximal independent set of the duplicates; withdrawn survivors bring theirs back; stale days are refused."""

from collections import Counter
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import decide, guards, stage, withdrawn

ONE, TWO = "2026-01-01", "2026-01-02"

NearPair = tuple[str, str, float, bool]
"""Two contents, their similarity, whether their numbers contradict each other."""


class Document(NamedTuple):
    """A document of the index. Sorted, they are in the order in which survivors are chosen."""

    batch: str
    priority: int
    doc_id: str
    source: str
    content_id: str
    clinical: bool


def hex_id(name: str) -> str:
    return name.encode().hex().rjust(32, "0")


def document(name: str, content: str, batch: str = ONE, priority: int = 100, clinical: bool = True) -> Document:
    return Document(batch, priority, name, "notes", content, clinical)


def decided(
    documents: list[Document],
    *near: NearPair,
    contaminated: dict[tuple[str, str], str] | None = None,
    withdrawn: dict[str, str] | None = None,
) -> tuple[pa.Table, np.ndarray]:
    """What becomes of documents, as the stage works it out."""
    documents = sorted(documents)
    types = {"priority": pa.int64(), "clinical": pa.bool_()}
    rows = pa.table(
        {n: pa.array([getattr(d, n) for d in documents], types.get(n, pa.string())) for n in Document._fields}
    )
    a, b, jaccard, differ = zip(*near, strict=True) if near else ((), (), (), ())
    rules = ["jaccard_numbers_differ" if d else "jaccard" for d in differ]
    columns = {"content_a": a, "content_b": b, "jaccard": jaccard, "rule": rules}
    pairs = pa.table({n: pa.array(v, pa.float64() if n == "jaccard" else pa.string()) for n, v in columns.items()})
    return stage.decisions_of(rows, pairs, contaminated or {}, withdrawn or {})


def kept(documents: list[Document], *near: NearPair, **others: Any) -> set[str]:
    table, _ = decided(documents, *near, **others)
    return set(table.filter(table["kept"])["doc_id"].to_pylist())


def test_the_order_is_day_then_priority_then_id() -> None:
    same = [
        document("a", "x", TWO, 1),
        document("b", "x", ONE, 90),
        document("c", "x", ONE, 50),
        document("d", "x", ONE, 50),
    ]
    assert kept(same) == {"c"}
    assert kept(same, withdrawn={"c": "document withdrawn"}) == {"d"}
    assert kept(same, withdrawn={"c": "", "d": ""}, contaminated={("b", ONE): "pubmedqa/1"}) == {"a"}


def test_only_a_direct_match_with_one_that_stays_removes() -> None:
    chain = [document(name, name) for name in "abc"]
    near = [("a", "b", 0.9, False), ("b", "c", 0.9, False)]
    assert kept(chain, *near) == {"a", "c"}
    assert kept(chain, *near, withdrawn={"a": "document withdrawn"}) == {"b"}


def test_contradicting_numbers_spare_clinical_text_alone() -> None:
    near = ("x", "y", 0.95, True)
    assert kept([document("a", "x"), document("b", "y")], near) == {"a", "b"}
    assert kept([document("a", "x", clinical=False), document("b", "y", clinical=False)], near) == {"a"}
    assert kept([document("a", "x", clinical=False), document("b", "y")], near) == {"a", "b"}
    assert kept([document("a", "x"), document("b", "x")], near) == {"a"}  # equal ones are not spared by a third


def test_of_a_record_delivered_on_two_days_one_stays() -> None:
    table, similarity = decided([document("a", "x", ONE), document("a", "other", TWO)])
    assert table["reason"].to_pylist() == ["", "duplicate"]
    assert table["evidence"].to_pylist() == ["", "a"]
    assert np.isnan(similarity).all()


def test_the_evidence_is_the_first_that_stays_and_how_similar_it_is() -> None:
    documents = [document("a", "x"), document("b", "y"), document("c", "z"), document("d", "y")]
    table, similarity = decided(documents, ("z", "y", 0.85, False), ("x", "z", 0.9, False), ("z", "y", 0.85, False))
    assert table["evidence"].to_pylist() == ["", "", "a", "b"]
    assert similarity[2:].tolist() == [0.9, 1.0]


GRAPHS = st.tuples(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from([ONE, TWO]), st.integers(1, 2)), max_size=10),
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] < p[1])),
    st.sets(st.integers(0, 9)),
)


@settings(deadline=None)
@given(GRAPHS)
def test_survivors_are_independent_maximal_and_first(graph: tuple) -> None:
    drawn, edges, gone = graph
    documents = sorted(document(f"d{i % 7}", f"c{c}", batch, p) for i, (c, batch, p) in enumerate(drawn))
    withdrawn = {f"d{i}": "document withdrawn" for i in gone}
    contaminated = {("d2", TWO): "medqa/1"}
    near = [(f"c{a}", f"c{b}", 0.9, False) for a, b in edges]
    table, _ = decided(documents, *near, withdrawn=withdrawn, contaminated=contaminated)

    def match(a: Document, b: Document) -> bool:
        ids = tuple(sorted((int(a.content_id[1:]), int(b.content_id[1:]))))
        return a.content_id == b.content_id or a.doc_id == b.doc_id or ids in edges

    stays: list[Document] = []
    for one, reason, evidence in zip(documents, *(table[n].to_pylist() for n in ("reason", "evidence")), strict=True):
        first = next((other for other in stays if match(one, other)), None)
        if one.doc_id in withdrawn:
            assert (reason, evidence) == ("withdrawn", "document withdrawn")
        elif (one.doc_id, one.batch) in contaminated:
            assert (reason, evidence) == ("contaminated", "medqa/1")
        elif first:
            assert (reason, evidence) == ("duplicate", first.doc_id)
        else:
            assert (reason, evidence) == ("", "")
            stays.append(one)
    assert not any(match(a, b) for a, b in combinations(stays, 2))


def table_of(documents: list[Document]) -> pa.Table:
    """The table of survivors of documents that match by content alone."""
    return decided(documents)[0]


def test_the_guard_stops_a_source_that_collapses_onto_itself_and_no_second_release() -> None:
    def guard(documents: list[Document], share: float = 0.95) -> bool:
        return guards.wipe_out_guard(table_of(documents), share).passed

    collapsed = [document(f"d{i:03}", "same") for i in range(50)]
    assert not guard(collapsed)
    assert guard(collapsed, 1.0)
    assert guard(collapsed[:19])
    first = [document(f"a{i:03}", f"c{i}", priority=1) for i in range(50)]
    second = [Document(ONE, 2, f"b{i:03}", "release_two", f"c{i}", True) for i in range(50)]
    assert guard([*first, *second])
    assert not guard([document("z", "same", priority=1), *(d._replace(source="release_two") for d in collapsed)])
    assert guard([])


@settings(deadline=None)
@given(GRAPHS, st.sampled_from([0.0, 0.3, 0.6, 1.0]))
def test_the_guard_counts_what_each_sources_documents_became(graph: tuple, share: float) -> None:
    drawn, edges, gone = graph
    documents = [Document(batch, p, f"d{i % 7}", f"s{p}", f"c{c}", True) for i, (c, batch, p) in enumerate(drawn)]
    near = [(f"c{a}", f"c{b}", 0.9, False) for a, b in edges]
    table, _ = decided(documents, *near, withdrawn={f"d{i}": "document withdrawn" for i in gone})
    became: dict[str, list[str]] = {}
    for row in table.to_pylist():
        if row["reason"] in ("", "duplicate"):
            became.setdefault(row["source"], []).append(row["doc_id"] if row["kept"] else row["evidence"])
    counts = {source: (len(ids), len(set(ids))) for source, ids in sorted(became.items())}
    verdict = guards.wipe_out_guard(table, share)
    assert {r["source"]: (r["documents"], r["distinct"]) for r in verdict.results} == counts
    assert verdict.passed == all(n - distinct <= share * n for n, distinct in counts.values())


def test_no_document_stands_for_too_large_a_share_of_all() -> None:
    alike = [document(f"a{i:04}", "same") for i in range(150)]
    others = [document(f"b{i:04}", f"c{i}") for i in range(450)]
    verdict = guards.largest_cluster(table_of([*alike, *others]), 0.2)
    assert not verdict.passed
    assert verdict.results[0] == {"documents": 600, "largest": 150, "survivor": "a0000", "max_cluster_share": 0.2}
    assert guards.largest_cluster(table_of([*alike, *others]), 0.25).passed
    assert guards.largest_cluster(table_of(alike[: guards.MIN_CLUSTER]), 0.2).passed  # few say nothing
    assert guards.largest_cluster(table_of([]), 0.2).passed


def test_a_contaminated_document_that_stays_is_told() -> None:
    table = table_of([document("a", "x"), document("b", "x"), document("a", "y", TWO), document("c", "z")])
    assert guards.none_contaminated(
        table, {("b", ONE): "medqa/1", ("c", TWO): "medqa/2"}
    ).passed  # b is gone, c is another day's
    verdict = guards.none_contaminated(table, {("c", ONE): "medqa/2"})
    assert not verdict.passed
    assert verdict.results == [{"contaminated": 1, "kept_all_the_same": 1}]


def test_a_lost_row_and_a_record_that_stays_twice_are_told() -> None:
    documents = [document("a", "x"), document("b", "y")]
    table = table_of(documents)
    rows = pa.table({"doc_id": ["a", "b"], "batch": [ONE, ONE]})
    assert guards.conserved(rows, table).passed
    assert not guards.conserved(rows, table.slice(1)).passed
    twice = table_of([document("a", "x"), document("b", "y", TWO)])
    twice = twice.set_column(0, stage.SURVIVOR_SCHEMA.field("doc_id"), pa.array(["a", "a"]))
    assert not guards.conserved(pa.table({"doc_id": ["a", "a"], "batch": [ONE, TWO]}), twice).passed


def test_clusters_hold_what_a_split_must_not_part() -> None:
    near = [("w", "x", 0.9, True), ("x", "y", 0.9, False), ("u", "v", 0.9, False)]
    documents = [document(name, name) for name in ("u", "v", "w", "x", "y", "z")]
    gone = {"x": "document withdrawn"}  # w and y are linked through it; v goes, being alike u
    table, _ = decided(documents, *near, withdrawn=gone)
    cluster = dict(zip(table["doc_id"].to_pylist(), table["cluster"].to_pylist(), strict=True))
    assert cluster == {"u": "", "v": "", "w": "w", "x": "", "y": "w", "z": ""}
    assert set(decided(documents)[0]["cluster"].to_pylist()) == {""}


def test_a_cluster_of_documents_that_went_or_without_its_name_is_told() -> None:
    near = ("x", "y", 0.9, True)
    table, _ = decided([document("a", "x"), document("b", "y"), document("c", "z")], near)
    assert guards.clusters_stay(table).passed
    assert guards.clusters_stay(table.slice(2)).passed
    assert not guards.clusters_stay(table.slice(1)).passed
    removed = table.set_column(3, stage.SURVIVOR_SCHEMA.field("kept"), pa.array([True, False, True]))
    assert guards.clusters_stay(removed).results == [{"documents": 2, "clusters": 1, "removed": 1}]
    assert not guards.clusters_stay(removed).passed


def test_decisions_that_contradict_themselves_fail_the_suite(suite) -> None:
    table, _ = decided([document("a", "x"), document("b", "x")])
    assert suite("survivors", stage._measures(table)).passed
    for column, values in {
        "kept": [True, True],
        "reason": ["", "other"],
        "evidence": ["", ""],
        "cluster": ["", None],
    }.items():
        place = table.schema.names.index(column)
        changed = table.set_column(place, column, pa.array(values, table.schema.field(column).type))
        assert not suite("survivors", stage._measures(changed)).passed, column


class Home:
    """A lake with indexes, pairs and contamination as the stages leave them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.contents: dict[str, str] = {}

    def index(self, day: str, source: str = "notes", **contents: str) -> None:
        rows = [
            {"doc_id": hex_id(d), "source": source, "batch": day, "content_id": hex_id(c)} for d, c in contents.items()
        ]
        schema = pa.schema([(name, pa.string()) for name in ("doc_id", "source", "batch", "content_id")])
        self._write("minhash_index", day, pa.Table.from_pylist(rows, schema))
        empty = {name: pa.array([], pa.string()) for name in ("doc_id", "source", "task", "item_id")}
        if not self.lake.table("contamination", day).committed():
            self._write("contamination", day, pa.table(empty))

    def contaminate(self, day: str, *found: tuple[str, str]) -> None:
        rows = [{"doc_id": hex_id(d), "source": "notes", "task": "medqa", "item_id": i} for d, i in found]
        self._write("contamination", day, pa.Table.from_pylist(rows))

    def pairs(self, day: str, *near: tuple[str, str, str], seen: list[str] | None = None, scheme: str = "s") -> None:
        rows = [
            {
                "a": "0" * 32,
                "b": "1" * 32,
                "jaccard": 0.9,
                "accepted": rule != "below",
                "rule": rule,
                "content_a": hex_id(a),
                "content_b": hex_id(b),
            }
            for a, b, rule in near
        ]
        types = {"jaccard": pa.float64(), "accepted": pa.bool_()}
        names = ("a", "b", "jaccard", "accepted", "rule", "content_a", "content_b")
        schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
        self._write("duplicate_pairs", day, pa.Table.from_pylist(rows, schema), seen or [day], scheme)

    def withdraw(self, *names: str) -> None:
        rows = [{"doc_id": hex_id(n), "reason": "document withdrawn", "batch": ONE} for n in names]
        self._write("revocations", None, pa.Table.from_pylist(rows))

    def _write(
        self, name: str, day: str | None, table: pa.Table, seen: list[str] | None = None, scheme: str = "s"
    ) -> None:
        inputs = [self.lake.table("minhash_index", d) for d in seen or []]
        with self.lake.stage(self.lake.table(name, day), inputs=inputs, scheme=scheme) as staged:
            staged.write(table)
            staged.commit()

    def kept(self) -> set[str]:
        table = self.lake.table("survivors").read()
        return {bytes.fromhex(d).lstrip(b"\0").decode() for d in table.filter(table["kept"])["doc_id"].to_pylist()}


@pytest.fixture
def home(lake: Lake) -> Home:
    return Home(lake)


@pytest.fixture
def profile() -> Profile:
    entry = {"reader": "jsonl", "owner": "team:x", "kind": "note", "group": "medical_public", "licence": "MIT"}
    return Profile.model_validate({"name": "p", "days": [ONE, TWO], "sources": [{**entry, "name": "notes"}]})


@pytest.fixture
def suite():
    from resources.expectations import validate

    return validate


def test_the_table_the_ledger_and_the_gates(home: Home, profile: Profile, suite) -> None:
    home.index(ONE, a="x", b="x", c="z")
    home.index(TWO, d="y", e="w", f="v")
    home.pairs(ONE)
    home.pairs(TWO, ("x", "y", "jaccard"), ("z", "w", "jaccard_numbers_differ"), ("z", "v", "below"), seen=[ONE, TWO])
    result = decide(home.lake, profile, suite)
    assert home.kept() == {"a", "c", "e", "f"}
    assert (result.rows_in, result.rows_out) == (6, 4)
    assert result.metadata["duplicate"] == 2
    assert result.tables["by_source"][0]["kept"] == 4
    assert result.manifest is not None
    assert {v.gate for v in result.manifest.verdicts} == {
        "rows_conserved",
        "clusters_stay",
        "no_contaminated_document",
        "wipe_out_guard",
        "largest_cluster",
        "expectations:survivors",
    }
    rows = {row["doc_id"]: row for row in home.lake.table("survivors").read().to_pylist()}
    assert rows[hex_id("c")]["cluster"] == rows[hex_id("e")]["cluster"] == hex_id("c")
    assert rows[hex_id("a")]["cluster"] == rows[hex_id("d")]["cluster"] == ""
    ledger = home.lake.table("ledger/survivors", TWO).read().to_pylist()
    removed = next(row for row in ledger if row["doc_id"] == hex_id("d"))
    assert (removed["rule"], removed["value"], removed["evidence"]) == ("duplicate", 0.9, hex_id("a"))
    assert Counter(row["kept"] for row in ledger) == {True: 2, False: 1}


def test_a_withdrawn_survivor_brings_its_duplicate_back(home: Home, profile: Profile, suite) -> None:
    home.index(ONE, a="x", b="x", c="y")
    home.pairs(ONE, ("x", "y", "jaccard"))
    decide(home.lake, profile, suite)
    assert home.kept() == {"a"}
    home.withdraw("a")
    decide(home.lake, profile, suite)
    assert home.kept() == {"b"}
    home.withdraw("a", "b")
    decide(home.lake, profile, suite)
    assert home.kept() == {"c"}
    home.contaminate(ONE, ("c", "17"), ("c", "12"))
    result = decide(home.lake, profile, suite)
    assert home.kept() == set()
    rows = {row["doc_id"]: row for row in home.lake.table("survivors").read().to_pylist()}
    assert rows[hex_id("c")]["reason"] == "contaminated"
    assert rows[hex_id("c")]["evidence"] == "medqa/12"
    assert rows[hex_id("a")]["evidence"] == "document withdrawn"
    assert result.metadata["withdrawn"] == 2


def test_what_comes_in_later_about_a_person_who_withdrew_is_withdrawn(home: Home, profile: Profile, suite) -> None:
    person, other = "e" * 32, "f" * 32
    home._write("revoked_subjects", None, pa.table({"subject_id": [person]}))
    home.index(ONE, a="x", b="y")
    home.index(TWO, c="z", d="v")
    for day, subjects in ((ONE, {"a": other, "b": None}), (TWO, {"c": person, "d": None})):
        ids, people = [hex_id(d) for d in subjects], pa.array(list(subjects.values()), pa.string())
        home._write("deidentified/notes", day, pa.table({"doc_id": ids, "subject_id": people}))
    home.pairs(ONE)
    home.pairs(TWO, seen=[ONE, TWO])
    result = decide(home.lake, profile, suite)
    assert home.kept() == {"a", "b", "d"}
    assert result.tables["by_source"][0]["withdrawn"] == 1
    assert withdrawn(home.lake) == {hex_id("c"): "subject withdrawn"}
    assert result.manifest is not None
    assert {"revoked_subjects", f"deidentified/notes@{TWO}"} <= set(result.manifest.inputs)
    (home.lake.table("deidentified/notes", TWO).path / "failed.json").write_text('[{"gate": "g", "passed": false}]')
    with pytest.raises(GateError, match="did not pass its gate"):
        withdrawn(home.lake)


def test_pairs_of_contents_that_are_gone_do_no_harm(home: Home, profile: Profile, suite) -> None:
    home.index(ONE, a="x")
    home.index(TWO, b="y")
    home.pairs(ONE)
    home.pairs(TWO, ("x", "y", "jaccard"), seen=[ONE, TWO])
    decide(home.lake, profile, suite)
    assert home.kept() == {"a"}
    home.index(ONE, a="another")  # the same record, de-identified anew
    home.pairs(ONE, seen=[ONE, TWO])
    decide(home.lake, profile, suite)
    assert home.kept() == {"a", "b"}


def test_days_that_were_not_compared_as_they_are_now_are_refused(home: Home, profile: Profile, suite) -> None:
    home.index(ONE, a="x")
    home.pairs(ONE)
    home.index(TWO, b="y")
    with pytest.raises(GateError, match=rf"duplicate_pairs@{TWO} has not been committed"):
        decide(home.lake, profile, suite)
    home.pairs(TWO)
    with pytest.raises(GateError, match=rf"duplicate_pairs@{TWO} does not know the present minhash_index@{ONE}"):
        decide(home.lake, profile, suite)
    home.pairs(TWO, seen=[ONE, TWO])
    decide(home.lake, profile, suite)
    home.index(TWO, b="z")
    with pytest.raises(GateError, match=rf"duplicate_pairs@{TWO} is older than minhash_index@{TWO}"):
        decide(home.lake, profile, suite)


def test_pairs_of_another_scheme_are_refused(home: Home, profile: Profile, suite) -> None:
    home.index(ONE, a="x")
    home.index(TWO, b="y")
    home.pairs(ONE)
    home.pairs(TWO, seen=[ONE, TWO], scheme="another")
    with pytest.raises(GateError, match="has the scheme 'another'"):
        decide(home.lake, profile, suite)


def test_a_wiped_out_source_leaves_the_old_table(home: Home, profile: Profile, suite) -> None:
    home.index(ONE, **{f"d{i}": f"c{i}" for i in range(40)})
    home.pairs(ONE)
    decide(home.lake, profile, suite)
    before = home.lake.table("survivors").manifest().fingerprint
    home.index(ONE, **{f"d{i}": "same" for i in range(40)})
    home.pairs(ONE)
    with pytest.raises(GateFailedError, match="wipe_out_guard"):
        decide(home.lake, profile, suite)
    assert '"fingerprint": "' + before in (home.lake.table("survivors").path / "manifest.json").read_text()
    with pytest.raises(GateError, match="did not pass its gate"):
        home.lake.table("survivors").read()


def test_a_lake_without_documents(home: Home, profile: Profile, suite) -> None:
    result = decide(home.lake, profile, suite)
    assert (result.rows_in, result.rows_out) == (0, 0)
    home.index(ONE)
    home.pairs(ONE)
    assert decide(home.lake, profile, suite).rows_in == 0
