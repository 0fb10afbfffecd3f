"""Surrogates: what stands in an identifier's place. Keyed, so that a person's values map the same way in all documents.

Every name word, place and number is mapped by a keyed hash of (subject, kind, value) and written in the case and form of
the original. Contacts come from ranges that are reserved for fiction (RFC 2606, RFC 5737, 555-01xx), so that a re-scan of
the output can tell them from a leak. Which identifiers are replaced at all is the policy's.
"""

import datetime
import hashlib
import re
import string
from collections.abc import Callable
from dataclasses import dataclass

from heal_pipeline.deid.dates import WrittenDate
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.patterns import DIGIT_WORDS
from heal_pipeline.deid.registered import TITLES

_NAME_WORD = re.compile(r"(?<=\w)'[sS]\b|[^\W\d_]+(?:'(?![sS]\b)[^\W\d_]+)*")
_PLACE_PART = re.compile(r"[^\W\d_]+(?:['.][^\W\d_]+)*|\d+(?:-\d{4}(?!\d))?")
_ALNUM = re.compile(r"[^\W_]")
_PARTICLES = frozenset("van von der den de la del di da dos bin ibn al el and or the".split())
_GENERIC = frozenset(
    "street st avenue ave road rd lane ln drive dr boulevard blvd court ct way place pl circle cir terrace ter parkway "
    "pkwy highway hwy trail loop square plaza row apt apartment suite ste unit floor room po p.o box north south east west n s e w "
    "hospital hospitals medical center centre clinic health system general memorial regional community care "
    "rehabilitation nursing home urgent surgery family practice hospice infirmary cancer institute va pharmacy assisted "
    "living children's women's university college school elementary middle high church library airport mall stadium "
    "station senior fire saint mount lake fort port new city county town of the at in and for on near to "
    "inc llc ltd group co company corp corporation industries logistics bakery motors foods partners systems holdings bank "
    "airlines studios farms construction consulting services solutions associates department emergency icu er "
    "internal medicine physicians pediatrics orthopedics primary".split()
)
"""Words of places and firms that identify nobody; the proper words around them are replaced."""
_RESERVED_DOMAINS = ("example.com", "example.org", "example.net")
RESTRICTED_ZIPS = frozenset("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split())
"""Three-digit areas of at most 20,000 people (census of 2000): 45 CFR 164.514(b)(2)(i)(B)."""


@dataclass(frozen=True)
class Pools:
    """Where surrogates come from: lower-case single words, sorted.

    Attributes:
        avoid: lower-case words that may not be given out: the names that are registered.
        kept: states, their codes and countries, lower-case: geography that stays.
    """

    female: list[str]
    male: list[str]
    last: list[str]
    towns: list[str]
    kept: frozenset[str]
    avoid: frozenset[str]
    is_female: frozenset[str]
    is_first: frozenset[str]

    @staticmethod
    def of(lexicon: Lexicon, avoid: frozenset[str] = frozenset()) -> "Pools":
        def usable(words: list[str]) -> list[str]:
            return sorted(
                {w for w in words if 3 < len(w) < 11 and w.isascii() and w.isalpha() and w not in lexicon.common}
            )

        towns = usable([c.split(",")[0].lower() for c in lexicon.cities])
        female, male = usable(lexicon.english_female), usable(lexicon.english_male)
        return Pools(
            female=female,
            male=male,
            last=usable(lexicon.english_last),
            towns=[t for t in towns if t not in lexicon.kept_regions],
            kept=lexicon.kept_regions,
            avoid=avoid,
            is_female=frozenset(lexicon.female) - frozenset(lexicon.english_male),
            is_first=frozenset([*lexicon.english_female, *lexicon.english_male, *lexicon.english_unisex]),
        )


def _words(value: str) -> list[str]:
    return re.findall(r"[^\W_]+", value.lower())


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def is_reserved(type_: str, value: str) -> bool:
    """Is a contact of a re-scan one of ours: in a range that is reserved for fiction?"""
    lower = value.lower()
    if type_ in ("EMAIL_ADDRESS", "URL"):
        return any(lower.rstrip("/").split("/")[2 if "://" in lower else 0].endswith(d) for d in _RESERVED_DOMAINS)
    if type_ == "IP_ADDRESS":
        return lower.startswith(("192.0.2.", "2001:db8:"))
    number = digits(value)
    if type_ == "US_SSN":
        return number.startswith("000") or (len(number) == 4 and number.startswith("00"))
    words = re.findall(r"[a-z]+", lower)
    spoken = "".join(str(DIGIT_WORDS.index(w)) for w in words if w in DIGIT_WORDS)
    return "55501" in (number or spoken)


class Surrogates:
    """The surrogates of one person.

    Args:
        key: the secret of the home.
        subject: whom the documents are about; another scope where nobody is named.
        pools: where values come from.
        keep: folded lower-case words that are left as they are: surrogates that an earlier pass wrote.
    """

    def __init__(self, key: bytes, subject: str, pools: Pools, keep: frozenset[str] = frozenset()):
        self._key, self._subject, self._pools, self._keep = key[:64], subject, pools, keep
        self.written: set[str] = set()
        self._memo: dict[tuple[str, str], str] = {}
        self._makers: dict[str, Callable[[str], str]] = {
            "PERSON": self.name,
            "LOCATION": self.place,
            "ORGANIZATION": lambda v: self.place(v, firm=True),
            "EMAIL_ADDRESS": self.email,
            "URL": self.url,
            "IP_ADDRESS": self.network,
            "PHONE_NUMBER": self.phone,
            "US_SSN": self.social_security,
        }

    def value(self, type_: str, value: str) -> str:
        """The surrogate of a folded value. Numbers and letters of a type without its own form are mapped one by one."""
        return self._makers.get(type_, self.number)(value)

    def keeps(self, value: str) -> bool:
        """Is a folded value made of nothing but what an earlier pass wrote?"""
        return bool(self._keep) and self._keep.issuperset(_words(value))

    def note(self, made: str) -> None:
        """Remembers what was written in an identifier's place."""
        self.written.update(_words(made))

    def _hash(self, kind: str, value: str, attempt: int = 0) -> int:
        message = "\x1f".join((self._subject, kind, value, str(attempt))).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(message, key=self._key, digest_size=8).digest(), "big")

    def _draw(self, kind: str, value: str, pool: list[str]) -> str:
        """A word of the pool that is not the value itself and not to be avoided."""
        if (kind, value) not in self._memo:
            draws = (pool[self._hash(kind, value, attempt) % len(pool)] for attempt in range(10_000))
            self._memo[kind, value] = next(word for word in draws if word != value and word not in self._pools.avoid)
        return self._memo[kind, value]

    def _name_word(self, match: re.Match[str]) -> str:
        word, pools = match.group(), self._pools
        lower = word.lower()
        if (
            word[0] == "'"
            or lower in self._keep
            or ((lower in TITLES or lower in _PARTICLES) and lower not in pools.avoid)
        ):
            return word
        if len(lower) == 1:
            letter = string.ascii_lowercase[(ord(lower) - 97 + 1 + self._hash("initial", lower) % 25) % 26]
            return letter if word.islower() else letter.upper()
        pool = pools.last
        if lower in pools.is_first:
            pool = pools.female if lower in pools.is_female else pools.male
        return _in_case(self._draw("name", lower, pool), word)

    def name(self, value: str) -> str:
        """A name, word by word: "Smith, John A." and "dr smith" share the surrogate of "smith"."""
        return re.sub(r"\d", lambda m: self._digit(value, m), _NAME_WORD.sub(self._name_word, value))

    def _digit(self, value: str, match: re.Match[str]) -> str:
        return str((int(match.group()) + 1 + self._hash("digit", value, match.start()) % 9) % 10)

    def place(self, value: str, firm: bool = False) -> str:
        """An address, town, hospital or firm: proper words become another name, numbers others; kinds and states stay."""
        if value.lower() in self._pools.kept:
            return value
        result: list[str] = []
        position, run = 0, ""
        parts = list(_PLACE_PART.finditer(value))
        for i, part in enumerate(parts):
            word, gap = part.group(), value[position : part.start()]
            position = part.end()
            following = value[position : parts[i + 1].start()] if i + 1 < len(parts) else ""
            if word[0].isdigit():
                result += [
                    gap,
                    self._place_number(word, is_zip=not re.match(r",?\s", following) or i == len(parts) - 1),
                ]
            elif self._stays(word):
                result += [gap, word]
            else:
                run = run or gap + "\0"
                run += word if run.endswith("\0") else gap + word
                ends = (
                    i + 1 == len(parts)
                    or not re.fullmatch(r"[ \n]", following)
                    or self._stays(parts[i + 1].group())
                    or parts[i + 1].group()[0].isdigit()
                )
                if ends:
                    lead, _, proper = run.partition("\0")
                    pool = self._pools.last if firm else self._pools.towns
                    result += [
                        lead,
                        _in_case(
                            self._draw("firm" if firm else "place", " ".join(proper.lower().split()), pool), proper
                        ),
                    ]
                    run = ""
        return "".join([*result, value[position:]])

    def _stays(self, word: str) -> bool:
        lower = word.lower().removesuffix("'s").rstrip(".")
        if lower in self._pools.avoid:
            return False
        code = len(word) == 2 and word.isupper() and lower in self._pools.kept
        return lower in self._keep or code or lower in _GENERIC or (len(lower) > 3 and lower in self._pools.kept)

    def _place_number(self, word: str, is_zip: bool) -> str:
        if is_zip and re.fullmatch(r"\d{5}(?:-\d{4})?", word):
            return "000" if word[:3] in RESTRICTED_ZIPS else word[:3]
        return self.number(word)

    def number(self, value: str) -> str:
        """Another value of the same form: digits for digits, letters for letters, everything else as it is."""

        def other(match: re.Match[str]) -> str:
            sign = match.group()
            shift = self._hash("number", value.lower(), match.start())
            if sign.isdigit():
                return str((int(sign) + 1 + shift % 9) % 10)
            letter = string.ascii_lowercase[shift % 26]
            return letter.upper() if sign.isupper() else letter

        return _ALNUM.sub(other, value)

    def phone(self, value: str) -> str:
        """A fictional number in the same form: NXX-555-01xx. Spoken digits stay spoken."""
        number = digits(value)
        if len(number) < 7:
            return self._spoken_phone(value) if not number else self.number(value)
        lead = "1" if len(number) > 10 and number[0] == "1" else ""
        rest = number[len(lead) :]
        body = ("" if len(rest) < 10 else self._area(number)) + self._line(number)
        if rest[: len(body)] == body:
            body = body[:-1] + str((int(body[-1]) + 1) % 10)
        tail = "".join(str((int(c) + 1) % 10) for c in rest[len(body) :])
        new = iter(lead + body + tail)
        return re.sub(r"\d", lambda _: next(new), value)

    def _area(self, number: str) -> str:
        return f"{200 + self._hash('area', number) % 790}"

    def _line(self, number: str) -> str:
        return f"55501{self._hash('line', number) % 100:02d}"

    def _spoken_phone(self, value: str) -> str:
        spoken = self._area(value.lower()) + self._line(value.lower())
        words = [DIGIT_WORDS[int(d)] for d in spoken]
        made = " ".join(words if len(value.split()) > 8 else words[3:])
        return made.upper() if value.isupper() else made

    def email(self, value: str) -> str:
        lower = value.lower()
        first = self._draw("name", lower + "/first", self._pools.female)
        last = self._draw("name", lower + "/last", self._pools.last)
        return f"{first}.{last}@{_RESERVED_DOMAINS[self._hash('domain', lower) % 3]}"

    def url(self, value: str) -> str:
        scheme = re.match(r"https?://", value, re.IGNORECASE)
        host = self._draw("site", value.lower(), self._pools.towns)
        return f"{scheme.group() if scheme else ''}{'www.' if 'www.' in value.lower() or not scheme else ''}{host}.{_RESERVED_DOMAINS[0]}"

    def network(self, value: str) -> str:
        if ":" in value:
            return f"2001:db8::{self._hash('network', value.lower()) % 65535 + 1:x}"
        return f"192.0.2.{self._hash('network', value) % 254 + 1}"

    def social_security(self, value: str) -> str:
        """A number that is never issued: area 000."""
        place = iter("000" if len(digits(value)) > 4 else "00")
        return re.sub(r"\d", lambda m: next(place, self._digit(value, m)), value)

    def date(self, written: WrittenDate) -> str:
        """A fabricated date in the same form, for a date without a year."""
        canonical = f"{written.month}-{written.day}"
        day = datetime.date(2001, 1, 1) + datetime.timedelta(self._hash("date", canonical) % 365)
        if (day.month, day.day) == (written.month, written.day) or (written.day is None and day.month == written.month):
            day = datetime.date(2001, day.month % 12 + 1, min(day.day, 28))
        return written.with_values(day)

    def shift_days(self) -> int:
        """The person's own date shift: -365 to 365 days, never 0."""
        shift = self._hash("shift", "") % 730 - 365
        return shift if shift < 0 else shift + 1


def _in_case(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word if like.islower() else word.title()
