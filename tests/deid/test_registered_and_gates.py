"""Registered values: found in every rendering, missed by no gate. And the gates by themselves."""

import pytest

from heal_pipeline.deid.canaries import make, survival
from heal_pipeline.deid.gates import (
    Rescan,
    Residue,
    canary_verdict,
    control_verdict,
    interval_verdict,
    quarantine_verdict,
)  # fmt: skip
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.registered import Directory, Registered
from heal_pipeline.profile import DeidConfig

ROWS = [
    ("name", "Marwenna Ilse Oakhollow"), ("mrn", "K-482913"), ("phone", "(614) 287-9304"), ("email", "m.oak@post.net"),
    ("birth_date", "1951-07-23"), ("address", "412 Tarn Street, Eldermouth, OH 44118"), ("sex", "female"),
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "MARWENNA came", "oakhollow, marwenna", "Oakhollow's chart", "Marwenna\nOakhollow", "K482913", "k 482913", "614.287.9304",
        "2879304", "m.oak@post.net", "7/23/51", "07-23-1951", "1951-07-23", "07231951", "412 Tarn Street", "412 tarn\nstreet",
    ],
)  # fmt: skip
def test_every_rendering_is_found(text: str, lexicon: Lexicon) -> None:
    assert Registered(ROWS, lexicon).find(text)


@pytest.mark.parametrize("text", ["female", "1951", "OH", "Tarnish", "K4829131", "the oak"])
def test_nothing_else_is_found(text: str, lexicon: Lexicon) -> None:
    assert not Registered(ROWS, lexicon).find(text)


def test_names_that_are_words_are_found_where_capitalised(lexicon: Lexicon) -> None:
    person = Registered([("name", "Will Long"), ("clinician_name", "Bo Walks")], lexicon)

    def found(text: str) -> list[str]:
        return sorted(text[s:e] for s, e, *_ in person.find(text))

    assert found("He will take a long walk; he walks with bo.") == []
    assert found("Mr. Long, Bo and WALKS.") == ["Bo", "Long", "WALKS"]
    assert found("i am will long .") == ["will long"]


def test_compound_names_are_found_whole(lexicon: Lexicon) -> None:
    text = "O'Shaughnessy, Joon-Ho"
    found = {text[s:e] for s, e, *_ in Registered([("name", "Joon-ho O'Shaughnessy")], lexicon).find(text)}
    assert found >= {"O'Shaughnessy", "Joon-Ho"}


def test_the_directory_finds_people_of_other_records() -> None:
    directory = Directory(ROWS)
    text = "spoke with oakhollow, marwenna and Marwenna Ilse Oakhollow; Marwenna alone is not enough"
    assert [text[s:e] for s, e, *_ in directory.find(text)] == ["oakhollow, marwenna", "Marwenna Ilse Oakhollow"]


@pytest.mark.parametrize(
    "left",
    ["Marwenna", "OAKHOLLOW", "Mａrwenna", "k482913", "6142879304", "moakpost.net", "07/23/1951", "412 tarn st reet"],
)
def test_residue_is_counted(left: str, lexicon: Lexicon) -> None:
    residue = Residue({"s": ROWS}, lexicon)
    residue.add("s", f"text with {left} in it")
    assert not residue.verdict().passed
    assert left not in str(residue.verdict())


def test_clean_text_and_other_people_leave_no_residue(lexicon: Lexicon) -> None:
    residue = Residue({"s": ROWS}, lexicon)
    residue.add("s", "A 74-year-old woman of 1951 from OH, female.")
    residue.add("t", "Marwenna is someone else here")
    residue.add(None, "nobody")
    assert residue.verdict().passed
    assert residue.verdict().results[0]["documents"] == 3


def test_a_single_name_is_no_part_of_a_longer_one(lexicon: Lexicon) -> None:
    residue = Residue({"s": [("name", "richard")]}, lexicon)
    assert residue.add("s", "Mr. Prichard was seen") == 0
    assert residue.add("s", "RICHARD was seen") == 1


def test_the_rescan_knows_fiction_from_a_leak() -> None:
    scan = Rescan()
    scan.add(["(614) 555-0123", "anna.vole@example.org", "www.dover.example.com", "000-12-3456"])
    assert scan.verdict(0).passed
    assert not scan.verdict(1).passed
    scan.add(["call 614-287-9304"])
    assert not scan.verdict(0).passed


def test_canary_limits() -> None:
    def row(type_: str, share: float) -> dict:
        return {"type": type_, "disguise": "all", "planted": 100, "survived": round(100 * share), "share": share}

    config = DeidConfig()
    assert canary_verdict([row("all", 0.02), row("CONTACT", 0.0)], 100, config).passed
    assert not canary_verdict([row("all", 0.03), row("CONTACT", 0.0)], 100, config).passed
    for strict in ("CONTACT", "SSN", "MRN"):
        assert not canary_verdict([row("all", 0.01), row(strict, 0.01)], 100, config).passed
    assert canary_verdict([row("all", 0.01), row("ID", 0.02)], 100, config).passed
    assert canary_verdict(
        [row("all", 0.01), row("SSN", 0.01), row("MRN", 0.01)], 100, DeidConfig(max_number_survival=0.01)
    ).passed
    assert not canary_verdict([row("all", 0.0), row("CONTACT", 0.0)], 99, config).passed  # one was lost
    assert not canary_verdict(survival([], []), 0, config).passed


def test_a_verdict_on_canaries_says_of_which_type_too_many_came_through() -> None:
    planted = make(98, 1)
    left = [c.text if c.type in ("SSN", "ID") else "" for c in planted]
    verdict = canary_verdict(survival(planted, left), 98, DeidConfig(max_canary_survival=0.5))
    assert [r.get("type") for r in verdict.results if not r["passed"]] == ["SSN"]
    assert {r["type"] for r in verdict.results if "allowed" in r} == {"all", "CONTACT", "SSN", "MRN"}


def test_control_limits() -> None:
    rows = [{"kind": "all", "planted": 100, "altered": 7, "share": 0.07}]
    assert control_verdict(rows, DeidConfig(max_over_redaction=0.07)).passed
    assert not control_verdict(rows, DeidConfig(max_over_redaction=0.06)).passed
    assert control_verdict([], DeidConfig(controls=0)).passed


def test_no_interval_may_be_broken() -> None:
    assert interval_verdict(9, 0).passed
    assert not interval_verdict(9, 1).passed


@pytest.mark.parametrize(("documents", "most"), [(0, 1), (1, 1), (99, 1), (300, 3), (1000, 10)])
def test_few_documents_may_be_quarantined(documents: int, most: int) -> None:
    config = DeidConfig(max_quarantined_share=0.01)
    assert quarantine_verdict(documents, most, config).passed
    assert not quarantine_verdict(documents, most + 1, config).passed
