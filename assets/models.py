"""Assets of models: the base model, the phases' chains, the ablations, the pretrained and the tuned model."""

from typing import Any

import dagster as dg

from assets import stage
from assets.corpus import REMOVED
from heal_pipeline.profile import PhasesConfig, Profile
from resources.pipeline import Pipeline

OWNER = "team:modeling"
MAX_OBSERVATIONS = 200


def build(profile: Profile) -> list[dg.AssetsDefinition]:
    phases = [f"phase_{k}" for k in range(1, profile.phases.count + 1)]
    assets = [_base_model(profile)]
    for name, previous in stage.in_order(phases):
        assets += _phase(profile, name, previous)
    assets.append(_pretrained_model(profile, phases[-1]))
    assets += _tuned_model(profile)
    for subset in profile.ablation.subsets:
        assets += _ablation(profile, subset)
    return assets


def train_and_observe(
    context: dg.AssetExecutionContext, pipeline: Pipeline, profile: Profile, name: str, base: str
) -> dg.MaterializeResult:
    """Trains in a subprocess, and turns its steps into observations, at most about 200 a run."""
    from heal_pipeline import training

    def observe(event: dict[str, Any]) -> None:
        every = max(1, event.get("num_steps", 1) // MAX_OBSERVATIONS)
        if event["event"] == "train_step" and event["step"] % every == 0:
            values = {k: event[k] for k in ("step", "loss", "tokens_per_second") if event.get(k) is not None}
            context.log_event(dg.AssetObservation(context.asset_key, metadata=values))

    return stage.run(
        context, lambda: training.train(pipeline.lake(profile), profile, name, base=base, on_event=observe)
    )


def _mixture(profile: Profile, name: str, previous: str | None) -> dg.AssetsDefinition:
    after = [dg.AssetKey([previous, "validation"]), dg.AssetKey([previous, "shards"])] if previous else []

    @dg.asset(
        key=[name, "mixture"],
        deps=[dg.AssetKey("packed"), *after],
        group_name=name,
        description=f"Sampling rate of each source in {name}: {_origin(profile.phases, previous)}.",
        kinds={"json"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=_planned_by(profile),
    )
    def mixture(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import phases

        return stage.run(context, lambda: phases.mixture(pipeline.lake(), profile, name, previous))

    return mixture


def _origin(config: PhasesConfig, previous: str | None) -> str:
    """What sets the rates, in words."""
    rule = config.rule if previous else config.initial
    if rule == "constant" and not config.rates:
        return f"those of {previous}"
    return {
        "equal_groups": "equal shares of the groups, shared by their sources' rows",
        "proportional": "each source's share of all rows",
        "temperature": f"by rows to the power of 1/{config.temperature:g}",
        "constant": "the weights in phases.rates",
        "stabilised": f"from the validation losses of {previous}",
    }.get(rule, f"by the rule {rule}")


def _planned_by(profile: Profile, *settings: Any) -> str:
    """The code version of mixtures and plans. The bound of a warning decides nothing."""
    decisive = profile.phases.model_dump(mode="json", exclude={"max_epochs"})
    return stage.code_version("phases", decisive, profile.seed, profile.packing.max_length, *settings)


def _shards(
    profile: Profile, prefix: list[str], name: str, group: str, rates: dg.AssetKey, *settings: Any
) -> dg.AssetsDefinition:
    """`settings`: what decides on the rows beside what mixtures go by and the size of a step."""

    @dg.asset(
        key=[*prefix, "shards"],
        deps=[rates, dg.AssetKey("validation_set")],
        group_name=group,
        description=f"Which rows of which shards {name} trains on, to within one row of its token budget.",
        kinds={"json"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=_planned_by(profile, profile.training.rows_per_step, *settings),
    )
    def shards(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import phases

        return stage.run(context, lambda: phases.shards(pipeline.lake(), profile, name))

    return shards


def _checkpoint(
    profile: Profile, key: list[str], name: str, base: str, deps: list[dg.AssetKey], group: str, description: str
) -> dg.AssetsDefinition:
    training_knobs = stage.knobs(profile.training, without=("rows_per_step", "tuning_epochs", "tuning_max_steps"))

    @dg.asset(
        key=key,
        deps=deps,
        group_name=group,
        description=description,
        kinds={"pytorch", "huggingface"},
        owners=[OWNER],
        tags=REMOVED,
        pool="gpu",
        code_version=stage.code_version("training", profile.training),
    )
    def checkpoint(
        context: dg.AssetExecutionContext,
        config: training_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> dg.MaterializeResult:
        return train_and_observe(context, pipeline, pipeline.with_knobs(training=config), name, base)

    return checkpoint


def _phase(profile: Profile, name: str, previous: str | None) -> list[dg.AssetsDefinition]:
    start = dg.AssetKey([previous, "checkpoint"]) if previous else dg.AssetKey("base_model")
    checkpoint = _checkpoint(
        profile,
        [name, "checkpoint"],
        name,
        f"models/{previous}" if previous else "models/base_model",
        [dg.AssetKey([name, "shards"]), start],
        name,
        f"The model after {name}: continued pretraining by torchrun, with its loss curve.",
    )

    @dg.asset(
        key=[name, "validation"],
        deps=[checkpoint, dg.AssetKey("validation_set")],
        group_name=name,
        description=f"Perplexity of each source over {name}, and of the finished checkpoint.",
        kinds={"pytorch"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("evaluation", profile.evaluation),
    )
    def validation(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import evaluation

        return stage.run(context, lambda: evaluation.phase_validation(pipeline.lake(), profile, name))

    shards = _shards(profile, [name], name, name, dg.AssetKey([name, "mixture"]))
    return [_mixture(profile, name, previous), shards, checkpoint, validation]


def _ablation(profile: Profile, subset: str) -> list[dg.AssetsDefinition]:
    name, prefix = f"ablation_{subset}", ["ablation", subset]
    config = profile.ablation
    groups = ", ".join(g.replace("_", " ") for g in config.subsets[subset])
    settings = (config.subsets[subset], config.tokens[subset])
    shards = _shards(profile, prefix, name, "ablation", dg.AssetKey("packed"), *settings)
    deps = [dg.AssetKey([*prefix, "shards"]), dg.AssetKey("base_model")]
    description = f"A model trained on {config.tokens[subset]:,} tokens of: {groups}, for the ablation table."
    return [
        shards,
        _checkpoint(profile, [*prefix, "checkpoint"], name, "models/base_model", deps, "ablation", description),
    ]


def _base_model(profile: Profile) -> dg.AssetsDefinition:
    model_knobs = stage.knobs(profile.model)

    @dg.asset(
        deps=[dg.AssetKey("tokenizer")],
        group_name="models",
        description="Where training starts: a Hugging Face checkpoint by path or hub id, or a small Llama with random weights.",
        kinds={"pytorch", "huggingface"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("base_model", profile.model),
    )
    def base_model(context: dg.AssetExecutionContext, config: model_knobs, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[valid-type]
        from heal_pipeline import modeling

        run = pipeline.with_knobs(model=config)
        return stage.run(context, lambda: modeling.make_base_model(pipeline.lake(run), run))

    return base_model


def _pretrained_model(profile: Profile, last_phase: str) -> dg.AssetsDefinition:
    @dg.asset(
        deps=[dg.AssetKey([last_phase, "checkpoint"])],
        group_name="models",
        description="The registered model after the last phase.",
        kinds={"pytorch", "huggingface"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("training"),
    )
    def pretrained_model(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import training

        return stage.run(context, lambda: training.promote(pipeline.lake(), profile))

    return pretrained_model


def _tuned_model(profile: Profile) -> list[dg.AssetsDefinition]:
    settings = (profile.training.tuning_epochs, profile.training.tuning_max_steps)
    shards = _shards(profile, ["tuning"], "tuning", "models", dg.AssetKey("packed"), *settings)
    deps = [dg.AssetKey("pretrained_model"), dg.AssetKey(["tuning", "shards"])]
    description = "The pretrained model after tuning on the instructions, loss on the responses alone."
    return [
        shards,
        _checkpoint(profile, ["tuned_model"], "tuning", "models/pretrained_model", deps, "models", description),
    ]
