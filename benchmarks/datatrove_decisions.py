"""What datatrove's filters, as shipped, decide of texts; the peers' interpreter runs it. Nothing of this project is imported here."""

import json
from pathlib import Path


def print_decisions(texts: str) -> None:
    """Prints, by the name of a system, whether it keeps each text.

    The four filters are asked in the order of FineWeb's pipeline; each gets what the one before it left of the text. By its defaults
    the C4 filter strikes out lines without an end mark, and drops what has too few left; FineWeb's pipeline lets it not do so.

    Args:
        texts: a JSON file with a list of texts.
    """
    from datatrove.data import Document
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )

    repetition, quality, fineweb = GopherRepetitionFilter(), GopherQualityFilter(), FineWebQualityFilter()
    systems = {
        "Gopher quality": [quality],
        "FineWeb": [fineweb],
        "four filters": [repetition, quality, C4QualityFilter(), fineweb],
        "four filters, as in FineWeb": [repetition, quality, C4QualityFilter(filter_no_terminal_punct=False), fineweb],
    }
    kept: dict[str, list[bool]] = {name: [] for name in systems}
    for number, text in enumerate(json.loads(Path(texts).read_text())):
        for name, filters in systems.items():
            document = Document(text=text, id=str(number))
            kept[name].append(all(filter_.filter(document) is True for filter_ in filters))
    print(json.dumps(kept))
