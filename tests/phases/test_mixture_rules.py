"""The rules of mixtures: what each gives, what anybody's own may do, and which mixtures are none."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.errors import ProfileError, UserError
from heal_pipeline.phases.decisions import Known
from heal_pipeline.phases.rules import RULES, decide
from heal_pipeline.profile import MIXTURE_RULES, PhasesConfig, load_profile

GROUPS = {"web": "public", "books": "public", "papers": "medical", "notes": "own"}
ROWS = {"web": 300, "books": 100, "papers": 50, "notes": 2}


def known(rows: dict[str, int] = ROWS, before: dict[str, float] | None = None, **settings) -> Known:
    return Known(GROUPS, rows, PhasesConfig(**settings), before)


def test_groups_have_equal_shares_and_sources_their_part_of_it() -> None:
    rates, _ = decide("equal_groups", known())
    assert rates == pytest.approx({"web": 0.25, "books": 1 / 12, "papers": 1 / 3, "notes": 1 / 3})


def test_groups_that_are_not_there_take_nothing() -> None:
    assert decide("equal_groups", known({"web": 3, "books": 1}))[0] == pytest.approx({"web": 0.75, "books": 0.25})


def test_proportional_is_by_rows() -> None:
    assert decide("proportional", known())[0] == pytest.approx({s: n / 452 for s, n in ROWS.items()})


def test_temperature_is_between_proportional_and_uniform() -> None:
    by_rows = decide("proportional", known())[0]
    assert decide("temperature", known(temperature=1))[0] == pytest.approx(by_rows)
    warm = decide("temperature", known(temperature=2))[0]
    assert warm["web"] / warm["papers"] == pytest.approx(6**0.5)
    assert decide("temperature", known(temperature=1e9))[0] == pytest.approx(dict.fromkeys(ROWS, 0.25), rel=1e-6)


def test_constant_weights_are_of_sources_or_of_groups() -> None:
    rates, decisions = decide("constant", known(rates={"web": 1, "public": 1, "own": 2}))
    assert rates == pytest.approx({"web": 0.25, "books": 0.25, "papers": 0, "notes": 0.5})
    assert [d.reason for d in decisions if d.source == "papers"] == ["not named in phases.rates"]


def test_constant_without_weights_keeps_what_was() -> None:
    before = {"web": 0.7, "notes": 0.3}
    assert decide("constant", known({"web": 3, "notes": 5}, before))[0] == pytest.approx(before)
    with pytest.raises(UserError, match=r"set phases\.rates"):
        decide("constant", known())


def test_the_papers_rule_needs_a_phase_before() -> None:
    with pytest.raises(UserError, match=r"set phases\.initial"):
        decide("stabilised", known())


@settings(deadline=None)
@given(
    st.sampled_from(sorted(RULES)),
    st.dictionaries(st.sampled_from(sorted(ROWS)), st.integers(1, 10**8), min_size=1),
    st.floats(1, 50),
)
def test_every_rule_gives_rates_that_add_up(rule: str, rows: dict[str, int], temperature: float) -> None:
    before = {s: 1 / len(rows) for s in rows}
    rates, decisions = decide(rule, known(rows, before, temperature=temperature))
    assert sum(rates.values()) == pytest.approx(1)
    assert set(rates) == set(rows) == {d.source for d in decisions}
    assert all(0 < len(d.reason) <= 35 for d in decisions)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_nothing_to_sample_is_the_users_to_mend(rule: str) -> None:
    with pytest.raises(UserError, match="no source has packed rows"):
        decide(rule, known({}))


def test_the_profile_knows_every_rule() -> None:
    assert set(MIXTURE_RULES) == set(RULES)


@pytest.fixture
def own_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    code = """
from heal_pipeline.phases.decisions import Decision

def smallest(known):
    source = min(known.num_rows, key=known.num_rows.get)
    return [Decision(source, 3.0, "the smallest")]

def unknown(known):
    return [Decision("nowhere", 1.0, "")]

def twice(known):
    return [Decision("web", 1.0, ""), Decision("web", 1.0, "")]

def negative(known):
    return [Decision("web", -1.0, ""), Decision("books", 2.0, "")]

def nothing(known):
    return []
"""
    (tmp_path / "own_rules.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_rules", raising=False)
    return "own_rules"


def test_a_rule_of_ones_own(own_rules: str) -> None:
    rates, decisions = decide(f"{own_rules}:smallest", known(before=dict.fromkeys(ROWS, 0.25)))
    assert rates == {"web": 0, "books": 0, "papers": 0, "notes": 1}
    assert decisions[0].reason == "the smallest"
    left_out = [(d.source, d.rate_before) for d in decisions if d.reason == "left out by the rule"]
    assert left_out == [("web", 0.25), ("books", 0.25), ("papers", 0.25)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown", "gives rates to nowhere"),
        ("twice", "names a source twice"),
        ("negative", "below 0"),
        ("nothing", "add up to nothing"),
        ("absent", "cannot be loaded"),
    ],
)
def test_what_is_no_mixture_is_refused(own_rules: str, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        decide(f"{own_rules}:{name}", known())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("initial: stabilised", "phase before"),
        ("initial: constant", "needs weights"),
        ("initial: equal", "no rule 'equal': give one of equal_groups"),
        ("rates: {medical_public: 0, non_medical_public: 0.0}", "all weights are 0"),
        ("rates: {medical_public: -1}", "greater than or equal to 0"),
        ("rates: {pubmad: 1}", "no source or group is called pubmad"),
        ("temperature: 0.5", "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path: Path, section: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    source = (
        "{name: notes, reader: jsonl, group: medical_public, kind: note, licence: x, owner: team:data, location: [x]}"
    )
    path.write_text(f"days: [2026-01-05]\nsources: [{source}]\nphases:\n  {section}\n")
    with pytest.raises(ProfileError, match=words):
        load_profile(str(path))
