"""The definitions load fast and light, and every asset is complete in the catalog."""

import subprocess
import sys

import dagster as dg
import pytest

from heal_pipeline.profile import CONFIGS

HEAVY = ("torch", "pyspark", "transformers", "presidio_analyzer", "great_expectations")


@pytest.fixture(scope="module", params=sorted(p.stem for p in CONFIGS.glob("*.yaml")))
def defs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    from heal_pipeline.definitions import build

    return build(str(tmp_path_factory.mktemp("home")), request.param)


def test_loading_imports_nothing_heavy() -> None:
    program = f"import sys, heal_pipeline.definitions as d; d.defs();print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_definitions_are_loadable(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_asset_is_complete_in_the_catalog(defs: dg.Definitions) -> None:
    for spec in defs.resolve_all_asset_specs():
        name = spec.key.to_user_string()
        first_line = (spec.description or "").split("\n")[0]
        assert first_line, f"{name} has no description"
        assert not first_line.startswith(("#", "*", "`")), f"{name}: the first line is plain text"
        assert spec.owners, f"{name} has no owner"
        assert spec.kinds, f"{name} has no kinds"
        assert {"phi", "licence"} <= spec.tags.keys(), f"{name} lacks a tag"
        assert spec.group_name != "default", f"{name} has no group"
        assert spec.code_version, f"{name} has no code version"
        if "parquet" in spec.kinds:
            assert "dagster/column_schema" in spec.metadata, f"{name} has no column schema"


def test_no_asset_depends_on_itself_or_hangs_alone(defs: dg.Definitions) -> None:
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    for key, spec in specs.items():
        upstream = {dep.asset_key for dep in spec.deps}
        assert key not in upstream
        assert upstream <= specs.keys(), f"{key.to_user_string()} depends on what is not there"
        if key.path[0] not in ("raw",):
            assert upstream, f"{key.to_user_string()} hangs in the air"


def test_evaluation_sets_are_no_training_input(defs: dg.Definitions) -> None:
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    benchmarks = specs[dg.AssetKey(["evaluation", "public_benchmarks"])]
    assert all(dep.asset_key.path[0] != "raw" for dep in benchmarks.deps)


def test_the_refresh_ends_at_the_survivors(defs: dg.Definitions) -> None:
    def steps(job: str) -> set[str]:
        return set(defs.resolve_job_def(f"{job}_job").graph.node_dict)

    refresh = steps("refresh")
    assert "survivors" in refresh
    assert not refresh & {"phi_tagger", "phi_lexicon", "tokenizer", "release", "packed", "base_model"}
    assert refresh | {"phi_tagger", "tokenizer"} <= steps("prepare")
    assert not steps("prepare") & {"release", "packed", "base_model"}
    everything = steps("all")
    for job in ("prepare", "refresh", "evaluate_tagger", "release", "train", "evaluate", "ablation"):
        assert steps(job) <= everything
    assets = {s.key.to_python_identifier() for s in defs.resolve_all_asset_specs()}
    assert assets <= everything


def test_jobs_that_make_a_tagger_judge_it_before_they_use_it(defs: dg.Definitions) -> None:
    evaluation = dg.AssetKey("phi_tagger_evaluation")
    cleaned = [spec for spec in defs.resolve_all_asset_specs() if spec.key.path[0] == "deidentified"]
    assert all(evaluation in {dep.asset_key for dep in spec.deps} for spec in cleaned)
    for job in ("all", "prepare"):
        assert {"phi_tagger", "phi_tagger_evaluation"} <= set(defs.resolve_job_def(f"{job}_job").graph.node_dict)
