"""Canaries: their own vocabulary, reproducible, and an honest judge of what survived."""

import ast
from pathlib import Path

import pytest

from heal_pipeline.deid import canaries, contexts, vocabulary

FOLDER = Path(canaries.__file__).parent


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{a.name}" for a in node.names} | {str(node.module)}
    return found


def test_training_and_canaries_do_not_read_each_other() -> None:
    assert not [i for i in imports_of(FOLDER / "canaries.py") if i.startswith("heal_pipeline")]
    for name in ("contexts", "corpus", "values", "lexicon", "vocabulary", "tagger", "patterns", "registered"):
        assert not [i for i in imports_of(FOLDER / f"{name}.py") if "canaries" in i]


def test_no_carrier_is_a_context() -> None:
    known = {
        t.lower()
        for block in ("NOTE", "TALK", "GENERAL", "CLEAN")
        for t in contexts.templates(getattr(contexts, block))
    }
    for carriers in canaries._CARRIERS.values():
        for carrier in carriers:
            assert carrier.replace("{v}", "{full}").lower() not in known


def test_the_same_seed_gives_the_same_canaries_of_every_kind() -> None:
    made = canaries.make(147, 3)
    assert made == canaries.make(147, 3) != canaries.make(147, 4)
    assert {(c.type, c.disguise) for c in made} == {(t, d) for t in canaries.TYPES for d in canaries.DISGUISES}
    assert not {w for c in made if c.type == "NAME" for w in c.secrets} & vocabulary.words()


def test_a_number_survives_where_what_tells_a_person_is_left_of_it() -> None:
    made = canaries.make(980, 6)
    numbers = {t: [c for c in made if c.type == t and c.disguise == "plain"] for t in ("SSN", "MRN")}
    for canary in numbers["SSN"]:
        whole, part = canary.secrets
        assert (len(whole), len(part)) == (9, 6)
        assert canary.survives(f"XXX-{part[:2]}-{part[2:]}")
        assert not canary.survives(f"{whole[:5]} XXXX")
    assert {len(c.secrets[0]) for c in numbers["MRN"]} == {6, 7, 8}


def test_an_untouched_carrier_survives_in_every_disguise_and_an_emptied_one_does_not() -> None:
    for canary in canaries.make(350, 5):
        assert canary.survives(canary.text), canary
        assert not canary.survives("nothing is left here")


@pytest.mark.parametrize(("survived", "planted", "bound"), [(0, 3000, 0.000998), (0, 1800, 0.00166), (2, 68, 0.0897)])
def test_the_bound_is_clopper_and_pearsons(survived: int, planted: int, bound: float) -> None:
    assert canaries.upper_bound(survived, planted) == pytest.approx(bound, rel=0.01)
    assert canaries.upper_bound(5, 5) == 1.0
