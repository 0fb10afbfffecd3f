"""Assets from documents to training rows: tokenizer, tokens, repeated sentences, release, packed shards, validation set."""

import dagster as dg

from assets import stage
from assets.catalog import column_schema
from assets.corpus import OWNER, REMOVED, clean_keys
from assets.partitions import SINGLE_RUN, daily
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile
from resources.pipeline import Pipeline


def build(profile: Profile) -> list[dg.AssetsDefinition]:
    sentence_knobs = stage.knobs(profile.repeated_sentences)
    tokenizer_knobs = stage.knobs(profile.tokenizer, without=("add_bos", "add_eos"))
    packing_knobs = stage.knobs(profile.packing, without=("max_length", "max_validation_rows"))

    @dg.asset(
        deps=clean_keys(profile),
        group_name="tokens",
        description="The tokenizer: a Hugging Face one by path or hub id, or a BPE trained on the corpus.\n\nMade on demand, never by the refresh: a new one means tokenizing all days again.",
        kinds={"huggingface"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("tokens", profile.tokenizer),
    )
    def tokenizer(
        context: dg.AssetExecutionContext,
        config: tokenizer_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> dg.MaterializeResult:
        from heal_pipeline import tokens

        run = pipeline.with_knobs(tokenizer=config)
        return stage.run(context, lambda: tokens.make_tokenizer(pipeline.lake(run), run))

    @dg.asset(
        deps=[*clean_keys(profile), tokenizer],
        group_name="tokens",
        description="Tokens of the day's documents, with the loss mask and where sentences begin.",
        kinds={"spark", "huggingface"},
        owners=[OWNER],
        tags=REMOVED,
        partitions_def=daily(profile),
        backfill_policy=SINGLE_RUN,
        code_version=stage.code_version("tokens", profile.tokenizer),
        metadata={"dagster/column_schema": column_schema("tokenized", phi="removed")},
    )
    def tokenized(context: dg.AssetExecutionContext, pipeline: Pipeline) -> stage.Days:
        from heal_pipeline import tokens

        lake = pipeline.lake()
        yield from stage.run_days(
            context, lambda day: tokens.tokenize_day(pipeline.spark(), lake, profile, day, pipeline.validate_suite)
        )

    @dg.asset(
        deps=[dg.AssetKey("survivors"), tokenized],
        group_name="deduplication",
        description="Sentences that many of the survivors repeat: what a release leaves out of its documents.\n\nOne copy of each stays. Kinds and groups that the profile does not name keep every sentence, and so do templates and instructions.",
        kinds={"parquet"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("repeated_sentences", profile.repeated_sentences),
        metadata={"dagster/column_schema": column_schema("repeated_sentences", phi="none")},
    )
    def repeated_sentences(
        context: dg.AssetExecutionContext,
        config: sentence_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> dg.MaterializeResult:
        from heal_pipeline.repeated_sentences import decide

        run = pipeline.with_knobs(repeated_sentences=config)
        lake = pipeline.lake(run)
        return stage.run(context, lambda: _reported(decide(lake, run, pipeline.validate_suite), lake, run))

    @dg.asset(
        deps=[dg.AssetKey("survivors"), repeated_sentences, tokenized],
        group_name="release",
        description="The frozen corpus: the days, their fingerprints, the survivors that models are made of, and what is left out of them.\n\nImmutable and content-addressed; cut by a person or by its own schedule.",
        kinds={"parquet"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("release"),
        metadata={"dagster/column_schema": column_schema("release", phi="none")},
    )
    def release(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:
        from heal_pipeline import releases

        return stage.run(context, lambda: releases.cut(pipeline.lake(), profile, pipeline.validate_suite))

    @dg.asset(
        deps=[release, tokenized],
        group_name="release",
        description="Token rows of exactly the context length, one source a row, cut at sentence ends only.",
        kinds={"numpy"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("packing", profile.packing),
    )
    def packed(context: dg.AssetExecutionContext, config: packing_knobs, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[valid-type]
        from heal_pipeline import packing

        run = pipeline.with_knobs(packing=config)
        lake = pipeline.lake(run)
        return stage.run(
            context, lambda: _reported(packing.pack(lake, run, pipeline.validate_suite, pipeline.spark), lake, run)
        )

    @dg.asset(
        deps=[release, tokenized],
        group_name="release",
        description="Rows of people and documents held back from training, by source: what perplexity is measured on.",
        kinds={"numpy"},
        owners=[OWNER],
        tags=REMOVED,
        code_version=stage.code_version("packing", profile.packing),
    )
    def validation_set(
        context: dg.AssetExecutionContext,
        config: packing_knobs,  # type: ignore[valid-type]
        pipeline: Pipeline,
    ) -> dg.MaterializeResult:
        from heal_pipeline import packing

        run = pipeline.with_knobs(packing=config)
        lake = pipeline.lake(run)
        return stage.run(context, lambda: _reported(packing.validation_set(lake, run, pipeline.spark), lake, run))

    return [tokenizer, tokenized, repeated_sentences, release, packed, validation_set]


def _reported(result: StageResult, lake: Lake, profile: Profile) -> StageResult:
    """The result, with reports/corpus.json written anew: it counts packed and held-out documents, which come in any order."""
    from heal_pipeline import report

    report.corpus(lake, profile)
    return result
