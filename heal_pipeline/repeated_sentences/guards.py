"""The gates of repeated_sentences: what must hold of the table before it is committed."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.lake import Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.repeated_sentences.reading import Sentences, may_lose_sentences


def conserved(survivors: pa.Table, table: pa.Table) -> Verdict:
    """Each survivor stays as it is, loses sentences and stays, or goes as a whole; no other document has a row."""
    place = places(survivors, table)
    gone = table.num_rows - pc.sum(table["kept"]).as_py() if table.num_rows else 0
    lengths = pc.list_value_length(table["left_out"]).to_numpy()
    shortened = int((lengths > 0).sum())
    passed = len(np.unique(place)) == len(place) == shortened + gone and bool((place >= 0).all())
    counts = {"rows_in": survivors.num_rows, "kept": survivors.num_rows - gone, "dropped": gone, "shortened": shortened}
    return Verdict("rows_conserved", passed, [counts])


def one_copy_stays(survivors: pa.Table, table: pa.Table, found: Sentences) -> Verdict:
    """Of each repeated sentence a document that stays keeps a copy."""
    place = places(survivors, table)
    kept = table["kept"].to_numpy()
    left_out = table["left_out"].combine_chunks()
    parents, numbers = pc.list_parent_indices(left_out).to_numpy(), pc.list_flatten(left_out).to_numpy()
    occurrences = found.repeated
    gone = np.isin(occurrences["document"], place[~kept])
    span = int(max(occurrences["sentence"].max(initial=0), numbers.max(initial=0))) + 1
    gone |= np.isin(occurrences["document"] * span + occurrences["sentence"], place[parents] * span + numbers)
    sentences, left = np.unique(occurrences["hash"]), np.unique(occurrences["hash"][~gone])
    counts = {"repeated_sentences": len(sentences), "without_a_copy": len(sentences) - len(left)}
    return Verdict("one_copy_stays", len(left) == len(sentences), [counts])


def protected_untouched(survivors: pa.Table, table: pa.Table, profile: Profile) -> Verdict:
    """No document of a kind or group that may lose no sentences has a row."""
    touched = survivors.take(places(survivors, table))
    wrong = int((~may_lose_sentences(touched, profile)).sum())
    return Verdict("protected_untouched", wrong == 0, [{"documents": table.num_rows, "protected": wrong}])


def removed_share(by_source: list[dict[str, Any]], max_share: float) -> Verdict:
    """No source loses more than this share of its words: what repeats itself so much was broken before."""
    results = [
        {
            "source": r["source"],
            "words": r["words"],
            "words_left_out": r["words_left_out"],
            "max_removed_share": max_share,
        }
        for r in by_source
    ]
    passed = all(r["words_left_out"] <= max_share * r["words"] for r in results)
    return Verdict("removed_share", passed, results)


def places(survivors: pa.Table, table: pa.Table) -> np.ndarray:
    """int64[num_rows]: the place of each row's document among the survivors, of which one record has one; -1 where it is none."""
    found = pc.fill_null(pc.index_in(table["doc_id"], value_set=survivors["doc_id"]), -1)
    return found.to_numpy().astype(np.int64)
