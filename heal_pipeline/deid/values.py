"""Made-up identifiers for the tagger's training sentences: names, places, dates, numbers, in the forms that people write.

Half of the names are invented letter by letter, so that the tagger learns contexts and shapes, not only the lists.
"""

import random
import re
import string
from collections import defaultdict
from collections.abc import Callable

from heal_pipeline.deid import contexts
from heal_pipeline.deid.lexicon import Lexicon

MONTHS = "January February March April May June July August September October November December".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_DIGITS = "zero one two three four five six seven eight nine".split()
_STREETS = (
    "Street St Avenue Ave Road Rd Lane Ln Drive Dr Boulevard Blvd Court Ct Way Place Circle Terrace Parkway Hwy".split()
)
_CARE = (
    "Hospital|Medical Center|Clinic|Health System|General Hospital|Memorial Hospital|Children's Hospital|Health Center|"
    "Rehabilitation Center|Nursing Home|Urgent Care|Regional Medical Center|Community Hospital|Surgery Center|"
    "Family Practice|Hospice|Care Home|Infirmary|Cancer Institute|VA Medical Center|Pharmacy|Assisted Living|Internal Medicine|Family Medicine|Medical Associates|Medical Group|"
    "Health Partners|Primary Care|Pediatrics|Orthopedics|Physicians|General|Memorial|Regional|Medical|Med Ctr|Med|Hosp|"
    "Children's|Medicine|Cardiology|Dental|Orthopaedics|Health|University Hospital|Community Health"
).split("|")
_COMPANY = "Inc|LLC|Ltd|Group|& Sons|Industries|Logistics|Bakery|Motors|Foods|Partners|Systems|Holdings|Bank|Airlines|Studios|Farms|Construction|Consulting".split(
    "|"
)
_SAINTS = "Mary Joseph Luke Francis Vincent Jude Anne Elizabeth Thomas James Mark Barnabas Agnes".split()
_DEVOTIONS = (
    "Sacred Heart|Good Samaritan|Holy Cross|Good Shepherd|Our Lady of Mercy|Holy Family|Trinity|Providence".split("|")
)
_MANNERS = "Three Twin Seven Big Clear Blue Silver Red Cold Green Grand White Long Bright Rocky".split()
_LANDS = "Rivers Lakes Pines Springs Oaks Hills Creek Harbor Bay Falls Meadows Valley Point Rock Forks".split()
_SITES = "Elementary School|High School|Middle School|University|College|Church|Library|Airport|Mall|Stadium|Community College|Fire Station|Senior Center".split(
    "|"
)
_NAMED = re.compile(r" (?:disease|syndrome|sign|palsy|test|contracture|phenomenon)$")
_MAIL = (
    "gmail.com yahoo.com hotmail.com outlook.com example.com mail.net proton.me icloud.com hospital.org uni.edu".split()
)


class Markov:
    """Invents words by the letter statistics of a list (order 2)."""

    def __init__(self, words: list[str]):
        self._next: dict[str, list[str]] = defaultdict(list)
        for word in words:
            padded = f"^^{word}$"
            for i in range(len(padded) - 2):
                self._next[padded[i : i + 2]].append(padded[i + 2])

    def word(self, rng: random.Random) -> str:
        while True:
            state, letters = "^^", ""
            while (letter := rng.choice(self._next[state])) != "$" and len(letters) < 14:
                letters += letter
                state = state[1] + letter
            if len(letters) > 2:
                return letters


def _pick_skewed(rng: random.Random, values: list[str]) -> str:
    """Earlier values, which are the more frequent ones, come up more often."""
    return values[int(len(values) * rng.random() ** 2)]


def eponymists(lexicon: Lexicon) -> list[str]:
    """Family names in names of diseases and findings ("parkinson"), and the people of the eponyms; sorted."""
    words = {w for term in lexicon.terms if _NAMED.search(term) for w in term.split()} & lexicon.last_set
    return sorted(contexts.eponymists() | {w for w in words if len(w) > 3 and not lexicon.very_common(w)})


class Values:
    """Draws a value for a slot's name. Deterministic for a seeded `rng`."""

    def __init__(self, lexicon: Lexicon, rng: random.Random):
        self.rng, self.lexicon = rng, lexicon
        step = max(1, len(lexicon.last) // 6000)
        self._last_model = Markov(lexicon.last[::step])
        self._first_model = Markov([*lexicon.female[::4], *lexicon.male[::4]])
        self._place_model = Markov(lexicon.places[::5])
        self._eponymists = eponymists(lexicon)
        self._first_lists = [
            lexicon.english_female,
            lexicon.english_male,
            lexicon.english_unisex,
            lexicon.female,
            lexicon.male,
        ]
        self.makers: dict[str, Callable[[], str]] = {
            "name": self.name, "first": self.first, "last": self.last, "eponymist": self.eponymist, "full": self.full, "doctor": self.doctor,
            "city": self.city, "place": self.place, "street": self.street, "road": self.road, "hospital": self.hospital, "country": self.country,
            "zip": self.zip, "company": self.company, "site": self.site, "date": self.date, "month": self.month,
            "id": self.id, "phone": self.phone, "email": self.email, "url": self.url, "handle": self.handle,
        }  # fmt: skip

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def first(self) -> str:
        word = (
            self._first_model.word(self.rng)
            if self.chance(0.35)
            else _pick_skewed(self.rng, self.rng.choice(self._first_lists))
        )
        if self.chance(0.04):
            second = self._first_model.word(self.rng)[:4]
            return f"{word.title()}-{second.title() if self.chance(0.5) else second}"
        return word.title()

    def last(self) -> str:
        roll = self.rng.random()
        lists = self.lexicon
        if roll < 0.4:
            word = self._last_model.word(self.rng).title()
        else:
            word = _pick_skewed(self.rng, lists.english_last if roll < 0.75 else lists.last).title()
        extra = self.rng.random()
        if extra < 0.03:
            return f"{word}-{self._last_model.word(self.rng).title()}"
        if extra < 0.06:
            return self.rng.choice(["O'", "Mc", "Mac", "De", "D'"]) + word
        if extra < 0.08:
            return self.rng.choice(["van ", "de la ", "von ", "El ", "bin ", "de ", "Van der "]) + word
        return word

    def eponymist(self) -> str:
        """The name of a person after whom something in medicine is named."""
        return self.rng.choice(self._eponymists).title()

    def full(self) -> str:
        middle = self.rng.random()
        first, last = self.first(), self.last()
        if middle < 0.1:
            return f"{first} {self.rng.choice(string.ascii_uppercase)}. {last}"
        if middle < 0.15:
            return f"{first} {self.first()} {last}"
        if middle < 0.2:
            return f"{first} {self.rng.choice(string.ascii_uppercase)} {last}"
        return f"{first} {last}"

    def name(self) -> str:
        roll = self.rng.random()
        if roll < 0.4:
            return self.full()
        if roll < 0.6:
            return self.first()
        if roll < 0.76:
            return self.last()
        if roll < 0.84:
            return f"{self.last()}, {self.first()}" + (
                f" {self.rng.choice(string.ascii_uppercase)}." if self.chance(0.3) else ""
            )
        if roll < 0.9:
            return f"{self.first()} {self.rng.choice(string.ascii_uppercase)}."
        if roll < 0.94:
            return f"{self.rng.choice(string.ascii_uppercase)}. {self.last()}"
        return self.full().upper()

    def doctor(self) -> str:
        return self.last() if self.chance(0.7) else self.full()

    def city(self) -> str:
        roll = self.rng.random()
        if roll < 0.5:
            city = self.rng.choice(self.lexicon.cities)
            return city if self.chance(0.4) else city.split(",")[0]
        word = self._place_model.word(self.rng).title()
        if roll < 0.62:
            first = "New Port North East Lake Fort Mount San St. Saint West South".split()
            return f"{self.rng.choice(first)} {self._landscape().split()[1] if self.chance(0.15) else word}"
        if roll < 0.66:
            return self._landscape()
        if roll < 0.72:
            return word + self.rng.choice(
                ["ville", "ton", "ford", "burg", "field", "bury", " City", " Falls", " Heights", " Springs", "shire"]
            )
        return word if roll < 0.9 else f"{word}, {self.rng.choice(self.lexicon.state_codes)}"

    def _landscape(self) -> str:
        return f"{self.rng.choice(_MANNERS)} {self.rng.choice(_LANDS)}"

    def country(self) -> str:
        return self.rng.choice(self.lexicon.countries if self.chance(0.6) else self.lexicon.states)

    def place(self) -> str:
        return self.rng.choice([self.city, self.city, self.city, self.hospital, self.site, self.country])()

    def road(self) -> str:
        makers = [self.last, self.last, self._tree, self._landscape, lambda: self._place_model.word(self.rng).title()]
        return f"{self.rng.choice(makers)()} {self.rng.choice(_STREETS)}"

    def _street_abroad(self) -> str:
        """Addresses in the forms of other countries, and of military mail."""
        name, number, rng = self.rng.choice([self.last, self.first])(), self.rng.randint(1, 199), self.rng
        line = rng.choice(
            [
                f"ul. {name} {number}", f"{name} u. {number}.", f"{name}straße {number}", f"{name}gata {number}", f"{name}vej {number}", f"{name}weg {number}",
                f"Rue {name} {number}", f"{number}, rue de {name}", f"Via {name} {number}", f"Calle {name} {number}", f"Rua {name}, {number}", f"{name}laan {number}",
                f"Unit {rng.randint(1000, 9999)} Box {rng.randint(100, 9999)}", f"PSC {number}, Box {rng.randint(100, 9999)}", f"{name} nám. {number}",
            ]
        )  # fmt: skip
        if self.chance(0.3):
            line = f"{rng.randint(1000, 99999):05d} {line}"
        if self.chance(0.3):
            line += rng.choice([", ", "\n", " "]) + rng.choice([f"Apt. {number}", f"Suite {number}", f"Flat {number}"])
        return line + rng.choice([", ", "\n", " "]) + rng.choice([self.city().split(",")[0], self.zip()])

    def street(self) -> str:
        if self.chance(0.12):
            return self._street_abroad()
        line = f"{self.rng.randint(1, 9999)} {self.road()}"
        if self.chance(0.2):
            line += (
                self.rng.choice([", Apt ", " Apt. ", ", Suite ", " #", ", Unit "])
                + str(self.rng.randint(1, 400))
                + self.rng.choice(["", "", "B"])
            )
        if self.chance(0.4):
            line += self.rng.choice([", ", "\n", " "]) + self.city() + (f" {self.zip()}" if self.chance(0.6) else "")
        return line

    def _tree(self) -> str:
        return self.rng.choice(
            "Oak Maple Cedar Elm Pine Main Park Washington Lake Hill Church Mill River Sunset Birch Walnut".split()
        )

    def zip(self) -> str:
        return f"{self.rng.randint(501, 99950):05d}" + (
            f"-{self.rng.randint(1, 9999):04d}" if self.chance(0.15) else ""
        )

    def hospital(self) -> str:
        kind = self.rng.choice(_CARE)
        roll = self.rng.random()
        if roll < 0.25:
            return f"{self.rng.choice(['St.', 'Saint', 'St'])} {self.rng.choice(_SAINTS)}{self.rng.choice([chr(39) + 's', ''])} {kind}"
        if roll < 0.5:
            owner = self.last()
        elif roll < 0.75:
            owner = self.city().split(",")[0]
        elif roll < 0.82:
            owner = self.rng.choice(_DEVOTIONS)
        elif roll < 0.9:
            owner = self._landscape()
        elif roll < 0.94:
            owner = "".join(self.rng.choices(string.ascii_uppercase, k=self.rng.randint(2, 4)))
            return owner if self.chance(0.2) else f"{owner} {kind}"
        elif roll < 0.96:
            return f"{self.last()}-{self.last()}" if self.chance(0.5) else f"{self.last()} & {self.last()}"
        else:
            owner = f"{self._tree()}{self.rng.choice(['wood', 'view', ' Ridge', ' Grove', 'side', ' Valley'])}"
        return f"{owner} {kind}"

    def site(self) -> str:
        kind = self.rng.choice(_SITES)
        if kind == "University" and self.chance(0.5):
            return f"University of {self.city().split(',')[0]}"
        return f"{self.rng.choice([self.last, self.city])().split(',')[0]} {kind}"

    def company(self) -> str:
        roll = self.rng.random()
        if roll < 0.5:
            return f"{self.last()} {self.rng.choice(_COMPANY)}"
        if roll < 0.65:
            return f"{self.last()} & {self.last()}"  # with commas it would be a list of people
        if roll < 0.85:
            return self._place_model.word(self.rng).title() + self.rng.choice(
                ["tech", "corp", "soft", "mart", "works", "net", " Corp", " Inc."]
            )
        return f"{self.last()}-{self.last()}"

    def month(self) -> str:
        return self.rng.choice(MONTHS)

    def date(self) -> str:
        rng = self.rng
        year, month, day = rng.randint(1925, 2029), rng.randint(1, 12), rng.randint(1, 28)
        name = MONTHS[month - 1] if self.chance(0.6) else MONTHS[month - 1][:3]
        suffix = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day not in (11, 12, 13) else 0, "th")
        ordinal = _ORDINALS[day - 1]
        forms = [
            f"{month:02d}/{day:02d}/{year}", f"{month}/{day}/{year % 100:02d}", f"{year}-{month:02d}-{day:02d}", f"{month}/{day}",
            f"{name} {day}, {year}", f"{day} {name} {year}", f"{name} {day}{suffix}", f"{name} {day}", f"{name} {year}",
            f"{name} {ordinal}", f"the {ordinal} of {name}", f"{name} {day}{suffix}, {year}", f"{day:02d}.{month:02d}.{year}",
            f"{day}-{name[:3]}-{year}", f"{name} of {year}", f"{name} {ordinal} {year}",
        ]  # fmt: skip
        return rng.choice(forms)

    def id(self) -> str:
        rng = self.rng
        forms = [
            "#######",
            "########",
            "##########",
            "######",
            "A######",
            "AA######",
            "###-##-###",
            "##-#####",
            "A##-####",
            "AAA-#####",
            "####-###-A",
            "#A#A###A",
            "AAA####",
        ]
        return "".join(
            rng.choice(string.digits) if c == "#" else rng.choice(string.ascii_uppercase) if c == "A" else c
            for c in rng.choice(forms)
        )

    def phone(self) -> str:
        rng = self.rng
        a, b, c = rng.randint(201, 989), rng.randint(200, 999), rng.randint(0, 9999)
        spoken = " ".join(_DIGITS[int(d)] for d in f"{a}{b}{c:04d}")
        return rng.choice(
            [
                f"({a}) {b}-{c:04d}",
                f"{a}-{b}-{c:04d}",
                f"{a}.{b}.{c:04d}",
                f"+1 {a} {b} {c:04d}",
                f"{a}{b}{c:04d}",
                f"{b}-{c:04d}",
                f"{a}-{b}-{c:04d} x{rng.randint(10, 999)}",
                spoken,
            ]
        )

    def email(self) -> str:
        first, last = self.first().lower(), self.last().lower().replace(" ", "").replace("'", "")
        return (
            self.rng.choice([f"{first}.{last}", f"{first[0]}{last}", f"{last}{self.rng.randint(1, 99)}", first])
            + "@"
            + self.rng.choice(_MAIL)
        )

    def url(self) -> str:
        return (
            self.rng.choice(["https://www.", "www.", "http://", "https://"])
            + self.last().lower().replace(" ", "").replace("'", "")
            + self.rng.choice([".com", ".org", ".net/page", ".co.uk", ".io"])
        )

    def handle(self) -> str:
        return (
            self.rng.choice(["@", ""])
            + self.first().lower()
            + self.rng.choice(["_", "", "."])
            + self.last().lower().replace(" ", "")
            + str(self.rng.randint(1, 99))
        )
