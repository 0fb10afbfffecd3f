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
from itertools import count

from heal_pipeline.deid.dates import WrittenDate
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.patterns import DIGIT_WORDS
from heal_pipeline.deid.registered import TITLES, squeeze

_NAME_WORD = re.compile(r"(?<=\w)'[sS]\b|[^\W\d_]+(?:'(?![sS]\b)[^\W\d_]+)*")
_PLACE_PART = re.compile(r"[^\W\d_]+(?:['.][^\W\d_]+)*|\d+(?:-\d{4}(?!\d))?")
_ALNUM = re.compile(r"[^\W_]")
_PARTICLES = frozenset("van von der den de la del di da dos bin ibn al el and or the".split())
_BEHIND = frozenset("jr sr ii iii iv esq phd".split())
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
_OF_PHONES = frozenset("x ext extension tel phone cell mobile fax pager and or".split())
"""Words that belong to telephone numbers."""
_RESERVED_DOMAINS = ("example.com", "example.org", "example.net")
MAX_DRAWS = 1000
MAX_POOL_DRAWS = 200
EXHAUSTED = dict.fromkeys(("EMAIL_ADDRESS", "URL", "IP_ADDRESS", "PHONE_NUMBER"), "[CONTACT]")
"""What is written where every value of a reserved range is registered of somebody, by type; "[ID]" for the others."""


MAX_HASHED = 256
"""Characters of a value that its surrogate depends on: of a number of megabytes each digit is drawn by itself."""


@dataclass(frozen=True)
class Pools:
    """Where surrogates come from: lower-case single words, sorted.

    Attributes:
        avoid: what may not be given out, since it is registered: lower-case words of names, and numbers and contacts
            squeezed (`registered.taken`).
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


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdecimal())


def written_words(text: str) -> list[str]:
    """The words and numbers of a text, lower-case: by them a surrogate is known again in the output."""
    return re.findall(r"[^\W_]+", text.lower())


def spoken_digits(value: str) -> str:
    """The digits that words say: "six one four oh" is "6140"."""
    words = re.findall(r"[a-z]+", value.lower())
    return "".join("0" if w == "oh" else str(DIGIT_WORDS.index(w)) for w in words if w in (*DIGIT_WORDS, "oh"))


def _forms(made: str) -> set[str]:
    """The forms in which a fabricated value is compared with registered ones; a telephone number without its country too."""
    number = digits(made) or spoken_digits(made)
    return {squeeze(made), number, number[-10:]} if len(number) >= 7 else {squeeze(made)}


def _no_name(word: str, begun: bool, following: str) -> bool:
    """Whether a word of a name is a title or a particle where it stands: "Dr." in front, "MD" behind, "van" within.

    Args:
        begun: a word that is no title came before.
        following: the next word, lower-case; "" where there is none.
    """
    lower = word.lower()
    if lower in _PARTICLES and following and (begun or following in _PARTICLES):
        return True
    if lower not in TITLES:
        return False
    return lower in _BEHIND or (bool(following) and not begun) or (begun and word.isupper())


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
    return "55501" in (number or spoken_digits(lower))


class Surrogates:
    """The surrogates of one person.

    Args:
        key: the secret of the home.
        subject: whom the documents are about; another scope where nobody is named.
        pools: where values come from.
        restricted_zips: three-digit areas that are written as 000.
    """

    def __init__(self, key: bytes, subject: str, pools: Pools, restricted_zips: frozenset[str] = frozenset()):
        self._key, self._subject, self._pools, self._restricted_zips = key[:64], subject, pools, restricted_zips
        self.written: set[str] = set()
        """The lower-case words that were written in place of identifiers."""
        self._memo: dict[tuple[str, str, str], str] = {}
        self._makers: dict[str, Callable[[str, str], str]] = {
            "EMAIL_ADDRESS": self._email,
            "URL": self._url,
            "IP_ADDRESS": self._network,
            "PHONE_NUMBER": self._phone,
            "US_SSN": self._social_security,
        }

    def value(self, type_: str, value: str) -> str:
        """The surrogate of a folded value. Numbers and letters of a type without its own form are mapped one by one."""
        if type_ == "PERSON":
            return self.name(value)
        if type_ in ("LOCATION", "ORGANIZATION"):
            return self.place(value, firm=type_ == "ORGANIZATION")
        return self._another(type_, value, self._makers.get(type_, self._number))

    def note(self, made: str) -> None:
        """Remembers what was written in an identifier's place."""
        self.written.update(written_words(made))

    def _turn(self, kind: str, value: str) -> str:
        """Which of a value's surrogates this mention of it gets: all the same."""
        return ""

    def _hash(self, kind: str, value: str, draw: str = "") -> int:
        message = "\x1f".join((self._subject, kind, value[:MAX_HASHED], draw)).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(message, key=self._key, digest_size=8).digest(), "big")

    def _draw(self, kind: str, value: str, pool: list[str]) -> str:
        """A word of the pool that is not the value itself and not to be avoided."""
        turn = self._turn(kind, value)
        if (kind, value, turn) not in self._memo:
            self._memo[kind, value, turn] = self._word(kind, value, turn, pool)
        return self._memo[kind, value, turn]

    def _word(self, kind: str, value: str, draw: str, pool: list[str]) -> str:
        """The first word drawn that may stand. Where too many of the pool are registered, one is made of two."""
        for i in count():
            number = self._hash(kind, value, f"{draw}.{i}")
            word = pool[number % len(pool)]
            if i >= MAX_POOL_DRAWS:
                other = pool[number // len(pool) % len(pool)]
                word = word[: (len(word) + 1) // 2] + other[len(other) // 2 :]
            if word != value and word not in self._pools.avoid:
                return word
        raise AssertionError("count() never ends")

    def _another(self, type_: str, value: str, make: Callable[[str, str], str]) -> str:
        """The first fabricated number or contact that is neither the value itself nor registered of anybody.

        Args:
            make: from the value and a number of the draw to a candidate.
        """
        turn = self._turn("number", squeeze(value))
        for i in range(MAX_DRAWS):
            made = make(value, f"{turn}.{i}")
            if squeeze(made) != squeeze(value) and self._pools.avoid.isdisjoint(_forms(made)):
                return made
        return EXHAUSTED.get(type_, "[ID]")

    def _name_word(self, word: str) -> str:
        lower = word.lower()
        if len(lower) == 1:
            place = (ord(lower) - 97 + 1 + self._hash("initial", lower, self._turn("initial", lower)) % 25) % 26
            return string.ascii_lowercase[place] if word.islower() else string.ascii_uppercase[place]
        pools = self._pools
        pool = pools.last
        if lower in pools.is_first:
            pool = pools.female if lower in pools.is_female else pools.male
        return _in_case(self._draw("name", lower, pool), word)

    def name(self, value: str) -> str:
        """A name, word by word: "Smith, John A." and "dr smith" share the surrogate of "smith". Titles and particles stay."""
        words = list(_NAME_WORD.finditer(value))
        pieces: list[str] = []
        position = 0
        begun = False  # a word that is no title came before
        for i, match in enumerate(words):
            word, following = match.group(), words[i + 1].group().lower() if i + 1 < len(words) else ""
            stays = word[0] == "'" or (word.lower() not in self._pools.avoid and _no_name(word, begun, following))
            begun = begun or not stays or word.lower() in _PARTICLES
            pieces += [value[position : match.start()], word if stays else self._name_word(word)]
            position = match.end()
        made = "".join([*pieces, value[position:]])
        return re.sub(r"\d", lambda m: self._digit(value, m.start(), m.group()), made)

    def _digit(self, value: str, place: int, sign: str, draw: str = "") -> str:
        return str((int(sign) + 1 + self._hash("digit", value, f"{place}{draw}") % 9) % 10)

    def place(self, value: str, firm: bool = False) -> str:
        """An address, town, hospital or firm: proper words become another name, numbers others; kinds and states stay."""
        if value.lower() in self._pools.kept and value.lower() not in self._pools.avoid:
            return value
        return "".join(self._place_line(part, firm) for part in re.split(r"([,;\n]+)", value))

    def _place_line(self, line: str, firm: bool) -> str:
        """One of the parts of an address between commas."""
        parts = list(_PLACE_PART.finditer(line))
        stay = [self._stays(part.group()) for part in parts]
        for i in self._state(parts, stay):
            stay[i] = True
        pieces: list[str] = []
        position = i = 0
        while i < len(parts):
            last = i
            word = parts[i].group()
            if word[0].isdigit():
                made = self._place_number(word, is_zip=i == len(parts) - 1)
            elif len(word) == 1 and line[parts[i].start() - 1 : parts[i].start()].isdigit():  # "12B"
                made = self._name_word(word)
            elif stay[i]:
                made = word
            else:
                while last + 1 < len(parts) and not stay[last + 1] and not parts[last + 1].group()[0].isdigit():
                    if line[parts[last].end() : parts[last + 1].start()] != " ":
                        break
                    last += 1
                proper = line[parts[i].start() : parts[last].end()]
                pool = self._pools.last if firm else self._pools.towns
                made = _in_case(self._draw("firm" if firm else "place", " ".join(proper.lower().split()), pool), proper)
            pieces += [line[position : parts[i].start()], made]
            position, i = parts[last].end(), last + 1
        return "".join([*pieces, line[position:]])

    def _state(self, parts: list[re.Match[str]], stay: list[bool]) -> range:
        """The words of a state or country at the end of a line, behind the name of a town or alone: "Eldermouth, West Virginia".

        "Oklahoma City" and "Port Washington" are towns.
        """
        words = [part.group().lower() for part in parts]
        end = next((i for i in range(len(words), 0, -1) if not words[i - 1][0].isdigit()), 0)
        for start in range(max(0, end - 4), end):
            named = start == 0 or not (stay[start - 1] or words[start - 1][0].isdigit())
            if (
                named
                and " ".join(words[start:end]) in self._pools.kept
                and not self._pools.avoid & set(words[start:end])
            ):
                return range(start, end)
        return range(0)

    def _stays(self, word: str) -> bool:
        lower = word.lower().removesuffix("'s").rstrip(".")
        if lower in self._pools.avoid:
            return False
        return lower in _GENERIC or (len(word) == 2 and word.isupper() and lower in self._pools.kept)

    def _place_number(self, word: str, is_zip: bool) -> str:
        if is_zip and re.fullmatch(r"\d{5}(?:-\d{4})?", word):
            return "000" if word[:3] in self._restricted_zips else word[:3]
        return self._another("LOCATION", word, self._number)

    def _number(self, value: str, draw: str) -> str:
        """Another value of the same form: digits for digits, letters for letters, everything else as it is.

        What is between the signs does not count: "K-482913" and "K 482913" have one surrogate.
        """
        canonical, places = squeeze(value), count()

        def other(match: re.Match[str]) -> str:
            sign, place = match.group(), next(places)
            if sign.isdecimal():
                return self._digit(canonical, place, sign, draw)
            letter = string.ascii_lowercase[self._hash("letter", canonical, f"{place}{draw}") % 26]
            return letter.upper() if sign.isupper() else letter

        return _ALNUM.sub(other, value)

    def _phone(self, value: str, draw: str) -> str:
        """A fictional number in the same form: NXX-555-01xx. Spoken digits stay spoken."""
        number = digits(value)
        if not number:
            return self._spoken_phone(value, draw)
        if len(number) < 7:
            return self._number(value, draw)
        lead = "1" if len(number) > 10 and number[0] == "1" else ""
        rest = number[len(lead) :]
        made = self._local(rest[:10], draw)
        tail = "".join(str((int(c) + 1) % 10) for c in rest[len(made) :])
        new = iter(lead + made + tail)
        return re.sub(
            r"\d|[^\W\d_]+", lambda m: next(new) if m[0].isdecimal() else self._beside_number(m[0], draw), value
        )

    def _beside_number(self, word: str, draw: str) -> str:
        """A word in a telephone number: "ext" stays, a digit in words becomes another, and what else is there may be a name."""
        lower = word.lower()
        if lower in _OF_PHONES:
            return word
        if lower in DIGIT_WORDS:
            return DIGIT_WORDS[int(self._digit(lower, 0, str(DIGIT_WORDS.index(lower)), draw))]
        return self._name_word(word)

    def _local(self, number: str, draw: str) -> str:
        """7 or 10 digits for as many or more: the area by the area, the line by the line, so that both forms agree."""
        line = f"55501{self._hash('line', number[3:] if len(number) == 10 else number, draw) % 100:02d}"
        return line if len(number) < 10 else f"{200 + self._hash('area', number[:3], draw) % 790}{line}"

    def _spoken_phone(self, value: str, draw: str) -> str:
        said = spoken_digits(value)
        whole = self._local(said.rjust(10, "0")[-10:], draw)
        words = [DIGIT_WORDS[int(d)] for d in (whole if len(value.split()) > 8 else whole[3:])]
        return " ".join(words).upper() if value.isupper() else " ".join(words)

    def _email(self, value: str, draw: str) -> str:
        lower = value.lower()
        first = self._word("contact", f"{lower}/first", draw, self._pools.female)
        last = self._word("contact", f"{lower}/last", draw, self._pools.last)
        return f"{first}.{last}@{_RESERVED_DOMAINS[self._hash('domain', lower, draw) % 3]}"

    def _url(self, value: str, draw: str) -> str:
        scheme = re.match(r"https?://", value, re.IGNORECASE)
        host = self._word("contact", f"{value.lower()}/site", draw, self._pools.towns)
        return f"{scheme.group() if scheme else ''}{'www.' if 'www.' in value.lower() or not scheme else ''}{host}.{_RESERVED_DOMAINS[0]}"

    def _network(self, value: str, draw: str) -> str:
        number = self._hash("network", value.lower(), draw)
        return f"2001:db8::{number % 65535 + 1:x}" if ":" in value else f"192.0.2.{number % 254 + 1}"

    def _social_security(self, value: str, draw: str) -> str:
        """A number that is never issued: area 000."""
        canonical = digits(value)
        signs = iter("000" if len(canonical) > 4 else "00")
        places = count()
        return re.sub(r"\d", lambda m: next(signs, self._digit(canonical, next(places), m.group(), draw)), value)

    def date(self, written: WrittenDate) -> str:
        """A fabricated date in the same form, for a date without a year."""
        canonical = f"{written.month}-{written.day}"
        number = self._hash("date", canonical, self._turn("date", canonical))
        day = datetime.date(2001, 1, 1) + datetime.timedelta(number % 365)
        if (day.month, day.day) == (written.month, written.day) or (written.day is None and day.month == written.month):
            day = datetime.date(2001, day.month % 12 + 1, min(day.day, 28))
        return written.with_values(day)

    def shift_days(self, whole_weeks: bool = False) -> int:
        """The person's own date shift: -365 to 365 days, never 0; as `whole_weeks` a multiple of 7."""
        unit, most = (7, 52) if whole_weeks else (1, 365)
        shift = self._hash("shift", "") % (2 * most) - most
        return unit * (shift if shift < 0 else shift + 1)


def _in_case(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word if like.islower() else word.title()
