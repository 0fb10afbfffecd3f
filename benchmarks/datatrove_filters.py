"""datatrove's Gopher and C4 filters, as the peers' interpreter runs them. Nothing of this project is imported here."""

import json
import os
import re
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

WARM_UP = 20
"""Documents before the clock: what loads at the first one is not measured."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def time_filters(texts: str, words: str, num_documents: int, core: int) -> None:
    """Prints how fast documents pass through quality, repetition and C4 filters, as a pipeline asks them: one that was dropped
    is not asked about again, so that the more are kept, the more work there is. {"documents", "kept", "seconds", "cpu"}"""
    os.sched_setaffinity(0, {core})
    documents = islice(cycle(json.loads(Path(texts).read_text())), WARM_UP + num_documents)
    filters = list(_filters(words).values())
    for text in islice(documents, WARM_UP):
        _passes(filters, text)
    start, cpu = time.perf_counter(), time.process_time()
    kept = sum(_passes(filters, text) for text in documents)
    took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps({"documents": num_documents, "kept": kept, **took}))


def print_decisions(texts: str) -> None:
    """Prints what each filter says of each text, asked alone, by the filter's name: true where it keeps it."""
    documents = json.loads(Path(texts).read_text())
    kept = {name: [_passes([filter_], text) for text in documents] for name, filter_ in _filters("whitespace").items()}
    print(json.dumps(kept))


def _filters(words: str) -> dict[str, Any]:
    """`words` is "whitespace", or "shipped" for datatrove's own tokenizer of English, which is spaCy's."""
    from datatrove.pipeline.filters import C4QualityFilter, GopherQualityFilter, GopherRepetitionFilter

    language = {"language": _whitespace()} if words == "whitespace" else {}
    return {
        "GopherQuality": GopherQualityFilter(**language),
        "GopherRepetition": GopherRepetitionFilter(**language),
        "C4": C4QualityFilter(**language),
    }


def _passes(filters: list[Any], text: str) -> bool:
    from datatrove.data import Document

    document = Document(text=text, id="0")
    return all(filter_.filter(document) is True for filter_ in filters)


def _whitespace() -> Any:
    from datatrove.utils.word_tokenizers import WordTokenizer, simple_span_tokenize

    class Whitespace(WordTokenizer):  # type: ignore[misc]
        """Words between blanks, sentences after a full stop: the least that a tokenizer can cost."""

        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return _SENTENCE_END.split(text)

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return list(simple_span_tokenize(text, self.sent_tokenize(text)))

    return Whitespace()
