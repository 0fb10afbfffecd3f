"""Surrogates by mention: a chain that is keyed, and hides the one that was missed."""

import re
from itertools import pairwise

import pytest

from heal_pipeline import deid
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.surrogates import Pools
from heal_pipeline.lake import Lake

KEY = b"k" * 32


@pytest.fixture
def mentions(pools: Pools):
    def make(num: int, record: str = "r", key: bytes = KEY) -> list[str]:
        writer = Policy("safe_harbor", 2026, mode="markov").writer(key, "s", record, pools, [])
        return [writer.replacement("PERSON", "Quillfeather") for _ in range(num)]

    return make


def test_about_half_of_the_mentions_repeat_the_one_before(mentions) -> None:
    made = mentions(400)
    repeated = sum(a == b for a, b in pairwise(made))
    assert 150 < repeated < 250
    assert len(set(made)) > 100
    assert "Quillfeather" not in made


def test_the_chain_is_keyed_and_begins_anew_in_each_record(mentions) -> None:
    assert mentions(30) == mentions(30)
    assert mentions(10) == mentions(30)[:10]
    assert mentions(30) != mentions(30, record="q")
    assert len({mentions(1, record=str(i))[0] for i in range(30)}) > 20
    assert mentions(30) != mentions(30, key=b"x" * 32)


def test_numbers_change_too_and_dates_do_not(pools: Pools) -> None:
    policy = Policy("limited_data_set", 2026, mode="markov")
    writer = policy.writer(KEY, "s", "r", pools, [])
    assert len({writer.replacement("PHONE_NUMBER", "614-287-9304") for _ in range(30)}) > 5
    assert len({writer.replacement("ID", "K-482913") for _ in range(30)}) > 5
    assert len({writer.replacement("DATE_TIME", "03/14/2020") for _ in range(30)}) == 1


def test_the_front_door_takes_the_mode(home: Lake, profile_with) -> None:
    text = "Dr. Quillfeather came. " * 12
    names = {}
    for mode in ("consistent", "markov"):
        [made] = deid.deidentify_texts(home, profile_with(), [{"id": "1", "text": text}], surrogates=mode)
        names[mode] = set(re.findall(r"Dr\. (\w+)", made))
    assert len(names["consistent"]) == 1
    assert len(names["markov"]) > 2
    assert "Quillfeather" not in names["consistent"] | names["markov"]
