"""Assets that bring records in: raw/<source>, one a source, and the registration rows that come with records of people."""

import dagster as dg

from assets import stage
from assets.catalog import column_schema
from assets.partitions import SINGLE_RUN, daily
from heal_pipeline.lake import StageResult
from heal_pipeline.profile import Profile, SourceEntry
from resources.pipeline import Pipeline


def source_tags(entry: SourceEntry, *, phi: str | None = None) -> dict[str, str]:
    """The tags of an asset that holds documents of a source. `phi` overrides the entry's where it was removed."""
    licence = "".join(c if c.isalnum() or c in "-_." else "-" for c in entry.licence)[:60].strip("-_.")
    return {"phi": phi or entry.phi, "licence": licence, "data_group": entry.group, "document_kind": entry.kind}


def raw_key(entry: SourceEntry) -> dg.AssetKey:
    return dg.AssetKey(["raw", entry.name])


def build(profile: Profile) -> list[dg.AssetsDefinition]:
    """raw/<source> for each source of the profile."""
    return [_raw(profile, entry) for entry in profile.sources]


def _raw(profile: Profile, entry: SourceEntry) -> dg.AssetsDefinition:
    place = ", ".join(entry.location) or "the built-in synthetic clinic"

    @dg.asset(
        key=raw_key(entry),
        group_name="raw",
        description=f"Records of {entry.name} as they came in, one document each.\n\nRead by the `{entry.reader}` reader from {place}.",
        kinds={"spark", "parquet"},
        owners=[entry.owner],
        tags=source_tags(entry),
        partitions_def=daily(profile),
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("raw", entry),
        metadata={"dagster/column_schema": column_schema("raw", phi=entry.phi)},
    )
    def raw(context: dg.AssetExecutionContext, pipeline: Pipeline) -> stage.Days:
        from heal_pipeline import sources

        lake = pipeline.lake()

        days = context.partition_keys
        whole = set(profile.days) <= set(days)

        def ingest(day: str) -> StageResult:
            result = sources.ingest(pipeline.spark(), lake, profile, entry, day, pipeline.validate_suite)
            if whole and day == days[-1]:
                sources.require_documents(lake, profile, entry)
            return result

        yield from stage.run_days(context, ingest)

    return raw
