"""datasketch, rensa and datatrove, as the peers' interpreter runs them. Nothing of this project is imported here.

Words are runs of `\\w` in lower case for datasketch and rensa, which bring no tokenizer; datatrove simplifies the text itself and then
splits at blanks, the least that a tokenizer can cost.
"""

import json
import os
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain, combinations, cycle, islice
from pathlib import Path
from typing import Any

NUM_PERMUTATIONS, SHINGLE_WORDS, THRESHOLD, SEED = 128, 5, 0.8, 1
BATCH = 500
"""Documents that are signed with one call, where the system takes several."""

_WORD = re.compile(r"\w+")


def time_signatures(texts: str, num_documents: int, system: str, core: int) -> None:
    """Prints how fast documents become signatures, shingling included. {"documents", "seconds", "cpu"}"""
    os.sched_setaffinity(0, {core})
    sign, documents = SIGNERS[system](), cycle(json.loads(Path(texts).read_text()))
    sign(list(islice(documents, BATCH)))
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(0, num_documents, BATCH):
        sign(list(islice(documents, BATCH)))
    _say(num_documents, start, time.process_time() - cpu)


def time_datasketch_pairs(texts: str, core: int) -> None:
    """Prints how fast documents become the pairs of datasketch's LSH, which it does not verify. {"documents", "seconds", "cpu"}"""
    os.sched_setaffinity(0, {core})
    documents = json.loads(Path(texts).read_text())
    _datasketch_pairs(_datasketch_sketches(documents[:BATCH]))
    start, cpu = time.perf_counter(), time.process_time()
    _datasketch_pairs(_datasketch_sketches(documents))
    _say(len(documents), start, time.process_time() - cpu)


def _say(num_documents: int, start: float, cpu: float) -> None:
    print(json.dumps({"documents": num_documents, "seconds": time.perf_counter() - start, "cpu": cpu}))


def print_findings(path: str) -> None:
    """Prints, by system, the pairs that it finds among texts, and what it estimates as the similarity of given pairs.

    The file holds {"texts", "pairs"}. {"found": {system: [[a, b], …]}, "estimates": {system: [value, …]}}
    """
    given = json.loads(Path(path).read_text())
    sketches = _datasketch_sketches(given["texts"])
    rensa, datatrove = _rensa_rows(given["texts"]), _datatrove_rows(given["texts"])
    found = {"datasketch": _datasketch_pairs(sketches), "datatrove": _datatrove_pairs(datatrove)}
    estimates = {
        "datasketch": [float(sketches[a].jaccard(sketches[b])) for a, b in given["pairs"]],
        "rensa": [_share_equal(rensa[a], rensa[b]) for a, b in given["pairs"]],
        "datatrove": [_share_equal([*chain(*datatrove[a])], [*chain(*datatrove[b])]) for a, b in given["pairs"]],
    }
    print(json.dumps({"found": {name: sorted(pairs) for name, pairs in found.items()}, "estimates": estimates}))


def _shingles(text: str) -> set[str]:
    words = _WORD.findall(text.lower())
    return {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)}


def _datasketch_sketches(texts: list[str]) -> list[Any]:
    from datasketch import MinHash

    sets = [[shingle.encode("utf-8") for shingle in _shingles(text)] for text in texts]
    return MinHash.bulk(sets, num_perm=NUM_PERMUTATIONS, seed=SEED)


def _rensa_rows(texts: list[str]) -> list[list[int]]:
    from rensa import RMinHash

    sketches = RMinHash.from_token_sets([list(_shingles(text)) for text in texts], NUM_PERMUTATIONS, SEED)
    return [sketch.digest() for sketch in sketches]


def _sign_with_rensa(texts: list[str]) -> None:
    from rensa import RMinHash

    RMinHash.digest_matrix_from_token_sets([list(_shingles(text)) for text in texts], NUM_PERMUTATIONS, SEED)


def _datatrove_step(folder: str) -> Any:
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Whitespace(WordTokenizer):  # type: ignore[misc]
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            raise NotImplementedError

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            raise NotImplementedError

    logger.remove()
    return MinhashDedupSignature(folder, MinhashConfig(n_grams=SHINGLE_WORDS), Whitespace())


def _datatrove_signer() -> Callable[[list[str]], None]:
    """Its step as a pipeline runs it: signatures are written into files, which are then sorted."""
    from datatrove.data import Document

    def sign(texts: list[str]) -> None:
        with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
            _datatrove_step(folder).run(Document(text=text, id="0") for text in texts)

    return sign


def _datatrove_rows(texts: list[str]) -> list[list[list[int]]]:
    """Of each text the values of each bucket, as its step makes them; none of a text that is shorter than a shingle."""
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        step = _datatrove_step(folder)
        shingles = [step.get_shingles(text) for text in texts]
        return [step.get_signature(s) if s.size else [] for s in shingles]


SIGNERS: dict[str, Callable[[], Callable[[list[str]], Any]]] = {
    "datasketch": lambda: _datasketch_sketches,
    "rensa": lambda: _sign_with_rensa,
    "datatrove": _datatrove_signer,
}


def _datasketch_pairs(sketches: list[Any]) -> set[tuple[int, int]]:
    """What its LSH returns at the threshold, with its own weights."""
    from datasketch import MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERMUTATIONS)
    filled = [i for i, sketch in enumerate(sketches) if not sketch.is_empty()]
    for i in filled:
        index.insert(i, sketches[i])
    return {(min(i, j), max(i, j)) for i in filled for j in index.query(sketches[i]) if i != j}


def _datatrove_pairs(rows: Iterable[list[list[int]]]) -> set[tuple[int, int]]:
    """Texts that are equal in a bucket: what its second step links."""
    buckets: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        for number, values in enumerate(row):
            buckets[number, *values].append(i)
    return {pair for members in buckets.values() for pair in combinations(members, 2)}


def _share_equal(a: list[int], b: list[int]) -> float:
    return sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
