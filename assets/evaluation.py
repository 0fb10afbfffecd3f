"""Assets of evaluation: perplexity curves, generation scores, ablation, note quality, public benchmarks, the report."""

from collections.abc import Callable

import dagster as dg

from assets import stage
from assets.corpus import REMOVED
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile
from resources.pipeline import Pipeline

OWNER = "team:evaluation"


def build(profile: Profile) -> list[dg.AssetsDefinition]:
    phases = [f"phase_{k}" for k in range(1, profile.phases.count + 1)]
    models = [dg.AssetKey("base_model"), dg.AssetKey("pretrained_model"), dg.AssetKey("tuned_model")]
    assets = [
        _table(
            profile,
            "perplexity_curves",
            "Perplexity of each source over training.",
            [*models, *(dg.AssetKey([p, "validation"]) for p in phases)],
        ),
        _table(
            profile,
            "generation_tasks",
            "Rouge and multiple-choice scores of what the models write on held-out instructions.",
            [*models, dg.AssetKey("validation_set")],
        ),
        _table(
            profile,
            "ablation",
            "Perplexity by source of models trained on subsets of the sources.",
            [dg.AssetKey(["ablation", s, "checkpoint"]) for s in profile.ablation.subsets],
        ),
        _table(
            profile,
            "note_quality",
            "Missed, incorrect and irrelevant content of generated notes, by rubric.",
            [*models, dg.AssetKey("validation_set")],
        ),
        _table(profile, "public_benchmarks", "PubMedQA, MedQA and further question sets.", models),
    ]
    return [*assets, _report(profile, [a.key for a in assets])]


def _table(profile: Profile, name: str, description: str, deps: list[dg.AssetKey]) -> dg.AssetsDefinition:
    evaluation_knobs = stage.knobs(profile.evaluation)

    @dg.asset(
        key=["evaluation", name],
        deps=deps,
        group_name="evaluation",
        description=description,
        kinds={"pytorch", "json"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("evaluation", profile.evaluation),
    )
    def table(context: dg.AssetExecutionContext, config: evaluation_knobs, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[valid-type]
        from heal_pipeline import evaluation

        run = pipeline.with_knobs(evaluation=config)
        evaluate: Callable[[Lake, Profile], StageResult] = getattr(evaluation, name)
        return stage.run(context, lambda: evaluate(pipeline.lake(run), run))

    return table


def _report(profile: Profile, tables: list[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.asset(
        deps=[*tables, dg.AssetKey("deid_audit"), dg.AssetKey("packed")],
        group_name="evaluation",
        description="All tables and plots of the run on one page: reports/report.html.",
        kinds={"html"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("report"),
    )
    def report(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline.report import build as build_report

        lake = pipeline.lake()
        result = stage.run(context, lambda: build_report(lake, profile))
        context.add_asset_metadata({"page": dg.MetadataValue.path(str(lake.reports / "report.html"))})
        return result

    return report
