"""Profiles that cannot be used say so in one line that names the key and the remedy."""

from pathlib import Path

import pytest
import yaml

from heal_pipeline.errors import ProfileError
from heal_pipeline.profile import CONFIGS, load_profile

SOURCE = {
    "name": "a",
    "reader": "jsonl",
    "group": "medical_public",
    "kind": "text",
    "licence": "CC0",
    "owner": "team:x",
}
MINIMAL = {"days": ["2026-01-05"], "sources": [SOURCE]}


def write(folder: Path, values: object) -> str:
    path = folder / "mine.yaml"
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values))
    return str(path)


@pytest.mark.parametrize("name", sorted(p.stem for p in CONFIGS.glob("*.yaml")))
def test_shipped_profiles_load(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert not {"pubmedqa", "medqa", "medmcqa", "mmlu"} & {s.name for s in profile.sources}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({**MINIMAL, "packing": {"max_lenght": 1}}, ["packing.max_lenght", "unknown key"]),
        ({**MINIMAL, "seed": "many"}, ["seed", "integer"]),
        ({**MINIMAL, "days": ["the fifth"]}, ["days"]),
        ({**MINIMAL, "sources": [SOURCE, SOURCE]}, ["repeat"]),
        ({**MINIMAL, "sources": [{**SOURCE, "phi": "maybe"}]}, ["sources.0.phi"]),
        ("[1, 2", ["no YAML"]),
        ("just words", ["no mapping"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, values: object, words: list[str]) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(write(tmp_path, values))
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words)


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("spark", {"shuffle_partitions": -1}),
        ("filtering", {"expected": {"drop_share": [0.6, 0.2]}}),
        ("filtering", {"expected": {"documents": [-1, None]}}),
        ("filtering", {"expected": {"documents": [None, 5]}}),
        ("filtering", {"expected": {"drops": [0, 1]}}),
        ("dedup", {"jaccard": 7}),
        ("dedup", {"jaccard": 0}),
        ("dedup", {"num_permutations": 0}),
        ("decontamination", {"ngram_words": 0}),
        ("tokenizer", {"vocab_size": 0}),
        ("packing", {"max_length": 0}),
        ("packing", {"validation_share": 1.0}),
        ("phases", {"count": 0}),
        ("phases", {"tokens_per_phase": 0}),
        ("phases", {"factor": -3}),
        ("phases", {"floor": -0.1}),
        ("phases", {"max_epochs": 0}),
        ("model", {"num_layers": 0}),
        ("model", {"rope_factor": 0.5}),
        ("training", {"rows_per_step": 0}),
        ("training", {"micro_batch_rows": 0}),
        ("training", {"learning_rate": 0}),
        ("training", {"learning_rate": float("inf")}),
        ("training", {"clip_norm": float("nan")}),
        ("training", {"betas": [0.9, 1.0]}),
        ("ablation", {"tokens": 0}),
        ("ablation", {"tokens": {"all": 0, "medical": 1, "public": 1}}),
        ("ablation", {"tokens": {"all": 1, "medical": 1, "public": 1, "private": 1}}),
        ("ablation", {"tokens": {"all": 1}}),
        ("ablation", {"tokens": {}}),
        ("ablation", {"subsets": {"none": []}}),
        ("evaluation", {"limit": 0}),
        ("evaluation", {"bootstrap_samples": 0}),
    ],
)
def test_values_out_of_range_are_named(tmp_path: Path, section: str, values: dict) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(write(tmp_path, {**MINIMAL, section: values}))
    assert f"{section}.{next(iter(values))}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_budget_is_of_each_subset_or_of_all(tmp_path: Path) -> None:
    subsets = {"one": ["medical_public"], "two": ["medical_proprietary"]}

    def tokens(**values: object) -> dict[str, int]:
        return load_profile(write(tmp_path, {**MINIMAL, "ablation": values})).ablation.tokens

    assert tokens() == {"all": 120_000, "medical": 120_000, "public": 120_000}
    assert tokens(subsets=subsets, tokens=7) == {"one": 7, "two": 7}
    assert tokens(subsets=subsets, tokens={"two": 3, "one": 8}) == {"one": 8, "two": 3}
    with pytest.raises(ProfileError, match=r"ablation\.tokens: no budget for two: give each subset one"):
        tokens(subsets=subsets, tokens={"one": 8})
    with pytest.raises(ProfileError, match=r"ablation\.tokens: no subset is called three: give one of one, two"):
        tokens(subsets=subsets, tokens={"one": 8, "two": 3, "three": 1})


def test_one_evaluation_is_no_curve_for_the_papers_rule(tmp_path: Path) -> None:
    training = {"training": {"evaluations_per_phase": 1}}
    with pytest.raises(ProfileError, match=r"evaluations_per_phase is 1, .* set it to 2 or more") as caught:
        load_profile(write(tmp_path, {**MINIMAL, **training}))
    assert "\n" not in str(caught.value)
    for phases in ({"count": 1}, {"rule": "proportional"}):
        assert load_profile(write(tmp_path, {**MINIMAL, **training, "phases": phases}))


def test_a_relative_data_folder_is_below_the_profile_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    profile = load_profile(write(tmp_path, {**MINIMAL, "data": "data"}))
    monkeypatch.chdir("/")
    assert profile.data_folder() == (tmp_path / "data").resolve()
    assert profile.model_copy(update={"seed": 1}).data_folder() == (tmp_path / "data").resolve()


def test_a_missing_profile_names_those_there_are() -> None:
    with pytest.raises(ProfileError, match=r"no profile 'nowhere'.*sample"):
        load_profile("nowhere")


def test_a_missing_data_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile(write(tmp_path, MINIMAL))
    with pytest.raises(ProfileError, match="HEAL_OPEN_DATA"):
        profile.data_folder()
    monkeypatch.setenv("HEAL_OPEN_DATA", str(tmp_path / "absent"))
    with pytest.raises(ProfileError, match="is not there"):
        profile.data_folder()


def test_the_hash_sees_every_knob(tmp_path: Path) -> None:
    one = load_profile(write(tmp_path, MINIMAL))
    other = load_profile(write(tmp_path, {**MINIMAL, "deid": {"threshold": 0.8}}))
    assert one.hash != other.hash
    assert one.hash == load_profile(write(tmp_path, MINIMAL)).hash
