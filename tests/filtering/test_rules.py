"""Rules: each has a text on either side, and judges no group or kind that it is not about."""

import numpy as np
import pytest

from heal_pipeline import filtering
from heal_pipeline.errors import ProfileError
from heal_pipeline.filtering.rules import BUILT_IN_RULES, GENERAL_RULES, WEB_RULES, check_rules, decide, in_domains
from heal_pipeline.filtering.signals import measure
from heal_pipeline.profile import Rule

GOOD = (
    "The clinic opens at eight in the morning, and most of the people who come in have an appointment.\n"
    "A nurse takes their blood pressure and asks about the medicines that they use at home every day.\n"
    "The doctor then listens, examines them, and explains what could be done next about their cough.\n"
    "Some go home with a prescription, others are sent to the laboratory around the corner for a test."
)
SENTENCES = GOOD.split("\n")

DROPPED = {
    "too_short": "no",
    "mojibake": "Müller trägt Öl für größere Öfen: ÄÖÜ äöü ß ÄÖÜ äöü".encode().decode("cp1252", "replace") * 2,
    "not_english": "Der Patient wurde gestern mit hohem Fieber in die Klinik gebracht und dort untersucht. " * 5,
    "subtitles": "so normally\nwhen you would see\na video on a site\nit is probably\nplaying back there\n" * 12,
    "few_words": SENTENCES[0],
    "words_too_short": GOOD + "\n" + "a b c d e f g h " * 40,
    "words_too_long": GOOD + " " + ("pseudopseudohypoparathyroidism" * 4 + " ") * 8,
    "symbols": GOOD + " # nice # day" * 10,
    "bullets": "\n".join(f"- {line}" for line in SENTENCES),
    "ellipses": "\n".join(f"{line}.." for line in SENTENCES),
    "not_words": GOOD + " 1234 5678 / 9012" * 20,
    "no_stop_words": "Quick brown foxes jump over lazy dogs while nobody is watching them today. " * 6,
    "lorem_ipsum": GOOD + " Lorem ipsum, as printers say.",
    "code": GOOD + " a{} b{} c{} d{} e{} f{}",
    "short_lines": "\n".join(" ".join(GOOD.split()[i : i + 4]) + "." for i in range(0, 68, 4)),
    "duplicate_lines": f"{GOOD}\n" + "Read on.\n" * 4,
    "duplicate_line_chars": f"{GOOD}\n{SENTENCES[0]}",
    "top_2gram": GOOD + " good morning" * 18,
    "duplicate_5gram": GOOD.replace("\n", " ") + f" Again: {SENTENCES[0]}",
    "digits": GOOD + "".join(f" n{i:020d}" for i in range(15)),
    "capitals": GOOD.upper(),
    "not_prose": GOOD.title().replace(".", ""),
}
"""For each rule a text that it is the first to drop. Runs of other lengths obey the same code as the two that stand here."""


def test_a_good_page_passes() -> None:
    outcome = filtering.judge([GOOD])[0]
    assert outcome["keep"]
    assert outcome["rule"] == ""


@pytest.mark.parametrize("rule", DROPPED)
def test_each_rule_drops_its_text(rule: str) -> None:
    outcome = filtering.judge([DROPPED[rule]])[0]
    assert not outcome["keep"]
    assert outcome["rule"] == rule


def test_every_built_in_rule_can_be_reached() -> None:
    names = {r.name for r in BUILT_IN_RULES}
    assert set(DROPPED) <= names
    assert all("gram" in name for name in names - set(DROPPED))


def test_judge_gives_every_signal_as_a_plain_number() -> None:
    outcome = filtering.judge([GOOD, ""])
    assert [set(o) for o in outcome] == [{"keep", "rule", "signals"}] * 2
    assert set(outcome[0]["signals"]) == set(measure([""]))
    assert all(type(v) in (int, float) for o in outcome for v in o["signals"].values())
    assert outcome[0]["signals"]["gopher_words_v1"] == len(GOOD.split())
    assert outcome[1]["rule"] == "too_short"
    assert filtering.judge([]) == []


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("medical_public", "conversation"),
        ("medical_public", "instruction"),
        ("medical_proprietary", "note"),
        ("medical_proprietary", "text"),
        ("medical_proprietary", "template"),
    ],
)
def test_web_rules_leave_clinical_documents_alone(group: str, kind: str) -> None:
    texts = ["None.", "Patient: Yes.\nDoctor: Okay.\nPatient: Yes.", "- [ ] Eyes: ___\n- [ ] Ears: ___", "no"]
    decisions = decide(BUILT_IN_RULES, measure(texts), group, [kind] * 4)  # type: ignore[arg-type]
    assert decisions.rule.tolist() == ["", "", "", "too_short"]
    assert decisions.value[3] == 2
    assert decisions.threshold[3] == 4
    assert np.isnan(decisions.value[:3]).all()


def test_runs_of_words_may_repeat_in_articles() -> None:
    columns = measure([DROPPED["duplicate_5gram"]] * 2)
    decisions = decide(BUILT_IN_RULES, columns, "medical_public", ["text", "article"])
    assert decisions.rule.tolist() == ["duplicate_5gram", ""]


@pytest.mark.parametrize(("kind", "rule"), [("text", "not_prose"), ("article", ""), ("conversation", ""), ("note", "")])
def test_the_prose_score_judges_crawled_text_alone(kind: str, rule: str) -> None:
    columns = measure([DROPPED["not_prose"]])
    assert decide(BUILT_IN_RULES, columns, "medical_public", [kind]).rule.tolist() == [rule]
    assert decide(BUILT_IN_RULES, columns, "medical_proprietary", [kind]).rule.tolist() == [""]


def test_prose_without_a_line_end_stays() -> None:
    assert filtering.judge([GOOD.replace(".", ",")])[0]["keep"]


def test_the_first_rule_decides_and_all_are_counted() -> None:
    decisions = decide(BUILT_IN_RULES, measure(["no", GOOD]), "medical_public", ["text", "text"])
    assert decisions.rule.tolist() == ["too_short", ""]
    assert decisions.failing["too_short"] == 1
    assert decisions.failing["few_words"] == 1
    assert decisions.failing["code"] == 0


@pytest.mark.parametrize(("sign", "holds"), [("<", [1, 0, 0]), ("<=", [1, 1, 0]), (">", [0, 0, 1]), (">=", [0, 1, 1])])
def test_operators(sign: str, holds: list[int]) -> None:
    rule = Rule(name="mine", column="chars_v1", operator=sign, value=2, reason="x")  # type: ignore[arg-type]
    decisions = decide([rule], measure(["a", "ab", "abc"]), "medical_public", ["note"] * 3)
    assert [int(r == "mine") for r in decisions.rule] == holds


def test_rules_that_cannot_be_used_are_refused_by_name() -> None:
    check_rules(BUILT_IN_RULES)
    assert len({r.name for r in [*GENERAL_RULES, *WEB_RULES]}) == len(BUILT_IN_RULES)
    wrong = Rule(name="mine", column="gopher_words", operator="<", value=1, reason="x")
    with pytest.raises(ProfileError, match="'gopher_words', which is no signal: give one of chars_v1"):
        check_rules([wrong])
    with pytest.raises(ProfileError, match="repeat: too_short"):
        check_rules([GENERAL_RULES[0], GENERAL_RULES[0]])


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://www.nih.gov/health", True),
        ("http://NIH.gov:80/", True),
        ("nih.gov/page", True),
        ("https://notnih.gov/", False),
        ("https://nih.gov.example.org/", False),
        ("https://example.org/?from=nih.gov", False),
        ("https://user@nih.gov/", True),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_hosts_match_by_their_end(url: str, inside: bool) -> None:
    assert in_domains(url, ["NIH.gov", "cdc.gov"]) is inside
