"""Normal forms of text: one for reading in (what is stored), one for comparing (what identities are made of)."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\ufeff]")
_MANY_NEWLINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """The form in which a text is stored: LF line ends, NFC, no control characters, at most one empty line in a row."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))
    text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    return (_MANY_NEWLINES.sub("\n\n", text) if "\n\n\n" in text else text).strip("\n")


def normalise(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, blanks collapsed.

    Digits and punctuation stay: "25 mg" and "50 mg" are different content (clinical-safe normalisation).
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
