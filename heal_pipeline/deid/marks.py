"""Marks that an earlier de-identification left in place of identifiers, and their one form here.

"[**Known lastname 1234**]", "<PHI TYPE=DOCTOR>", "___" and "XXX-XX-XXXX" become "[NAME]", "[DATE]", "[LOCATION]", "[ID]",
"[CONTACT]" or, where the mark does not say of what kind it is, "[REDACTED]". Detectors leave these alone, and the blanks of forms too: "______", "__Y__".
"""

import re

KINDS = ("NAME", "DATE", "LOCATION", "ID", "CONTACT", "REDACTED")
NORMAL = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
BLANK = re.compile(r"_{2,}(?:[A-Za-z]{1,3}_{2,})?")
_MARK = re.compile(
    r"\[\*\*(?P<stars>[^\]\n]{0,80}?)\*\*\]"
    r"|<(?P<angle>/?(?:PHI|NAME|PATIENT|DOCTOR|DATE|AGE|LOCATION|HOSPITAL|CITY|ID|MRN|PHONE|EMAIL|CONTACT|REDACTED)\b[^<>\n]{0,60})>"
    r"|\[(?P<square>(?:REDACTED|(?:PATIENT|DOCTOR) NAME|NAME|HOSPITAL|LOCATION|DATE|PHONE|EMAIL|MRN|ID|PHI)[A-Z0-9 _-]{0,30})\]"
    r"|(?<![A-Za-z0-9])X{3,}(?:[-/. ]X{2,})*(?![A-Za-z0-9])"
    r"|(?<!\w)___(?!\w)"
)
_WORDS = (
    ("DATE", "DATE DAY MONTH YEAR HOLIDAY AGE"),
    ("NAME", "NAME PATIENT DOCTOR LASTNAME FIRSTNAME INITIALS"),
    ("LOCATION", "LOCATION HOSPITAL CITY STATE STREET COUNTRY ADDRESS UNIVERSITY WARD CLINIC"),
    ("CONTACT", "PHONE TELEPHONE FAX EMAIL CONTACT URL PAGER"),
    ("ID", "ID MRN NUMBER SSN RECORD SERIAL ACCOUNT"),
)


def normalise(text: str) -> str:
    """The text with every mark in its one form. Text without marks comes back as it is; so do normal marks."""
    return _MARK.sub(_normal, text)


def _normal(match: re.Match[str]) -> str:
    said = " ".join(g for g in match.groups() if g).upper()
    if match.group("angle") is not None and match.group("angle").startswith("/"):
        return ""
    found = set(re.findall(r"[A-Z]+", said))
    kind = next((kind for kind, words in _WORDS if found & set(words.split())), None)
    if kind is None and match.group("stars") is not None and re.search(r"\d{1,4}-\d{1,2}", said):
        kind = "DATE"  # MIMIC's dates: [**2101-3-4**]
    return f"[{kind or 'REDACTED'}]"
