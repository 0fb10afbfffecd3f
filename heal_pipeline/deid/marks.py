"""Marks that an earlier de-identification left in place of identifiers, and their one form here.

"[**Known lastname 1234**]", "<PHI TYPE=DOCTOR>", "{{NAME}}", "___" and "XX/XX/XXXX" become "[NAME]", "[DATE]", "[AGE]",
"[LOCATION]", "[ID]", "[CONTACT]" or, where the mark does not say of what kind it is, "[REDACTED]". Detectors leave these
alone, and the blanks of forms too: "______", "__Y__".

What only looks like a mark stays: rules and emphasis of markdown ("***", "**bold**"), headings between asterisks, lines
of underscores, Roman numbers ("Stage XXX"), sizes ("XXXL") and chromosomes ("47,XXX").
"""

import re

KINDS = ("NAME", "DATE", "AGE", "LOCATION", "ID", "CONTACT", "REDACTED")
NORMAL = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
BLANK = re.compile(r"_{2,}(?:[A-Za-z]{1,3}_{2,})?")

_WORDS = (
    ("DATE", "DATE DATES DOB DAY MONTH YEAR HOLIDAY BIRTHDATE"),
    ("AGE", "AGE AGES"),
    ("NAME", "NAME NAMES NAMEPATTERN PERSON PERSONALNAME PATIENT PATIENTNAME DOCTOR DOCTORNAME LASTNAME FIRSTNAME INITIAL INITIALS STAFF HCW USERNAME"),
    ("CONTACT", "PHONE TELEPHONE FAX EMAIL CONTACT URL IP PAGER WEB"),
    ("LOCATION", "LOCATION LOC HOSPITAL HOSP CITY STATE STREET COUNTRY ADDRESS UNIVERSITY WARD WARDNAME CLINIC FACILITY ZIP ZIPCODE"),
    ("ID", "ID IDNUM IDENTIFIER ALPHANUMERICID MRN MEDICALRECORD NUMBER NUMERIC SSN RECORD SERIAL ACCOUNT LICENSE DEVICE"),
)  # fmt: skip
"""Kind to the words that a mark of it holds; the first kind that fits is taken."""
_KIND_OF = {word: kind for kind, words in reversed(_WORDS) for word in words.split()}
_OTHER = "PHI PII REDACTED REMOVED MASKED DEIDENTIFIED ORGANIZATION ORG PROFESSION OTHER".split()
_LABEL = rf"(?:(?:US_|UK_|MEDICAL_)?(?:{'|'.join([*_KIND_OF, *_OTHER])})(?![A-Za-z])[A-Z0-9 _-]{{0,30}})"
_NUMERAL = (
    r"(?:stage|grade|type|class|phase|part|chapter|volume|section|table|figure|appendix|bowl|factor|trisomy|triple)"
)
_CHROMOSOMES = r"(?:syndrome|karyotype|females?|women|girls?|aneuploid\w*|chromosomes?|mosaic\w*|genotype|constitution)"
_MARK = re.compile(
    r"\[\*\*(?P<stars>[^\]]{0,80}?)\*\*\]"
    rf"|<(?P<pair>{_LABEL})(?P<attribute>[\s=:][^<>\n]{{0,60}})?>[^<>\n]{{1,80}}</(?P=pair)>"
    rf"|<{{1,2}}(?P<angle>{_LABEL})(?P<more>[\s=:][^<>\n]{{0,60}})?>{{1,2}}"
    rf"|(?P<closing></{_LABEL}>)"
    rf"|\{{\{{\s?(?P<braces>{_LABEL})\s?\}}\}}"
    rf"|\[(?P<square>(?:PATIENT|DOCTOR)[ _]NAME|(?!(?:PATIENT|DOCTOR)\b){_LABEL})\]"
    r"|\[(?P<said>(?i:redacted|removed|name redacted|deidentified|de-identified))\]"
    r"|(?<![A-Za-z0-9])(?P<crosses>X{3,}(?:[-/.]X{2,}){0,3}|XX(?:[-/]X{2,4}){1,3})(?![A-Za-z0-9])"
    r"|(?<!\w)(?P<line>___)(?=[MF]?(?!\w))"
    r"|(?<![\w*])(?P<asterisks>\*{2}/\*{2}(?:/\*{2,4})?|\*{4,})(?![\w*])"
    r"|(?P<blocks>\u2588{2,})"
)
_NUMBERED = re.compile(rf"(?:\d,\s?|\b{_NUMERAL}\s)$", re.IGNORECASE)
_OF_CHROMOSOMES = re.compile(rf"\s{_CHROMOSOMES}\b", re.IGNORECASE)
_STARRED = re.compile(r"[\s>#|]*(?:\*|$)")
_REACH = 80
"""How far back the begin of a line is looked for, in characters."""


def normalise(text: str) -> str:
    """The text with every mark in its one form. Text without marks comes back as it is; so do normal marks."""
    while (made := _MARK.sub(_normal, text)) != text:
        text = made  # what stood beside a mark may now stand alone: "___****"
    return text


def _normal(match: re.Match[str]) -> str:
    form = match.lastgroup
    if form == "closing":
        return ""
    if (form == "crosses" and _is_number(match)) or (form == "asterisks" and _is_ornament(match)):
        return match.group()
    said = " ".join(value for value in match.groups() if value).upper()
    words = re.findall(r"[A-Z]+", said)
    if form in ("crosses", "asterisks"):
        return f"[{_kind_by_form(match.group())}]"
    if match.group("stars") is not None and re.fullmatch(r"\s*\d{1,4}(?:[-/]\d{0,2}){0,2}\s*", said):
        return "[DATE]"  # MIMIC's dates: [**2101-3-4**]
    kinds = {_KIND_OF[word] for word in words if word in _KIND_OF}
    return f"[{next((kind for kind, _ in _WORDS if kind in kinds), 'REDACTED')}]"


def _is_number(match: re.Match[str]) -> bool:
    """Whether crosses are chromosomes ("47,XXX") or a Roman number ("Stage XXX")."""
    if set(match.group()) != {"X"} or len(match.group()) > 5:
        return False
    before, text = match.string[max(0, match.start() - 16) : match.start()], match.string
    return _NUMBERED.search(before) is not None or _OF_CHROMOSOMES.match(text, match.end()) is not None


def _is_ornament(match: re.Match[str]) -> bool:
    """Whether asterisks are a rule, or stand around a heading: their line begins with asterisks."""
    before = match.string[max(0, match.start() - _REACH) : match.start()]
    _, broken, line = before.rpartition("\n")
    return (bool(broken) or match.start() <= _REACH) and _STARRED.match(line) is not None


def _kind_by_form(value: str) -> str:
    """The kind of a mark that keeps the form of what was there: "XX/XX/XXXX", "XXX-XX-XXXX", "XXX-XXX-XXXX"."""
    if "/" in value:
        return "DATE"
    lengths = [len(part) for part in value.split("-")]
    return {(3, 2, 4): "ID", (3, 3, 4): "CONTACT", (3, 4): "CONTACT"}.get(tuple(lengths), "REDACTED")
