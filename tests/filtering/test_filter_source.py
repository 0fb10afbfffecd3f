"""filtered/<source>: one decision a document, the source's verdict, domain rules, gates; the same whatever the partitions."""

from pathlib import Path

import pyarrow as pa
import pytest
from raw_pages import DAY, PAGE, ledger_of, pages, profile_of, write_raw

from heal_pipeline import filtering
from heal_pipeline.documents import DOCUMENT_SCHEMA
from heal_pipeline.errors import ProfileError
from heal_pipeline.filtering.measuring import SIGNALS_SCHEMA, _measured
from heal_pipeline.lake import Lake
from heal_pipeline.ledger import LEDGER_SCHEMA
from heal_pipeline.profile import Rule

pytestmark = pytest.mark.spark


def test_documents_are_measured_judged_and_split(spark, lake: Lake, passing_validator) -> None:
    profile, entry = profile_of()
    ids = write_raw(lake, entry, [*pages(3), "no", PAGE.split(". ")[0]])
    result = filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)

    assert (result.rows_in, result.rows_out) == (5, 3)
    kept = lake.table("filtered/pages", DAY).read()
    assert kept.schema.equals(DOCUMENT_SCHEMA)
    assert set(kept["doc_id"].to_pylist()) == set(ids[:3])
    assert [s[0]["text"] for s in kept.sort_by("origin_row")["segments"].to_pylist()] == pages(3)
    signals = lake.table("signals/pages", DAY).read()
    assert signals.num_rows == 5
    assert signals.column_names == SIGNALS_SCHEMA.names
    decisions = ledger_of(lake, entry)
    assert [decisions[i]["rule"] for i in ids] == ["passed"] * 3 + ["too_short", "few_words"]
    assert (decisions[ids[3]]["value"], decisions[ids[3]]["threshold"]) == (2, 4)
    assert (decisions[ids[0]]["value"], decisions[ids[0]]["evidence"]) == (None, "")
    assert lake.table("ledger/filtered/pages", DAY).read().schema.names == LEDGER_SCHEMA.names
    assert result.metadata["kept_share"] == 0.6
    assert result.metadata["source_excluded"] is False
    funnel = [(r["rule"], r["fail"], r["dropped"], r["left"]) for r in result.tables["funnel"]]
    assert funnel[0] == ("", None, None, 5)
    assert ("few_words", 2, 1, 3) in funnel
    assert funnel[-1][-1] == 3


def test_a_source_that_fails_as_a_whole_is_excluded(spark, lake: Lake, passing_validator) -> None:
    profile, entry = profile_of(exclude_source_at=0.5, expected={"drop_share": [0, 0.1]})
    ids = write_raw(lake, entry, [*pages(10), *["no"] * 10])
    result = filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)

    assert result.rows_out == 0
    assert result.metadata["source_excluded"] is True
    assert lake.table("filtered/pages", DAY).read().num_rows == 0
    decisions = ledger_of(lake, entry)
    assert {d["rule"] for d in decisions.values()} == {"source_excluded"}
    assert {(d["value"], d["threshold"]) for d in decisions.values()} == {(0.5, 0.5)}
    assert (decisions[ids[0]]["evidence"], decisions[ids[-1]]["evidence"]) == ("", "too_short")


def test_a_small_source_is_not_judged_by_chance(spark, lake: Lake, passing_validator) -> None:
    profile, entry = profile_of()
    write_raw(lake, entry, [*pages(1), *["no"] * 18])
    result = filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)
    assert (result.rows_out, result.metadata["source_excluded"]) == (1, False)


def test_domains_decide_before_quality_and_are_no_loss(spark, lake: Lake, passing_validator) -> None:
    wanted = {"meta": ["url"], "allow_domains": ["nih.gov"], "deny_domains": ["ads.nih.gov"]}
    profile, entry = profile_of(wanted, expected={"drop_share": [0, 0.5]})
    texts = [*pages(2), *pages(24)[2:], "no"]
    urls = [
        "https://www.nih.gov/a",
        "https://ads.nih.gov/b",
        *[f"https://shop.example/{i}" for i in range(22)],
        "https://nih.gov/c",
    ]
    ids = write_raw(lake, entry, texts, urls)
    result = filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)

    decisions = ledger_of(lake, entry)
    assert [decisions[ids[i]]["rule"] for i in (0, 1, 2, 24)] == [
        "passed",
        "domain_denied",
        "domain_not_allowed",
        "too_short",
    ]
    assert result.rows_out == 1
    assert result.metadata["failing_share"] == 0.5  # of the two that the domains let in
    assert result.metadata["source_excluded"] is False


def test_a_profile_brings_its_own_rules(spark, lake: Lake, passing_validator) -> None:
    rule = Rule(name="long", column="chars_v1", operator=">", value=5, reason="Mine")
    profile, entry = profile_of(rules=[rule])
    write_raw(lake, entry, ["no", "much too long"])
    result = filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)
    assert result.rows_out == 1
    assert result.tables["funnel"][-1] == {"rule": "long", "reason": "Mine", "fail": 1, "dropped": 1, "left": 1}
    reserved, entry = profile_of(rules=[rule.model_copy(update={"name": "passed"})])
    with pytest.raises(ProfileError, match="may not be named 'passed'"):
        filtering.filter_source(spark, lake, reserved, entry, DAY, passing_validator)


def test_partitions_change_nothing(spark, tmp_path: Path, passing_validator) -> None:
    profile, entry = profile_of({"phi": "possible", "kind": "note"})
    outcomes = []
    for num_files in (1, 4):
        lake = Lake(tmp_path / str(num_files))
        write_raw(lake, entry, [*pages(9), "no"], num_files=num_files)
        filtering.filter_source(spark, lake, profile, entry, DAY, passing_validator)
        tables = [
            lake.table("filtered/pages", DAY, "restricted"),
            lake.table("signals/pages", DAY),
            lake.table("ledger/filtered/pages", DAY),
        ]
        outcomes.append([t.manifest().fingerprint for t in tables])
        assert not (lake.home / "cleared" / "filtered").exists()  # restricted records stay in their zone
        assert not list(lake.scratch.glob("*pages*"))
    assert outcomes[0] == outcomes[1]


def test_the_suite_holds_for_documents_and_for_an_empty_day(spark, lake: Lake) -> None:
    from resources.expectations import validate

    profile, entry = profile_of()
    write_raw(lake, entry, pages(2))
    assert filtering.filter_source(spark, lake, profile, entry, DAY, validate).rows_out == 2
    write_raw(lake, entry, [])
    result = filtering.filter_source(spark, lake, profile, entry, DAY, validate)
    assert (result.rows_in, result.rows_out, result.metadata["kept_share"]) == (0, 0, 1.0)
    assert lake.table("signals/pages", DAY).read().num_rows == 0


def test_an_error_on_a_record_is_named_by_its_class_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(texts: list[str]) -> None:
        raise ValueError(f"cannot measure {texts}")

    monkeypatch.setattr("heal_pipeline.filtering.measuring.measure", failing)
    row = {"doc_id": "0" * 32, "segments": [{"text": "Mrs Secret", "scored": True}]}
    schema = pa.schema([DOCUMENT_SCHEMA.field("doc_id"), DOCUMENT_SCHEMA.field("segments")])
    batch = pa.RecordBatch.from_pylist([row], schema=schema)
    with pytest.raises(RuntimeError, match=r"^ValueError while measuring letters$"):
        list(_measured(iter([batch]), "letters"))
