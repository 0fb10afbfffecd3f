"""The prose score: it falls as text becomes a listing, each signal moves it the way its sign says, and no document another's."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.filtering.prose import CLIP, DECIMALS, STANDINGS, prose_score
from heal_pipeline.filtering.rules import BUILT_IN_RULES
from heal_pipeline.filtering.signals import measure

PROSE = (
    "The clinic opens at eight in the morning, and most of the people who come in have an appointment.\n"
    "A nurse takes their blood pressure and asks about the medicines that they use at home every day.\n"
    "The doctor then listens, examines them, and explains what could be done next about their cough.\n"
    "Some go home with a prescription, others are sent to the laboratory around the corner for a test."
)
MENU = "\n".join(["Home", "About Us", "Our Team", "Sign In", "Privacy Policy", "Contact", "Back To Top"] * 10)
BOUND = next(rule.value for rule in BUILT_IN_RULES if rule.name == "not_prose")

values = st.floats(0, 1e6, allow_nan=False)


def score_of(*texts: str) -> np.ndarray:
    return prose_score(measure(texts))


def columns_of(rows: list[dict[str, float]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in STANDINGS}


def test_prose_lies_above_the_bound_and_a_menu_below() -> None:
    prose, menu, nothing = score_of(PROSE, MENU, "")
    assert prose > 0 > BOUND > menu
    assert nothing < BOUND


@pytest.mark.parametrize(
    "spoiled",
    [
        PROSE.title(),
        PROSE.replace(" ", "\n"),
        PROSE.replace(".", ""),
        PROSE.replace(".", "..."),
        " ".join(word for word in PROSE.split() if len(word) > 4),
        PROSE.replace("e", "3").replace("a", "4"),
        PROSE.replace(" ", " # "),
        PROSE[:60],
    ],
    ids=["capitals", "broken", "no ends", "cut off", "no function words", "figures", "signs", "short"],
)
def test_whatever_spoils_prose_lowers_its_score(spoiled: str) -> None:
    prose, less = score_of(PROSE, spoiled)
    assert less < prose - 0.05


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(STANDINGS, values)), min_size=1, max_size=8))
def test_scores_are_finite_bounded_and_each_document_s_own(rows: list[dict[str, float]]) -> None:
    scores = prose_score(columns_of(rows))
    assert scores.shape == (len(rows),)
    assert (np.abs(scores) <= CLIP).all()
    alone = [prose_score(columns_of([row]))[0] for row in rows]
    assert scores.tolist() == alone
    assert scores.tolist() == [round(score, DECIMALS) for score in alone]


@given(st.fixed_dictionaries(dict.fromkeys(STANDINGS, values)), st.sampled_from(sorted(STANDINGS)), values)
def test_a_signal_moves_the_score_the_way_its_sign_says(row: dict[str, float], name: str, more: float) -> None:
    before, after = prose_score(columns_of([row, {**row, name: row[name] + more}]))
    assert (after - before) * STANDINGS[name].sign >= -1e-12


def test_the_average_page_scores_nothing() -> None:
    columns = {name: np.array([s.mean]) for name, s in STANDINGS.items()}
    columns["gopher_words_v1"] = np.expm1(columns["gopher_words_v1"])
    assert prose_score(columns)[0] == pytest.approx(0)


def test_the_score_is_a_signal() -> None:
    columns = measure([PROSE, MENU])
    assert columns["prose_v1"].tolist() == prose_score(columns).tolist()


@pytest.mark.open_data
def test_the_numbers_are_those_of_the_reference(open_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.prose_reference import moments, reference
    from heal_pipeline.profile import OPEN_DATA_VARIABLE, load_profile

    monkeypatch.setenv(OPEN_DATA_VARIABLE, str(open_data))
    for name, found in moments(reference(load_profile("open"))).items():
        assert (STANDINGS[name].mean, STANDINGS[name].deviation) == pytest.approx(found, rel=0.02, abs=2e-4)
