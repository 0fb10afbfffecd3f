"""The stage `packed` on a home of its own: what benchmarks.packing measures of it."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.corpora import DAY, passed, profile_of, write_survivors
from benchmarks.packing_documents import MAX_LENGTH, VOCABULARY, WINDOW, document_lengths, lists, sentence_starts
from heal_pipeline.text.words import mix


def write_home(home: Path, num: int) -> None:
    """A home with a release of `num` documents of one source, whose tokens are in files of 10,000 documents."""
    from tokenizers import Tokenizer, models

    from heal_pipeline import artifacts, releases, repeated_sentences, vocabulary
    from heal_pipeline.lake import Lake
    from heal_pipeline.tokens.stage import TOKENIZED_SCHEMA

    lake, profile = Lake(home), profile_of("pages")
    with artifacts.stage(lake, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
        names = ["<s>", "</s>", "<pad>", *(f"w{i}" for i in range(VOCABULARY - 3))]
        Tokenizer(models.BPE({name: i for i, name in enumerate(names)}, [])).save(str(staged.path / "tokenizer.json"))
        special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
        (staged.path / "tokenizer_config.json").write_text(json.dumps(special))
        staged.commit()
    ids = [f"{n:032x}" for n in range(num)]
    lengths = document_lengths(num)
    scheme = vocabulary.read(lake).scheme(profile.tokenizer)
    with lake.stage(lake.table("tokenized", DAY), scheme=scheme) as staged:
        for first in range(0, num, 10_000):
            mine = slice(first, first + 10_000)
            staged.write(_tokenized(ids[mine], lengths[mine], TOKENIZED_SCHEMA))
        staged.commit()
    write_survivors(lake, ids)
    repeated_sentences.decide(lake, profile, passed)
    releases.cut(lake, profile)


def _tokenized(ids: list[str], lengths: np.ndarray, schema: pa.Schema) -> pa.Table:
    starts, counts = sentence_starts(lengths)
    tokens = mix(np.arange(lengths.sum(), dtype=np.uint64)) % np.uint64(VOCABULARY)
    scored = np.ones(len(tokens), dtype=bool)
    scored[np.cumsum(lengths) - lengths] = False
    columns: dict[str, Any] = {
        "doc_id": ids,
        "source": ["pages"] * len(ids),
        "kind": ["text"] * len(ids),
        "unit": ids,
        "num_tokens": lengths,
        "num_characters": 4 * lengths,
        "tokens": lists(tokens, lengths),
        "scored": pa.ListArray.from_arrays(lists(tokens, lengths).offsets, pa.array(scored)),
    }
    of_sentences = lists(starts, counts)
    # Each sentence is its own: nothing is left out as repeated.
    own = mix(np.arange(len(starts), dtype=np.uint64) + np.uint64(int(ids[0], 16) << 32)).view(np.int64)
    columns |= {
        "sentence_starts": of_sentences,
        "sentence_characters": of_sentences,
        "sentence_words": of_sentences,
        "sentence_hashes": pa.ListArray.from_arrays(of_sentences.offsets, pa.array(own)),
    }
    return pa.table(columns).select(schema.names).cast(schema)


def time_stage(folder: str, num: int) -> None:
    """Prints how fast the release of a home is packed, from its tokens to committed shards, and the memory that it took without
    the pages of mapped files, which are the system's to take back."""
    from heal_pipeline import packing
    from heal_pipeline.lake import Lake

    lake, profile = Lake(Path(folder) / str(num)), profile_of("pages")
    packing_config = profile.packing.model_copy(update={"max_length": MAX_LENGTH, "window_documents": WINDOW})
    profile = profile.model_copy(update={"packing": packing_config})
    for old in (lake.home / "cleared" / "shards").glob("*/*/manifest.json"):
        old.unlink()
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _anonymous_mib())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start, cpu = time.perf_counter(), time.process_time()
    result = packing.pack(lake, profile, passed)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    done.set()
    tokens = result.metadata["tokens"]
    print(json.dumps({"documents": num, "tokens": tokens, "seconds": seconds, "cpu": cpu, "anonymous": peak[0]}))


def _anonymous_mib() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024
