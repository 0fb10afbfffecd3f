"""Canaries: made-up identifiers in carrier sentences, planted into a run to see which of them survive it.

Values, carriers and disguises are of this module alone. Nothing that makes training data may read it, nor may it read
that: a detector that has seen a canary proves nothing. tests/deid/test_canaries.py holds both.
"""

import random
import re
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

TYPES = ("NAME", "LOCATION", "DATE", "CONTACT", "SSN", "MRN", "ID")
DISGUISES = ("plain", "lower", "upper", "zero_width", "full_width", "broken_line", "look_alike")

_ONSETS = "B C D F G H J K L M N P R S T V W Z Br Ch Cl Dr Fr Gr Kh Kr Pr Sh St Th Tr Wh Y".split()
_VOWELS = "a e i o u ai ea ee ie oa ou".split()
_CODAS = "n r l s m th nd rk ld ss tt ck st v d".split()
_NAME_ENDS = "a o en ia el in ero ik ane ula omir eska ando".split()
_FAMILY_ENDS = "sen man ski wick by ley stein worth nett ides ova mundi ssian gren tagh ahan".split()
_PLACE_ENDS = "ham mouth stead minster wold burn haven dale worth thorpe bridge cester".split()
_FACILITIES = ["Hospital", "Clinic", "Medical Center", "Hospice", "Nursing Home", "Health Center"]
_ROADS = ["Street", "Avenue", "Road", "Lane", "Boulevard", "Drive"]
_MONTHS = "January February March April May June July August September October November December".split()
_LOOK_ALIKES = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")
_DOMAINS = "gmail.com clearpost.net healthmail.org corvane.edu".split()

_CARRIERS: dict[str, tuple[str, ...]] = {
    "NAME": (
        "Spoke by telephone with {v} regarding the biopsy report.",
        "{v} tolerated the infusion well and went home with a relative.",
        "Care was handed over to Dr. {v} at the end of the shift.",
        "Patient's husband {v} picks up the prescriptions on weekends.",
        "[doctor] good to see you again, {v}, how is the hip doing?",
        "[patient] my sister {v} thinks i should stop the water pills.",
        "The ultrasound was read by {v} and showed no free fluid.",
        "Please forward these results to {v} before the next visit.",
        "Ms. {v} is a retired teacher with long-standing asthma.",
        "Witness to the consent: {v}.",
    ),
    "LOCATION": (
        "She spent the winter with cousins in {v} and ran out of inhalers.",
        "Transferred this evening from {v} for a higher level of care.",
        "[patient] we drove all the way from {v} this morning.",
        "The ambulance collected him outside {v}.",
        "Discharge to {v} is planned once oxygen is weaned.",
        "Mail the hearing aid batteries to {v} please.",
    ),
    "DATE": (
        "The stent was placed on {v} without complications.",
        "Her last tetanus booster was {v}.",
        "[patient] i think the fall happened on {v} or so.",
        "Sutures to be removed {v}.",
        "Patient born {v} presents with a swollen knee.",
        "Dialysis was begun {v} at an outside unit.",
    ),
    "CONTACT": (
        "If fever returns, the family can be reached at {v} at any hour.",
        "He asked that the letter be sent to {v} instead.",
        "[patient] yeah just leave a message at {v} for me.",
        "Pharmacy callback {v}, refill authorised.",
        "Daughter's contact on file is {v}.",
    ),
    "SSN": (
        "Social security on the intake sheet reads {v}.",
        "Veterans' benefits asked for his SSN, {v}, before the fitting.",
        "[patient] my social is {v} if you need it for the form.",
        "The guarantor's number {v} was faxed with the claim.",
        "SSN: {v}",
    ),
    "MRN": (
        "Chart pulled under MRN {v} by the night clerk.",
        "Two charts were merged into medical record {v} this week.",
        "[patient] the wristband says medical record number {v}.",
        "MRN {v}",
        "Please file the tracing under hospital no. {v}.",
    ),
    "ID": (
        "Insurance denied the scan, member number {v}.",
        "Implant serial no. {v} was recorded in the theatre log.",
        "Blood bank accession {v} was cross-matched.",
        "Oxygen concentrator, device {v}, returned to the supplier.",
        "[patient] the number on the card says id {v} i think.",
    ),
}


@dataclass(frozen=True)
class Canary:
    """A planted identifier.

    Attributes:
        text: the carrier with the value in it.
        secrets: what may not be left of it: squeezed strings (`squeeze`), any one of which is a survival.
    """

    type: str
    disguise: str
    text: str
    secrets: tuple[str, ...]

    def survives(self, output: str) -> bool:
        """Is any identifying part of the value still in the cleaned carrier, whatever its case, signs and letter forms?"""
        left = squeeze(output)
        return any(secret in left for secret in self.secrets)


def squeeze(text: str) -> str:
    """Letters and digits alone, in compatibility form, lower case, look-alikes undone."""
    plain = unicodedata.normalize("NFKD", text).translate(
        {ord(b): a for a, b in zip("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ", strict=True)}
    )
    return "".join(c for c in plain.lower() if c.isalnum())


def make(count: int, seed: int) -> list[Canary]:
    """`count` canaries, types and disguises in turn, the same for the same seed."""
    rng = random.Random(f"canary-{seed}")
    found = []
    for i in range(count):
        type_ = TYPES[i % len(TYPES)]
        disguise = DISGUISES[i // len(TYPES) % len(DISGUISES)]
        value, secrets = _MAKERS[type_](rng)
        carrier = rng.choice(_CARRIERS[type_])
        before, _, after = carrier.partition("{v}")
        if disguise in ("lower", "upper"):
            text = getattr(carrier.replace("{v}", value), disguise)()
        else:
            text = before + _DISGUISE[disguise](value, rng) + after
        found.append(Canary(type_, disguise, text, tuple(squeeze(s) for s in secrets)))
    return found


def _syllable(rng: random.Random, with_coda: bool = False) -> str:
    return rng.choice(_ONSETS).lower() + rng.choice(_VOWELS) + (rng.choice(_CODAS) if with_coda else "")


def _first(rng: random.Random) -> str:
    return (_syllable(rng, True) + rng.choice(_NAME_ENDS)).title()


def _family(rng: random.Random) -> str:
    return (_syllable(rng, True) + rng.choice(_FAMILY_ENDS)).title()


def _town(rng: random.Random) -> str:
    return (_syllable(rng, True) + rng.choice(_PLACE_ENDS)).title()


def _name(rng: random.Random) -> tuple[str, list[str]]:
    first, family = _first(rng), _family(rng)
    form = rng.randrange(5)
    if form == 0:
        return family, [family]
    if form == 1:
        return first, [first]
    if form == 2:
        return f"{first} {rng.choice(string.ascii_uppercase)}. {family}", [first, family]
    return f"{first} {family}", [first, family]


def _location(rng: random.Random) -> tuple[str, list[str]]:
    town = _town(rng)
    form = rng.randrange(4)
    if form == 0:
        street = _family(rng)
        return f"{rng.randint(2, 9899)} {street} {rng.choice(_ROADS)}, {town}", [street, town]
    if form == 1:
        return f"{town} {rng.choice(_FACILITIES)}", [town]
    if form == 2:
        return f"{town}, {rng.choice(['OH', 'TX', 'NY', 'WA'])} {rng.randint(10001, 99899)}", [town]
    return town, [town]


def _date(rng: random.Random) -> tuple[str, list[str]]:
    month, day, year = rng.randint(1, 12), rng.randint(10, 28), rng.randint(1945, 2025)
    name = _MONTHS[month - 1]
    form = rng.randrange(6)
    if form == 0:
        return f"{month:02d}/{day}/{year}", [f"{month:02d}{day}{year}"]
    if form == 1:
        return f"{name} {day}, {year}", [f"{name}{day}"]
    if form == 2:
        return f"{day} {name} {year}", [f"{day}{name}"]
    if form == 3:
        return f"{year}-{month:02d}-{day}", [f"{year}{month:02d}{day}"]
    if form == 4:
        return f"{name[:3]} {day}, {year}", [f"{name[:3]}{day}"]
    return f"{name} {day}th", [f"{name}{day}"]


def _contact(rng: random.Random) -> tuple[str, list[str]]:
    area, exchange, line = rng.randint(210, 989), rng.randint(210, 989), rng.randint(1000, 9999)
    form = rng.randrange(5)
    if form == 0:
        return f"({area}) {exchange}-{line}", [f"{area}{exchange}{line}", f"{exchange}{line}"]
    if form == 1:
        return f"{area}-{exchange}-{line}", [f"{exchange}{line}"]
    if form == 2:
        return f"{area}.{exchange}.{line}", [f"{exchange}{line}"]
    if form == 3:
        local = f"{_first(rng)}.{_family(rng)}".lower()
        return f"{local}@{rng.choice(_DOMAINS)}", [local]
    host = (_town(rng) + _family(rng)).lower()
    return f"www.{host}.com", [host]


def _ssn(rng: random.Random) -> tuple[str, list[str]]:
    value = _filled(rng, "###-##-####", "###-##-####", "### ## ####", "#########")
    return value, [value, squeeze(value)[-6:]]  # group and serial number tell a person as well as the whole


def _mrn(rng: random.Random) -> tuple[str, list[str]]:
    value = _filled(rng, "########", "#######", "######", "A#######", "AA######", "###-####", "##-##-##")
    return value, [value]


def _id(rng: random.Random) -> tuple[str, list[str]]:
    value = _filled(rng, "########", "#######", "AA######", "A##-#####", "##-######", "AAA#######")
    return value, [value]


def _filled(rng: random.Random, *forms: str) -> str:
    """One of the forms with a digit for each # and a letter for each A."""
    chars = {"#": string.digits, "A": string.ascii_uppercase}
    return "".join(rng.choice(chars[c]) if c in chars else c for c in rng.choice(forms))


_MAKERS: dict[str, Callable[[random.Random], tuple[str, list[str]]]] = {
    "NAME": _name,
    "LOCATION": _location,
    "DATE": _date,
    "CONTACT": _contact,
    "SSN": _ssn,
    "MRN": _mrn,
    "ID": _id,
}


def _zero_width(value: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(value))
    return value[:place] + rng.choice("\u200b\u200c\u200d\ufeff\u00ad") + value[place:]


def _full_width(value: str, rng: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)


def _broken_line(value: str, rng: random.Random) -> str:
    """Broken where a line would be: after the blank or sign nearest the middle; a single word begins a new line."""
    breaks = [m.end() for m in re.finditer(r"[ ,@-]+", value) if m.end() < len(value)]
    if not breaks:
        return "\n" + value
    place = min(breaks, key=lambda b: abs(b - len(value) / 2))
    return value[:place].rstrip(" ") + "\n" + value[place:]


def _look_alike(value: str, rng: random.Random) -> str:
    return value.translate(_LOOK_ALIKES)


_DISGUISE: dict[str, Callable[[str, random.Random], str]] = {
    "plain": lambda value, rng: value,
    "zero_width": _zero_width,
    "full_width": _full_width,
    "broken_line": _broken_line,
    "look_alike": _look_alike,
}


def survival(planted: list[Canary], outputs: list[str]) -> list[dict[str, int | float | str]]:
    """Rows of (type, disguise, planted, survived, share, upper bound), with a total for each type and for all.

    The bound is Clopper and Pearson's: one-sided, 95 percent.
    """
    hits = [(c, c.survives(o)) for c, o in zip(planted, outputs, strict=True)]
    keys = [
        ("all", "all"),
        *[(t, "all") for t in TYPES],
        *[("all", d) for d in DISGUISES],
        *[(t, d) for t in TYPES for d in DISGUISES],
    ]
    rows: list[dict[str, int | float | str]] = []
    for type_, disguise in keys:
        own = [hit for c, hit in hits if type_ in (c.type, "all") and disguise in (c.disguise, "all")]
        if own:
            rows.append(
                {
                    "type": type_, "disguise": disguise, "planted": len(own), "survived": sum(own),
                    "share": round(sum(own) / len(own), 4), "upper_bound": round(upper_bound(sum(own), len(own)), 4),
                }
            )  # fmt: skip
    return rows


def upper_bound(survived: int, planted: int, confidence: float = 0.95) -> float:
    """Clopper and Pearson's one-sided upper bound of a share (Biometrika 1934)."""
    if survived >= planted:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(confidence, survived + 1, planted - survived))
