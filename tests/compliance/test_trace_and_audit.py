"""Trace, withdrawal, lineage and audit pack, on a small home made with the real lake."""

import io
import json
import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heal_pipeline import artifacts, compliance, ledger
from heal_pipeline.compliance.drawing import layers
from heal_pipeline.compliance.lineage import family, read_lineage
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id, subject_id
from heal_pipeline.errors import GateError, HomeError, UserError
from heal_pipeline.lake import Lake, Table, Verdict, Zone
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import withdrawn

DAY = "2026-01-05"
SECRET_WORDS = "Margarethe Quillfeather"
RECORD_NUMBER = "MRN-00417"
PASSED = Verdict("rows", True, [{"rows": 3}])


@pytest.fixture
def profile() -> Profile:
    entry = {"reader": "jsonl", "owner": "team:x", "kind": "note"}
    return Profile.model_validate(
        {
            "name": "mini",
            "synthetic": True,
            "days": [DAY],
            "sources": [
                {**entry, "name": "notes", "group": "medical_proprietary", "phi": "contains", "licence": "internal"},
                {**entry, "name": "pages", "group": "medical_public", "licence": "CC0-1.0"},
            ],
        }
    )


class Home:
    """A home as a run leaves it: two sources, one of them with PHI, a release, shards, a phase and a tuned model."""

    def __init__(self, path: Path, profile: Profile):
        self.lake = Lake(path, profile.hash)
        key = self.lake.identity_key(profile.synthetic_seed)
        self.subject = subject_id(RECORD_NUMBER, key)
        self.notes = [doc_id("notes", str(i), key) for i in range(3)]
        self.pages = [doc_id("pages", str(i)) for i in range(3)]
        lake = self.lake
        raw = self.table("raw/notes", self.documents("notes", self.notes, SECRET_WORDS), "restricted")
        self.decide(raw, self.notes, self.notes)
        kept = self.documents("notes", self.notes[:2], SECRET_WORDS)
        filtered = self.table("filtered/notes", kept, "restricted", [raw])
        self.decide(filtered, self.notes, self.notes[:2])
        clean = self.table(
            "deidentified/notes", self.documents("notes", self.notes[:2], "A person"), "cleared", [filtered]
        )
        self.decide(clean, self.notes[:2], self.notes[:2])
        raw_pages = self.table("raw/pages", self.documents("pages", self.pages, "Page"))
        self.decide(raw_pages, self.pages, self.pages)
        pages = self.table("filtered/pages", self.documents("pages", self.pages, "Page"), "cleared", [raw_pages])
        self.decide(pages, self.pages, self.pages)
        ids = [*self.notes[:2], *self.pages]
        index = self.table("minhash_index", pa.table({"doc_id": ids}), "cleared", [clean, pages])
        names = ["notes"] * 2 + ["pages"] * 3
        pair = {"a": [self.pages[0]], "b": [self.pages[1]], "jaccard": [0.9], "accepted": [True], "rule": ["jaccard"]}
        pairs = self.table("duplicate_pairs", pa.table(pair), "cleared", [clean, pages])
        gone = ids.index(self.pages[1])
        decided = {
            "doc_id": ids,
            "source": names,
            "batch": [DAY] * 5,
            "kept": [i != gone for i in range(5)],
            "reason": ["duplicate" if i == gone else "" for i in range(5)],
            "evidence": [self.pages[0] if i == gone else "" for i in range(5)],
        }
        survivors = self.table("survivors", pa.table(decided), "cleared", [index, pairs, clean, pages], day=None)
        self.decide(survivors, ids, [d for i, d in enumerate(ids) if i != gone])
        members = [(d, n) for i, (d, n) in enumerate(zip(ids, names, strict=True)) if i != gone]
        released = pa.table({"doc_id": [d for d, _ in members], "source": [n for _, n in members], "batch": [DAY] * 4})
        release = self.table("release", released, "cleared", [survivors, clean, pages], day=None)
        inputs = {release.label: release.manifest().fingerprint}
        shards = {}
        for source in ("notes", "pages"):
            held = [d for d, n in members if n == source]
            shards |= self.artifact(f"cleared/shards/r1/{source}", inputs, held)
        plan = self.artifact(
            "cleared/phases/phase_1/shards", {"cleared/shards/r1/notes": shards["cleared/shards/r1/notes"]}
        )
        phase = self.artifact("models/phase_1", plan)
        self.artifact("models/tuned_model", phase)
        self.artifact("models/ablation_public", {k: v for k, v in shards.items() if "pages" in k})
        assert lake.table("release").committed()

    def documents(self, source: str, ids: list[str], text: str) -> pa.Table:
        rows = [
            {
                "doc_id": d,
                "content_id": content_id(text + d),
                "source": source,
                "batch": DAY,
                "origin_file": "0" * 64,
                "origin_row": i,
                "num_records": 1,
                "subject_id": self.subject if source == "notes" and i < 2 else None,
                "kind": "note",
                "segments": [{"text": f"{text} {i}", "scored": True}],
                "meta": [],
            }
            for i, d in enumerate(ids)
        ]
        return pa.Table.from_pylist(rows, DOCUMENT_SCHEMA)

    def table(
        self, name: str, data: pa.Table, zone: Zone = "cleared", inputs: list | None = None, day: str | None = DAY
    ):
        table = self.lake.table(name, day, zone)
        with self.lake.stage(table, inputs=inputs or [], code_version="1") as staged:
            staged.write(data)
            staged.gate(PASSED)
            staged.commit()
        return table

    def decide(self, table: Table, ids: list[str], kept: list[str]) -> None:
        rows = [
            {
                "doc_id": d,
                "batch": DAY,
                "stage": table.name,
                "rule": "" if d in kept else "too_short",
                "value": 3.0,
                "threshold": 5.0,
                "kept": d in kept,
                "evidence": "",
            }
            for d in ids
        ]
        decisions = pa.Table.from_pylist(rows, ledger.LEDGER_SCHEMA)
        ledger.record(self.lake, table.name, DAY, decisions, inputs=[table])

    def artifact(self, name: str, inputs: dict[str, str], documents: list[str] | None = None) -> dict[str, str]:
        with artifacts.stage(self.lake, name, inputs=inputs, code_version="1") as staged:
            (staged.path / "content.bin").write_bytes(name.encode())
            if documents is not None:
                spans = {"row": list(range(len(documents))), "doc_id": documents}
                pq.write_table(pa.table(spans), staged.path / "spans.parquet")
            staged.gate(PASSED)
            return {name: staged.commit().fingerprint}


@pytest.fixture
def home(tmp_path: Path, profile: Profile) -> Home:
    return Home(tmp_path / "home", profile)


def test_a_trace_follows_a_document_from_raw_to_the_models(home: Home) -> None:
    rows = compliance.trace(home.lake, home.notes[0])
    tables = [r["table"] for r in rows if r["what"] == "table"]
    stages = ("raw/notes", "filtered/notes", "deidentified/notes", "minhash_index")
    assert tables == [f"{stage}@{DAY}" for stage in stages]
    assert [r["zone"] for r in rows if r["what"] == "table"] == ["restricted", "restricted", "cleared", "cleared"]
    assert [r["kept"] for r in rows if r["what"] == "decision"] == [True] * 4
    assert [r["kept"] for r in rows if r["what"] == "survivors"] == [True]
    shard = next(r for r in rows if r["what"] == "shard")
    assert (shard["shard"], shard["purpose"], shard["rows"]) == ("cleared/shards/r1/notes", "training", [0])
    assert [r["model"] for r in rows if r["what"] == "model"] == ["models/phase_1", "models/tuned_model"]
    assert SECRET_WORDS not in json.dumps(rows)


def test_a_trace_of_a_dropped_document_ends_at_its_reason(home: Home) -> None:
    dropped = compliance.trace(home.lake, home.notes[2])
    assert [r["rule"] for r in dropped if r["what"] == "decision"] == ["too_short", ""]
    assert not [r for r in dropped if r["what"] in ("shard", "model", "release", "survivors")]
    duplicate = compliance.trace(home.lake, home.pages[1])
    assert [r["other"] for r in duplicate if r["what"] == "duplicate"] == [home.pages[0]]
    assert [(r["reason"], r["evidence"]) for r in duplicate if r["what"] == "survivors"] == [
        ("duplicate", home.pages[0])
    ]
    assert not [r for r in duplicate if r["what"] == "shard"]


@pytest.mark.parametrize("identifier", ["", "abc", RECORD_NUMBER, "F" * 32, "0" * 32])
def test_a_trace_of_nothing_is_one_line_that_does_not_repeat_what_was_asked(home: Home, identifier: str) -> None:
    with pytest.raises(UserError) as raised:
        compliance.trace(home.lake, identifier)
    assert "\n" not in str(raised.value)
    assert not identifier or identifier not in str(raised.value)


def test_revoking_a_person_withdraws_all_documents_and_keeps_no_identifier(home: Home, profile: Profile) -> None:
    outcome = compliance.revoke(home.lake, RECORD_NUMBER, "subject", profile)
    assert (outcome["documents"], outcome["new"], outcome["by_source"]) == (2, 2, {"notes": 2})
    assert outcome["models"] == ["phase_1", "tuned_model"]
    assert set(withdrawn(home.lake)) == set(home.notes[:2])
    assert home.lake.table("revocations").read().to_pylist()[0].keys() == {"doc_id", "reason", "batch"}
    assert home.lake.table("revoked_subjects").read()["subject_id"].to_pylist() == [home.subject]
    assert RECORD_NUMBER not in json.dumps(outcome)
    for path in home.lake.home.rglob("*"):
        assert not path.is_file() or RECORD_NUMBER.encode() not in path.read_bytes()


def test_revoking_again_changes_nothing_and_the_subject_id_serves_as_well(home: Home, profile: Profile) -> None:
    compliance.revoke(home.lake, home.pages[0], "doc", profile)
    compliance.revoke(home.lake, RECORD_NUMBER, "subject", profile)
    before = home.lake.table("revocations").manifest().fingerprint
    again = compliance.revoke(home.lake, home.subject, "subject", profile)
    assert (again["documents"], again["new"]) == (2, 0)
    assert home.lake.table("revocations").manifest().fingerprint == before
    assert len(withdrawn(home.lake)) == 3


def test_revoking_waits_for_no_run_and_disturbs_none(home: Home, profile: Profile) -> None:
    with Lake(home.lake.home).lock(), pytest.raises(HomeError, match="in use by another run"):
        compliance.revoke(home.lake, RECORD_NUMBER, "subject", profile)
    assert not home.lake.table("revocations").path.exists()


def test_a_document_that_came_after_its_person_had_withdrawn_breaks_the_claim(
    home: Home, profile: Profile, tmp_path: Path
) -> None:
    home.table("revoked_subjects", pa.table({"subject_id": [home.subject]}), day=None)
    assert claims(home, profile, tmp_path)["No withdrawn document is in the release"] == ["2 in release"]


@pytest.mark.parametrize(
    ("identifier", "kind"), [("MRN-9", "subject"), ("0" * 32, "doc"), ("MRN-9", "doc"), ("a", "x")]
)
def test_revoking_what_is_not_there_changes_nothing(home: Home, profile: Profile, identifier: str, kind: str) -> None:
    with pytest.raises(UserError) as raised:
        compliance.revoke(home.lake, identifier, kind, profile)
    assert identifier not in str(raised.value) or identifier == "a"
    assert not home.lake.table("revocations").path.exists()


def test_the_identifier_comes_from_a_private_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "id"
    path.write_text(f"{RECORD_NUMBER}\n")
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        compliance.read_identifier(str(path))
    path.chmod(0o600)
    assert compliance.read_identifier(str(path)) == RECORD_NUMBER
    monkeypatch.setattr("sys.stdin", io.StringIO(f"  {RECORD_NUMBER} \n\n"))
    assert compliance.read_identifier("-") == RECORD_NUMBER
    for content in (b"", b"\n \n", b"one\ntwo\n", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(UserError):
            compliance.read_identifier(str(path))
    with pytest.raises(UserError, match="cannot be read"):
        compliance.read_identifier(str(tmp_path / "none"))


def test_lineage_names_every_commit_and_finds_what_was_superseded(home: Home, profile: Profile) -> None:
    tree = compliance.lineage(home.lake)
    labels = {n["label"] for n in tree["nodes"]}
    assert {f"raw/notes@{DAY}", "survivors", "release", "models/tuned_model", f"ledger/filtered/notes@{DAY}"} <= labels
    assert {e["state"] for e in tree["edges"]} == {"present"}
    behind = read_lineage(home.lake).ancestors("models/tuned_model")
    assert f"raw/notes@{DAY}" in behind
    assert "models/ablation_public" not in behind
    assert "cleared/shards/r1/pages" not in behind

    home.table("raw/pages", home.documents("pages", home.pages[:1], "Other"))
    edges = compliance.lineage(home.lake)["edges"]
    assert [(e["from"], e["to"]) for e in edges if e["state"] == "superseded"] == [
        (f"raw/pages@{DAY}", f"filtered/pages@{DAY}"),
        (f"raw/pages@{DAY}", f"ledger/raw/pages@{DAY}"),
    ]


def test_the_lineage_report_is_written_with_a_drawing(home: Home, profile: Profile) -> None:
    result = compliance.lineage_report(home.lake, profile)
    assert result.metadata["absent_inputs"] == 0
    written = json.loads((home.lake.reports / "lineage.json").read_text())
    assert {"title", "tables", "nodes", "edges"} <= written.keys()
    drawing = (home.lake.reports / "plots" / "lineage.svg").read_text()
    assert drawing.count("<rect") == len({family(n["label"]) for n in written["nodes"]})
    assert compliance.lineage_report(Lake(home.lake.home.parent / "empty"), profile).rows_in == 0


def test_layers_put_everything_below_what_it_is_made_from() -> None:
    links = {("a", "b"), ("b", "c"), ("a", "c"), ("d", "c"), ("x", "y"), ("y", "x")}
    rows = layers(["a", "b", "c", "d", "x", "y"], links)
    depth = {name: i for i, row in enumerate(rows) for name in row}
    assert sorted(depth) == ["a", "b", "c", "d", "x", "y"]
    assert all(depth[s] < depth[t] for s, t in links if s not in "xy")


def test_the_audit_pack_is_complete_and_checks_itself(home: Home, profile: Profile, tmp_path: Path) -> None:
    out = tmp_path / "pack"
    index_path = compliance.audit_pack(home.lake, profile, "tuned_model", out)
    index = json.loads(index_path.read_text())
    assert all(c["holds"] for c in index["claims"]), index["claims"]
    copied = {p.name for p in (out / "manifests").iterdir()}
    assert len(copied) == index["commits"]
    assert f"deidentified__notes@{DAY}.json" in copied
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=out, check=False).returncode == 0
    sources = json.loads((out / "sources.json").read_text())
    notes = next(s for s in sources if s["source"] == "notes")
    assert (notes["licence"], notes["documents"]) == ("internal", {"raw": 3, "filtered": 2, "deidentified": 2})
    decisions = json.loads((out / "decisions.json").read_text())
    assert {d["stage"]: d["by_rule"] for d in decisions}["filtered/notes"] == {"too_short": 1}
    assert json.loads((out / "versions.json").read_text())["pyarrow"] == pa.__version__
    assert "name: mini" in (out / "profile.yaml").read_text()
    everything = b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
    assert SECRET_WORDS.encode() not in everything
    first = {p.name: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    compliance.audit_pack(home.lake, profile, "models/tuned_model", out)
    assert first == {p.name: p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_the_audit_pack_says_what_does_not_hold(home: Home, profile: Profile, tmp_path: Path) -> None:
    manifest = artifacts.manifest(home.lake, "models/phase_1")
    content = home.lake.home / "models" / "phase_1" / f"content-{manifest.fingerprint}" / "content.bin"
    content.write_bytes(b"other")
    compliance.revoke(home.lake, home.notes[0], "doc", profile)
    index = json.loads(compliance.audit_pack(home.lake, profile, "tuned_model", tmp_path / "p").read_text())
    failing = {c["claim"]: c["exceptions"] for c in index["claims"] if not c["holds"]}
    assert len(failing) == 2
    assert ["models/phase_1: content.bin"] in failing.values()
    assert ["1 in release"] in failing.values()


def reviewed(home: Home, profile: Profile, missed: int, **limits: float) -> Profile:
    """Draws the review queue of the notes and answers it; returns the profile with these settings of `deid`."""
    from heal_pipeline.deid import review

    profile = profile.model_copy(update={"deid": profile.deid.model_copy(update=limits)})
    table, filtered = (
        home.lake.table(n, DAY, z) for n, z in (("deidentified/notes", "cleared"), ("filtered/notes", "restricted"))
    )
    clean = table.read()
    with home.lake.stage(table, inputs=table.manifest().inputs, code_version=table.manifest().code_version) as staged:
        staged.write(clean)
        staged.gate(PASSED)
        review.queue(staged, filtered, dict.fromkeys(home.notes[:2], 0.0), profile)
        staged.commit(table.manifest().metadata)
    rows = review.queue_table(home.lake, "notes", DAY).read(["doc_id", "text_id", "source", "batch"]).to_pylist()
    review.store(home.lake, [{**row, "missed": missed, "remarks": SECRET_WORDS} for row in rows])
    return profile


def test_the_audit_pack_has_what_people_found_and_no_word_of_it(home: Home, profile: Profile, tmp_path: Path) -> None:
    limited = reviewed(home, profile, 0, max_reviewed_leak_share=0.1)
    out = tmp_path / "pack"
    index = json.loads(compliance.audit_pack(home.lake, limited, "tuned_model", out).read_text())
    found = json.loads((out / "review.json").read_text())
    assert (found["by_source"][0]["reviewed"], found["by_source"][0]["with_a_miss"]) == (2, 0)
    assert found["by_source"][0]["share_at_most"] == round(1 - 0.05 ** (1 / 2), 4)
    assert found["by_day"][0]["share_at_most"] == 0, "both of two documents were looked at"
    assert next(c for c in index["claims"] if c["claim"] == REVIEWED)["of"] == 2
    everything = b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
    assert SECRET_WORDS.encode() not in everything
    assert b"A person" not in everything
    reviewed(home, profile, 1, max_reviewed_leak_share=0.1)
    assert claims(home, limited, tmp_path)[REVIEWED] == ["notes: 2 of 2"]


def claims(home: Home, profile: Profile, tmp_path: Path) -> dict[str, list[str]]:
    """The claims of a new audit pack that do not hold, with their exceptions."""
    index = json.loads(compliance.audit_pack(home.lake, profile, "tuned_model", tmp_path / "pack").read_text())
    return {c["claim"]: c["exceptions"] for c in index["claims"] if not c["holds"]}


REVIEWED = "People found no more leaks in the reviewed sample of a source than the profile allows"
CONTENT = "Every file of every commit has the content it was committed with"
ACCOUNT = "Every stage that removes accounts for each document: kept + dropped = input"


def test_a_commit_of_another_profile_breaks_the_claim(home: Home, profile: Profile, tmp_path: Path) -> None:
    edited = profile.model_copy(update={"seed": profile.seed + 1})
    assert edited.hash != profile.hash
    path = home.lake.home / "models" / "phase_1" / "manifest.json"
    path.write_text(path.read_text().replace(profile.hash, edited.hash))
    broken = claims(home, profile, tmp_path)
    assert broken == {
        "Every commit was made under the profile of this pack, to the last setting": [f"models/phase_1: {edited.hash}"]
    }
    [others] = claims(home, edited, tmp_path).values()
    assert len(others) > 5, "all commits but that one"


def test_an_edited_table_breaks_the_claim(home: Home, profile: Profile, tmp_path: Path) -> None:
    (path,) = home.lake.table("deidentified/notes", DAY).files()
    pq.write_table(pq.read_table(path).slice(1), path)
    broken = claims(home, profile, tmp_path)
    assert [e.partition(":")[0] for e in broken[CONTENT]] == [f"deidentified/notes@{DAY}"]
    Path(path).unlink()
    assert claims(home, profile, tmp_path)[CONTENT] == [f"deidentified/notes@{DAY}: *.parquet"]
    Path(path).write_bytes(b"no table")
    assert len(claims(home, profile, tmp_path)[CONTENT]) == 1


@pytest.mark.parametrize(
    ("name", "day", "decided", "kept"),
    [
        ("filtered/notes", DAY, 2, 2),  # a document of the input has no decision
        ("filtered/notes", DAY, 3, 3),  # more were kept than were written
        ("raw/notes", DAY, 3, 2),
        ("survivors", None, 5, 5),
        ("survivors", None, 4, 4),
    ],
)
def test_decisions_that_do_not_fit_the_tables_break_the_claim(
    home: Home, profile: Profile, tmp_path: Path, name: str, day: str | None, decided: int, kept: int
) -> None:
    ids = [*home.notes, *home.pages][:decided] if name != "survivors" else [*home.notes[:2], *home.pages][:decided]
    table = home.lake.table(name, day, "restricted" if name.endswith("notes") else "cleared")
    home.decide(table, ids, ids[:kept])
    broken = claims(home, profile, tmp_path)
    assert list(broken) == [ACCOUNT]
    assert len(broken[ACCOUNT]) == 1
    assert broken[ACCOUNT][0].startswith(name)


def test_a_model_that_is_not_committed_has_no_audit_pack(home: Home, profile: Profile, tmp_path: Path) -> None:
    for name, error in (("no_such_model", GateError), ("../escape", UserError), ("", UserError)):
        with pytest.raises(error) as raised:
            compliance.audit_pack(home.lake, profile, name, tmp_path / "pack")
        assert "\n" not in str(raised.value)
        assert not (tmp_path / "pack").exists()


def test_an_audit_pack_replaces_nothing_but_an_audit_pack(home: Home, profile: Profile, tmp_path: Path) -> None:
    other = tmp_path / "letters"
    other.mkdir()
    (other / "index.json").write_text('{"mine": true}')
    with pytest.raises(UserError, match="something other"):
        compliance.audit_pack(home.lake, profile, "tuned_model", other)
    assert os.listdir(other) == ["index.json"]


def test_the_audit_of_the_tuned_model_lies_in_the_cleared_zone(home: Home, profile: Profile) -> None:
    result = compliance.audit(home.lake, profile)
    assert (home.lake.home / "cleared" / "audit" / "tuned_model" / "index.json").exists()
    assert result.metadata["claims_that_hold"] == result.metadata["claims"]
    assert len(read_lineage(home.lake).nodes) == len(compliance.lineage(home.lake)["nodes"])
