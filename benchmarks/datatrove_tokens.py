"""datatrove's tokenizer step, as the peers' interpreter runs it. Nothing of this project is imported here."""

import json
import os
import tempfile
import time
from itertools import islice
from pathlib import Path

WARM_UP = 20
"""Documents before the clock: what loads at the first one is not measured."""


def time_tokenizer(texts: str, tokenizer: str, core: int) -> None:
    """Prints how fast texts become tokens in files, without shuffling them afterwards. {"tokens", "seconds", "cpu"}"""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.sched_setaffinity(0, {core})
    from datatrove.data import Document
    from datatrove.pipeline.tokens import DocumentTokenizer

    documents = [Document(text=text, id=str(i)) for i, text in enumerate(json.loads(Path(texts).read_text()))]
    with tempfile.TemporaryDirectory() as folder:

        def step(name: str) -> DocumentTokenizer:
            return DocumentTokenizer(f"{folder}/{name}", tokenizer, eos_token="</s>", shuffle_documents=False)

        step("warm").run(islice(documents, WARM_UP))
        timed = step("timed")
        start, cpu = time.perf_counter(), time.process_time()
        timed.run(iter(documents))
        took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
        print(json.dumps({"tokens": timed.stats["tokens"].total, **took}))
