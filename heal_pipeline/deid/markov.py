"""Surrogates by mention: a value has another surrogate from one mention to the next, so that a missed name does not stand out.

With one surrogate a value, a real name that detection missed somewhere is the odd one among many alike, and whoever reads
the note can tell. Where the surrogates change along a chain, nobody can (BRATsynthetic,
PMC12536513: with one name in a thousand missed, leaking documents fall from 27 % to 0.1 %). The price: who is who is lost
within a record, and between the records of a person.
"""

from collections import Counter

from heal_pipeline.deid.surrogates import Pools, Surrogates

REPEATED = 0.5
"""The probability that a mention has the surrogate of the mention before it."""


class MarkovSurrogates(Surrogates):
    """The surrogates of one record of a person; keyed, so that the same record and key give the same bytes.

    Args:
        record: tells the record from others: chains begin anew in each, elsewhere.
    """

    def __init__(self, key: bytes, subject: str, pools: Pools, restricted_zips: frozenset[str], record: str):
        super().__init__(key, subject, pools, restricted_zips)
        self._record = record
        self._mentions: Counter[tuple[str, str]] = Counter()
        self._turns: dict[tuple[str, str], str] = {}

    def _turn(self, kind: str, value: str) -> str:
        """The same as at the last mention of the value with probability REPEATED, else a new one."""
        self._mentions[kind, value] += 1
        step = f"{self._record}.{self._mentions[kind, value]}"
        goes_on = self._hash("chain", f"{kind}\x1f{value}", step) < REPEATED * 2**64
        if (kind, value) not in self._turns or not goes_on:
            self._turns[kind, value] = step
        return self._turns[kind, value]
