"""The stages `packed` and `validation_set`, from the current release to committed shards."""

from typing import Any

from heal_pipeline import shards
from heal_pipeline.lake import Lake, StageResult, Validator, Verdict, write_json
from heal_pipeline.packing.corpus import Corpus, read_corpus
from heal_pipeline.packing.reporting import SUMS, fill_chart, length_chart, packing_report, share, tokens_chart
from heal_pipeline.packing.writing import Session, write_shards
from heal_pipeline.profile import Profile


def pack(lake: Lake, profile: Profile, validate: Validator, session: Session | None = None) -> StageResult:
    """Packs the training documents of the current release: cleared/shards/<release>/<source>.

    Writes reports/packing.json.

    Args:
        session: gives Spark, which is asked for only where there is much to do; None: all is done in this process.

    Raises:
        GateError: there is no release, its tokens are not the ones that it pins, or the tokenizer's vocabulary lacks one.
        GateFailedError: a gate of the shards did not pass.
    """
    import pandas as pd

    def check(records: list[dict[str, Any]]) -> Verdict:
        return validate("packed", pd.DataFrame(records))

    corpus = read_corpus(lake, profile)
    records = write_shards(lake, profile, corpus, shards.TRAINING, check, session)
    charts = [length_chart(corpus, profile), fill_chart(records), tokens_chart(corpus)]
    write_json(lake.reports / "packing.json", packing_report(corpus, profile, records, charts))
    return _result("packed", corpus, records, profile, charts)


def validation_set(lake: Lake, profile: Profile, session: Session | None = None) -> StageResult:
    """Packs the held-out documents of the current release: cleared/validation/<release>/<source>.

    Raises:
        GateError, GateFailedError: as `pack`.
    """
    corpus = read_corpus(lake, profile)
    # Also where no source has one: that the set was made, and is empty, can then be told from its absence.
    (lake.home / shards.VALIDATION / corpus.release).mkdir(parents=True, exist_ok=True)
    records = write_shards(lake, profile, corpus, shards.VALIDATION, session=session)
    return _result("validation_set", corpus, records, profile, [fill_chart(records)] if records else [])


def _result(
    name: str, corpus: Corpus, records: list[dict[str, Any]], profile: Profile, charts: list[dict[str, Any]]
) -> StageResult:
    totals = {k: sum(r[k] for r in records) for k in SUMS}
    metadata = {
        "release": corpus.release,
        "sources": len(records),
        "max_length": profile.packing.max_length,
        **totals,
        "fill": share(totals["tokens"], totals["rows"] * profile.packing.max_length),
        "nothing_held_out": ", ".join(corpus.without_held_out()) or "none",
    }
    tables = {"by_source": records}
    return StageResult(
        name, totals["documents"], totals["rows"], metadata=metadata, tables=tables, charts=charts, made="rows packed"
    )
