"""The policies: what is done with each kind of identifier, and by which name the result goes.

`safe_harbor` follows 45 CFR 164.514(b)(2): years alone, ages of 90 and more as one class, three digits of a ZIP code.
`limited_data_set` follows 164.514(e): dates are shifted by the person's own number of days and ages stay; it is never
called Safe Harbor. How a surrogate looks is surrogates.py's.
"""

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from heal_pipeline.deid import ages, dates
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.markov import MarkovSurrogates
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.surrogates import Pools, Surrogates
from heal_pipeline.errors import UserError
from heal_pipeline.profile import RESTRICTED_ZIPS, DeidConfig, is_mislabelled

PolicyName = Literal["safe_harbor", "limited_data_set"]
SurrogateMode = Literal["consistent", "markov"]

UNREADABLE_DATE = "[DATE]"
LABELS: dict[PolicyName, str] = {
    "safe_harbor": "Safe Harbor, 45 CFR 164.514(b)(2)",
    "limited_data_set": "limited data set, 45 CFR 164.514(e)",
}
"""By which name manifests and reports call the result."""

Action = Literal["surrogate", "year", "shift", "top_code", "keep"]

ACTIONS: dict[PolicyName, dict[str, Action]] = {
    "safe_harbor": {"DATE_TIME": "year", "AGE": "top_code"},
    "limited_data_set": {"DATE_TIME": "shift", "AGE": "keep"},
}
"""What is done with a type; every type that is not named gets a surrogate."""


@dataclass(frozen=True)
class Policy:
    """A policy for the records of a day. Plain values, which travel in a closure.

    Attributes:
        name: which rules hold.
        year: the year of the records: two-digit years and ages are read against it.
        keep_weekday: dates are shifted by whole weeks (limited_data_set).
        restricted_zips: three-digit areas that are written as 000.
        mode: whether a value has one surrogate in all of a person's records, or another from mention to mention.
        label: by which name the result goes; "": the policy's own.

    Raises:
        UserError: `label` says Safe Harbor and `name` does not.
    """

    name: PolicyName
    year: int
    keep_weekday: bool = False
    restricted_zips: frozenset[str] = frozenset(RESTRICTED_ZIPS)
    mode: SurrogateMode = "consistent"
    label: str = ""

    def __post_init__(self) -> None:
        if is_mislabelled(self.name, self.label):
            raise UserError(f"the label {self.label!r} is not true of {self.name}: take it away, or use safe_harbor")
        object.__setattr__(self, "label", self.label or LABELS[self.name])

    @staticmethod
    def of(
        config: DeidConfig, year: int, name: PolicyName | None = None, mode: SurrogateMode | None = None
    ) -> "Policy":
        """The policy of a profile; `name` and `mode` stand in for the profile's where they are given."""
        return Policy(
            name or config.policy,
            year,
            config.keep_weekday,
            frozenset(config.restricted_zips),
            mode or config.surrogates,
            config.label,
        )

    def more_spans(self, text: str) -> list[Span]:
        """What this policy replaces beside what detectors find: phrases that tell an age of 90 or more.

        Args:
            text: a folded text.
        """
        return ages.tells(text, self.year) if self.name == "safe_harbor" else []

    def writer(self, key: bytes, subject: str, record: str, pools: Pools, written_dates: Iterable[str]) -> "Writer":
        """The policy at work on one record.

        Args:
            key: the home's secret.
            subject: whom the record is about.
            record: tells the record from others of the subject: surrogates by mention begin anew in each.
            pools: where surrogates come from.
            written_dates: the dates of the record, folded: those without a year are read by them.
        """
        surrogates = Surrogates(key, subject, pools, self.restricted_zips)
        if self.mode == "markov":
            surrogates = MarkovSurrogates(key, subject, pools, self.restricted_zips, record)
        return Writer(self, surrogates, dates.anchor_of(written_dates, self.year))


class Rewritten(NamedTuple):
    """A text with its spans replaced.

    Attributes:
        text: the output.
        ours: a byte for each character of it: 1 where it was written in place of an identifier.
        places: half-open ranges of the output, one for each span.
    """

    text: str
    ours: bytearray
    places: list[tuple[int, int]]


@dataclass(frozen=True)
class Writer:
    """A policy at work on one record.

    Attributes:
        policy: the rules.
        surrogates: of the record's person.
        anchor: dates without a year are the nearest to this day.
    """

    policy: Policy
    surrogates: Surrogates
    anchor: datetime.date
    _known: dict[tuple[str, str, bool], str] = field(default_factory=dict, repr=False)

    def replacement(self, type_: str, value: str, is_birth: bool = False) -> str:
        """What stands in the place of a folded value of a type.

        Args:
            is_birth: a date is told as a birth date, which lies in no year to come.
        """
        key = (type_, value, is_birth)
        if key in self._known:
            return self._known[key]
        action = ACTIONS[self.policy.name].get(type_, "surrogate")
        newest_year = self.policy.year + (0 if is_birth else dates.AHEAD)
        made = (
            self.surrogates.value(type_, value) if action == "surrogate" else _RULES[action](self, value, newest_year)
        )
        self.surrogates.note(made)
        if self.policy.mode == "consistent":
            self._known[key] = made
        return made

    def rewrite(self, text: str, spans: list[Span], ours: bytearray | None = None) -> Rewritten:
        """The text with each span replaced.

        Args:
            spans: half-open offsets of `text`, in order, without overlaps.
            ours: of an earlier pass that gave `text`.
        """
        ours = bytearray(len(text)) if ours is None else ours
        pieces: list[str] = []
        marks: list[bytes | bytearray] = []
        places: list[tuple[int, int]] = []
        position = length = 0
        for start, end, type_, _ in spans:
            value = fold(text[start:end]).text
            is_birth = type_ == "DATE_TIME" and ages.is_birth(text, start)
            made = self.replacement(type_, value, is_birth) if value else ""
            pieces += [text[position:start], made]
            marks += [ours[position:start], b"\1" * len(made)]
            length += start - position
            places.append((length, length + len(made)))
            length += len(made)
            position = end
        return Rewritten("".join([*pieces, text[position:]]), bytearray().join([*marks, ours[position:]]), places)


def _year_alone(writer: Writer, value: str, newest_year: int) -> str:
    """The year of a date; a date without a year becomes a fabricated one, and one that nobody can read a mark."""
    year = writer.policy.year
    written = dates.parse(value.strip(" .,"), newest_year)
    if written is not None:
        return writer.surrogates.date(written) if written.year is None else ages.told_year(written.year, year)
    years = [int(y) for y in re.findall(r"(?<!\d)(?:1[89]|20)\d{2}(?!\d)", value)]
    if short := re.fullmatch(r"'(\d\d)", value):
        years = [dates.full_year(int(short[1]), newest_year)]
    elif (spoken := dates.spoken_year(value)) is not None:
        years = [spoken]
    return ages.told_year(years[0], year) if len(years) == 1 else UNREADABLE_DATE


def _shifted(writer: Writer, value: str, newest_year: int) -> str:
    """The date moved by the person's own days, in its own form."""
    shift = datetime.timedelta(writer.surrogates.shift_days(writer.policy.keep_weekday))
    written = dates.parse(value.strip(" .,"), newest_year)
    if written is None and re.fullmatch(r"(?:1[89]|20)\d\d", value):
        return str((datetime.date(int(value), 7, 1) + shift).year)
    if written is None:
        return UNREADABLE_DATE
    return written.with_values(written.resolved(writer.anchor) + shift)


def _top_coded(writer: Writer, value: str, newest_year: int) -> str:
    return ages.top_coded(value)


def _kept(writer: Writer, value: str, newest_year: int) -> str:
    return value


_RULES: dict[str, Callable[[Writer, str, int], str]] = {
    "year": _year_alone,
    "shift": _shifted,
    "top_code": _top_coded,
    "keep": _kept,
}
