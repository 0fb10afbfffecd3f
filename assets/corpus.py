"""Assets of the corpus: filtering, de-identification, duplicates, contamination, survivors."""

from dataclasses import replace
from functools import cache

import dagster as dg

from assets import stage
from assets.catalog import column_schema
from assets.partitions import SINGLE_RUN, daily
from assets.sources import raw_key, source_tags
from heal_pipeline.lake import StageResult
from heal_pipeline.profile import Profile, SourceEntry
from resources.pipeline import Pipeline

OWNER = "team:data-engineering"
REMOVED = {"phi": "removed", "licence": "mixed"}


def clean_keys(profile: Profile) -> list[dg.AssetKey]:
    """The last asset of each source's chain: what deduplication and tokenization read."""
    return [dg.AssetKey([s.clean_stage, s.name]) for s in profile.sources]


def build(profile: Profile) -> list[dg.AssetsDefinition]:
    chains = [asset for entry in profile.sources for asset in _chain(profile, entry)]
    return [*chains, *_across_sources(profile)]


def _chain(profile: Profile, entry: SourceEntry) -> list[dg.AssetsDefinition]:
    filtering_knobs = stage.knobs(profile.filtering)

    @dg.asset(
        key=["filtered", entry.name],
        deps=[raw_key(entry)],
        group_name="filtered",
        description=f"Documents of {entry.name} that passed the quality rules.\n\nSignals measure, rules decide; the ledger names the rule for each document dropped.",
        kinds={"spark", "parquet"},
        owners=[OWNER],
        tags=source_tags(entry),
        partitions_def=daily(profile),
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version(
            "filtered", profile.filtering, entry.group, entry.allow_domains, entry.deny_domains, entry.expected
        ),
        metadata={"dagster/column_schema": column_schema("filtered", phi=entry.phi)},
    )
    def filtered(context: dg.AssetExecutionContext, config: filtering_knobs, pipeline: Pipeline) -> stage.Days:  # type: ignore[valid-type]
        from heal_pipeline import filtering

        run = pipeline.with_knobs(filtering=config)
        lake = pipeline.lake(run)
        yield from stage.run_days(
            context,
            lambda day: filtering.filter_source(pipeline.spark(), lake, run, entry, day, pipeline.validate_suite),
        )

    return [filtered, _deidentified(profile, entry)] if entry.restricted else [filtered]


def _deidentified(profile: Profile, entry: SourceEntry) -> dg.AssetsDefinition:
    deid_knobs = stage.knobs(profile.deid)

    @dg.asset(
        key=["deidentified", entry.name],
        deps=[
            dg.AssetKey(["filtered", entry.name]),
            dg.AssetKey("registration"),
            dg.AssetKey("phi_tagger"),
            dg.AssetKey("phi_tagger_evaluation"),
        ],
        group_name="deidentified",
        description=f"Documents of {entry.name} with every identifier replaced.\n\nPatterns, the registration row and the tagger find PHI; surrogates replace it; the gates run before anything leaves the restricted zone.",
        kinds={"spark", "parquet"},
        owners=["team:privacy"],
        tags=source_tags(entry, phi="removed"),
        partitions_def=daily(profile),
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("deidentified", profile.deid),
        metadata={"dagster/column_schema": column_schema("deidentified", phi="removed")},
    )
    def deidentified(context: dg.AssetExecutionContext, config: deid_knobs, pipeline: Pipeline) -> stage.Days:  # type: ignore[valid-type]
        from heal_pipeline import deid

        run = pipeline.with_knobs(deid=config)
        lake = pipeline.lake(run)
        yield from stage.run_days(
            context,
            lambda day: deid.deidentify_source(pipeline.spark(), lake, run, entry, day, pipeline.validate_suite),
        )

    return deidentified


def _across_sources(profile: Profile) -> list[dg.AssetsDefinition]:
    days = daily(profile)
    dedup_knobs = stage.knobs(profile.dedup)
    decontamination_knobs = stage.knobs(profile.decontamination)

    @dg.asset(
        deps=clean_keys(profile),
        group_name="deduplication",
        description="MinHash signatures and band keys of the day's documents.\n\nThe manifest names the hash scheme; a reader with another one refuses the table.",
        kinds={"spark", "datasketch"},
        owners=[OWNER],
        tags=REMOVED,
        partitions_def=days,
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("minhash_index", profile.dedup),
        metadata={"dagster/column_schema": column_schema("minhash_index", phi="none")},
    )
    def minhash_index(context: dg.AssetExecutionContext, config: dedup_knobs, pipeline: Pipeline) -> stage.Days:  # type: ignore[valid-type]
        from heal_pipeline import dedup

        run = pipeline.with_knobs(dedup=config)
        lake = pipeline.lake(run)
        yield from stage.run_days(
            context, lambda day: dedup.index(pipeline.spark(), lake, run, day, pipeline.validate_suite)
        )

    @dg.asset(
        deps=[minhash_index],
        group_name="deduplication",
        description="Pairs of near-duplicates between this day and every day present, each verified by true similarity.",
        kinds={"spark", "parquet"},
        owners=[OWNER],
        tags=REMOVED,
        partitions_def=days,
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("duplicate_pairs", profile.dedup),
        metadata={"dagster/column_schema": column_schema("duplicate_pairs", phi="none")},
    )
    def duplicate_pairs(context: dg.AssetExecutionContext, config: dedup_knobs, pipeline: Pipeline) -> stage.Days:  # type: ignore[valid-type]
        from heal_pipeline import dedup

        run = pipeline.with_knobs(dedup=config)
        lake = pipeline.lake(run)
        yield from stage.run_days(
            context, lambda day: dedup.find_pairs(pipeline.spark(), lake, run, day, pipeline.validate_suite)
        )

    @dg.asset(
        deps=clean_keys(profile),
        group_name="deduplication",
        description="Documents of the day that hold text of an evaluation item.",
        kinds={"spark", "parquet"},
        owners=[OWNER],
        tags=REMOVED,
        partitions_def=days,
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("contamination", profile.decontamination, profile.evaluation.benchmarks),
        metadata={"dagster/column_schema": column_schema("contamination", phi="none")},
    )
    def contamination(
        context: dg.AssetExecutionContext,
        config: decontamination_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> stage.Days:
        from heal_pipeline import decontamination, evaluation_sets

        run = pipeline.with_knobs(decontamination=config)
        lake = pipeline.lake(run)
        items = cache(lambda: evaluation_sets.load_all(run))

        def scan(day: str) -> StageResult:
            found = items()  # before Spark starts: a file may be missing
            return decontamination.scan(pipeline.spark(), lake, run, day, found, pipeline.validate_suite)

        yield from stage.run_days(context, scan)

    @dg.asset(
        deps=[duplicate_pairs, contamination],
        group_name="deduplication",
        description="Which documents stay, over all days: duplicates, contamination and withdrawals decide.",
        kinds={"parquet"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("survivors", profile.dedup),
        metadata={"dagster/column_schema": column_schema("survivors", phi="none")},
    )
    def survivors(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import dedup, report
        from heal_pipeline.survivors import decide

        lake = pipeline.lake()

        def decide_and_report() -> StageResult:
            result = decide(lake, profile, pipeline.validate_suite)
            dedup.report(lake, profile)
            return replace(result, charts=report.corpus(lake, profile)["charts"])

        return stage.run(context, decide_and_report)

    return [minhash_index, duplicate_pairs, contamination, survivors]
