"""Microsoft's SpanEvaluator on spans that were found elsewhere. Runs in the environment of the peers, and imports nothing of ours.

Words are those of spaCy's English rules, as in Microsoft's notebooks; they need no model.
"""

import json
import logging
from pathlib import Path
from typing import Any

IOUS = (0.9, 0.7)
BETA = 2


def print_scores(path: str) -> None:
    """Reads {"texts", "gold", "systems": {name: spans}, "ignored"} and prints {name: {kind: {iou: [precision, recall, F2]}}}.

    Spans are lists of [start, end, type] a text. The kind "all types" counts everything; "HIPAA types" leaves out gold
    spans of the types in `ignored`, and what a system says inside them or of such a type.
    """
    import pandas as pd
    import spacy
    from presidio_evaluator.evaluation import SpanEvaluator

    logging.disable(logging.WARNING)
    given = json.loads(Path(path).read_text())
    ignored, words = set(given["ignored"]), spacy.blank("en")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in given["systems"]}
    for i, text in enumerate(given["texts"]):
        tokens = [(t.text, t.idx) for t in words(text) if not t.is_space]
        wanted = _labels(tokens, given["gold"][i])
        for name, found in given["systems"].items():
            made = _labels(tokens, found[i])
            rows[name] += [
                {"sentence_id": i, "token": token, "start_indices": start, "annotation": w, "prediction": m}
                for (token, start), w, m in zip(tokens, wanted, made, strict=True)
            ]
    scores: dict[str, dict[str, dict[str, list[float]]]] = {}
    for name, table in rows.items():
        every = pd.DataFrame(table)
        hipaa = every.copy()
        hipaa.loc[hipaa.annotation.isin(ignored) | hipaa.prediction.isin(ignored), "prediction"] = "O"
        hipaa.loc[hipaa.annotation.isin(ignored), "annotation"] = "O"
        for kind, frame in (("all types", every), ("HIPAA types", hipaa)):
            for iou in IOUS:
                result = SpanEvaluator(iou_threshold=iou).calculate_score_on_df(frame, beta=BETA, level="pii")
                values = [float(v) for v in (result.pii_precision, result.pii_recall, result.pii_f)]
                scores.setdefault(name, {}).setdefault(kind, {})[str(iou)] = values
    print(json.dumps(scores))


def _labels(tokens: list[tuple[str, int]], spans: list[list[Any]]) -> list[str]:
    """The type of the first span that touches each word, else "O"."""
    ordered = sorted(spans)
    return [
        next((type_ for s, e, type_, *_ in ordered if s < start + len(token) and e > start), "O")
        for token, start in tokens
    ]
