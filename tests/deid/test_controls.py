"""Controls: harmless, of their own contexts, reproducible, and an honest judge of what was replaced."""

import ast
from pathlib import Path

import pytest

from heal_pipeline import medical_terms
from heal_pipeline.deid import contexts, controls


def test_training_and_controls_do_not_read_each_other() -> None:
    folder = Path(controls.__file__).parent
    for name in (
        "contexts",
        "corpus",
        "values",
        "lexicon",
        "vocabulary",
        "tagger",
        "patterns",
        "registered",
        "training",
    ):
        tree = ast.parse((folder / f"{name}.py").read_text())
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
        assert "controls" not in names, name
    own = {n.module for n in ast.walk(ast.parse(Path(controls.__file__).read_text())) if isinstance(n, ast.ImportFrom)}
    assert {m for m in own if m and m.startswith("heal_pipeline.")} == set()


def test_no_carrier_is_a_context() -> None:
    known = {
        " ".join(t.lower().split())
        for block in ("NOTE", "TALK", "GENERAL", "CLEAN")
        for t in contexts.templates(getattr(contexts, block))
    }
    for carriers in controls._CARRIERS.values():
        assert not known & {" ".join(c.lower().split()) for c in carriers}


def test_the_same_seed_gives_the_same_controls_of_every_kind_and_case() -> None:
    made = controls.make(180, 3)
    assert made == controls.make(180, 3) != controls.make(180, 4)
    assert {c.kind for c in made} == set(controls.KINDS)
    assert all(c.value in c.text for c in made)
    assert {c.text.isupper() for c in made} == {c.text.islower() for c in made} == {True, False}


def test_what_is_altered_is_counted_by_kind() -> None:
    made = controls.make(12, 3)
    outputs = [c.text for c in made]
    outputs[0] = outputs[0].replace(made[0].value, "Vole")
    rows = {r["kind"]: r for r in controls.alterations(made, outputs)}
    assert (rows["all"]["planted"], rows["all"]["altered"]) == (12, 1)
    assert rows[made[0].kind]["share"] == 0.5
    assert controls.alterations([], []) == []


@pytest.mark.parametrize(
    ("names", "some", "none"),
    [
        (medical_terms.drugs, {"metformin", "lisinopril"}, {"insulin glargine", "angelica"}),
        (medical_terms.diseases, {"crohn's disease", "hereditary nephritis"}, {"asthma"}),
        (medical_terms.sites, {"tail of pancreas", "spinal cord"}, {"overlapping sites of bladder"}),
    ],
)
def test_terms_of_a_kind(names, some: set[str], none: set[str]) -> None:
    found = names()
    assert some <= set(found)
    assert not none & set(found)
    assert list(found) == sorted(set(found))
