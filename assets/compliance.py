"""Assets of privacy and audit: the tagger and what it is made of, registration, the audit of each table, lineage."""

import dagster as dg

from assets import stage
from assets.catalog import column_schema
from assets.partitions import SINGLE_RUN, daily
from assets.sources import raw_key
from heal_pipeline.profile import Profile
from resources.pipeline import Pipeline

OWNER = "team:privacy"
EVALUATED_VISITS, EVALUATED_VISITS_SEED = 60, 1_000_003
"""Visits of the made-up clinic that the tagger is judged by: of another seed than a profile's own."""
GENERATED = {"phi": "none", "licence": "mixed"}


def build(profile: Profile) -> list[dg.AssetsDefinition]:
    return [*_tagger(profile), _registration(profile), *_audits(profile)]


def _tagger(profile: Profile) -> list[dg.AssetsDefinition]:
    deid_knobs = stage.knobs(profile.deid)
    version = stage.code_version("phi_tagger", profile.deid)
    public = [dg.AssetKey(["filtered", s.name]) for s in profile.sources if not s.restricted]

    @dg.asset(
        deps=public,
        group_name="privacy",
        description="Names, places and common words, from packages and public text only; never from the records to be cleaned.",
        kinds={"json"},
        owners=[OWNER],
        tags=GENERATED,
        code_version=version,
    )
    def phi_lexicon(context: dg.AssetExecutionContext, config: deid_knobs, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[valid-type]
        from heal_pipeline import deid

        run = pipeline.with_knobs(deid=config)
        return stage.run(context, lambda: deid.build_lexicon(pipeline.lake(run), run))

    @dg.asset(
        deps=[phi_lexicon],
        group_name="privacy",
        description="Generated sentences with marked identifiers, in many contexts and disguises.",
        kinds={"json"},
        owners=[OWNER],
        tags=GENERATED,
        code_version=version,
    )
    def phi_training_corpus(
        context: dg.AssetExecutionContext,
        config: deid_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> dg.MaterializeResult:
        from heal_pipeline import deid

        run = pipeline.with_knobs(deid=config)
        return stage.run(context, lambda: deid.build_training_corpus(pipeline.lake(run), run))

    @dg.asset(
        deps=[phi_training_corpus],
        group_name="privacy",
        description="The tagger that finds identifiers: a linear-chain CRF trained here.\n\nMade on demand, never by the refresh: a new one means de-identifying all days again.",
        kinds={"crfsuite"},
        owners=[OWNER],
        tags=GENERATED,
        code_version=version,
    )
    def phi_tagger(context: dg.AssetExecutionContext, config: deid_knobs, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[valid-type]
        from heal_pipeline import deid

        run = pipeline.with_knobs(deid=config)
        return stage.run(context, lambda: deid.train_tagger(pipeline.lake(run), run))

    @dg.asset(
        deps=[phi_tagger],
        group_name="privacy",
        description="What the tagger finds and misses: planted canaries and controls, held-out sentences, records of a made-up clinic, public gold sets.\n\nIts gates stand before de-identification, which refuses a detector that has not passed them with the settings in use.",
        kinds={"json"},
        owners=[OWNER],
        tags=GENERATED,
        code_version=version,
    )
    def phi_tagger_evaluation(
        context: dg.AssetExecutionContext,
        config: deid_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> dg.MaterializeResult:
        from heal_pipeline import deid
        from heal_pipeline.sources.clinic.labelled import labelled_texts

        run = pipeline.with_knobs(deid=config)
        visits = labelled_texts(EVALUATED_VISITS_SEED + profile.seed, EVALUATED_VISITS, profile.days[-1])
        return stage.run(context, lambda: deid.evaluate_tagger(pipeline.lake(run), run, {"synthetic clinic": visits}))

    return [phi_lexicon, phi_training_corpus, phi_tagger, phi_tagger_evaluation]


def _registration(profile: Profile) -> dg.AssetsDefinition:
    @dg.asset(
        deps=[raw_key(s) for s in profile.restricted_sources],
        group_name="privacy",
        description="What is known of each person from all sources of the day: the values that de-identification must find.",
        kinds={"parquet"},
        owners=[OWNER],
        tags={"phi": "contains", "licence": "mixed"},
        partitions_def=daily(profile),
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("registration"),
        metadata={"dagster/column_schema": column_schema("registration", phi="contains")},
    )
    def registration(context: dg.AssetExecutionContext, pipeline: Pipeline) -> stage.Days:
        from heal_pipeline import sources

        yield from stage.run_days(context, lambda day: sources.gather_registration(pipeline.lake(), profile, day))

    return registration


def _audits(profile: Profile) -> list[dg.AssetsDefinition]:
    deidentified = [dg.AssetKey(["deidentified", s.name]) for s in profile.restricted_sources]

    @dg.asset(
        deps=[*deidentified, dg.AssetKey("phi_tagger_evaluation")],
        group_name="compliance",
        description="Every de-identification gate of every table and day, with what was found and replaced.",
        kinds={"json"},
        owners=[OWNER],
        tags=GENERATED,
        code_version=stage.code_version("deidentified"),
    )
    def deid_audit(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import deid

        return stage.run(context, lambda: deid.audit(pipeline.lake(), profile))

    @dg.asset(
        deps=[dg.AssetKey("tuned_model")],
        group_name="compliance",
        description="The tree of inputs of every table and model, by fingerprint.",
        kinds={"json"},
        owners=["team:compliance"],
        tags=GENERATED,
        code_version=stage.code_version("compliance"),
    )
    def lineage(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import compliance

        return stage.run(context, lambda: compliance.lineage_report(pipeline.lake(), profile))

    @dg.asset(
        deps=[lineage, deid_audit],
        group_name="compliance",
        description="For the tuned model: every manifest, verdict, decision count, licence and version behind it, as JSON.",
        kinds={"json"},
        owners=["team:compliance"],
        tags=GENERATED,
        code_version=stage.code_version("compliance"),
    )
    def audit_pack(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import compliance

        return stage.run(context, lambda: compliance.audit(pipeline.lake(), profile))

    return [deid_audit, lineage, audit_pack]
