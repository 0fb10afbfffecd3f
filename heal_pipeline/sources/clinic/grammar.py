"""A small grammar of texts: alternatives, named rules and slots in a template, chosen by a seeded generator.

In a template `[a|b|]` is one of its alternatives (they nest, and may be empty), `{name}` is a slot or a rule, and `{Name}`
the same with a capital at its beginning.
"""

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

from heal_pipeline.sources.clinic.marking import MARKS

T = TypeVar("T")
Part = str | tuple[str] | list["Sequence_"]
"""A literal, a slot (a tuple of its name), or a choice of sequences."""
Sequence_ = tuple[Part, ...]
Rules = Mapping[str, Sequence[str]]

PROPER = ("Group",)
"""First words of sentences that keep their capital wherever they stand, beside those with capitals inside."""

_SYNTAX = re.compile(r"([\[\]|{}])")
_FIRST_LETTER = re.compile(rf"^([{MARKS}\"'(]*)([a-z])")
_ARTICLE = re.compile(
    rf"(?:(?<![\w'])a|(?:(?<=[.!?:\n] )|(?<=\n)|^)A)(?= [{MARKS}\"']*(?:(?!one\b|once\b|use|usu|uni(?!n)|eu|uti|uri(?!c))[aeiouAEIO]|8\d?\b|1[18]\b|hour|honest|heir|x-ray|X-ray|MRI|EKG))"
)
_BLANKS = re.compile(r" {2,}| +(?=[,.;:?!](?:\s|$))| +$", re.MULTILINE)


def entries(block: str) -> tuple[str, ...]:
    """The lines of a block of data, without blank ones."""
    return tuple(line.strip() for line in block.splitlines() if line.strip())


def capitalise(text: str) -> str:
    """The text with its first letter as a capital, behind marks and quotes."""
    return _FIRST_LETTER.sub(lambda m: m.group(1) + m.group(2).upper(), text)


def lowered(sentence: str) -> str:
    """A sentence for the middle of another: its first letter small, but for names and abbreviations."""
    first = sentence.split(" ", 1)[0]
    return sentence if not first[1:].islower() or first in PROPER else sentence[0].lower() + sentence[1:]


def polish(text: str) -> str:
    """Mends what composition leaves: "a" before a vowel, needless blanks. Columns are divided by tabs."""
    return _ARTICLE.sub(lambda m: m.group() + "n", _BLANKS.sub(_single, text))


def _single(match: re.Match[str]) -> str:
    following = match.string[match.end() : match.end() + 1]
    return " " if following not in ("", "\n", *",.;:?!") else ""


def listed(items: Sequence[str], conjunction: str = "and", oxford: bool = True) -> str:
    """ "a", "a and b", "a, b, and c"."""
    if len(items) < 3:
        return f" {conjunction} ".join(items)
    return f"{', '.join(items[:-1])}{',' if oxford else ''} {conjunction} {items[-1]}"


def infinitives(imperatives: Sequence[str]) -> str:
    """ "wash it", "do not rub it": "to wash it and not to rub it"."""
    return listed(
        [f"not to {i.removeprefix('do not ')}" if i.startswith("do not ") else f"to {i}" for i in imperatives]
    )


class Writer:
    """Writes from templates with one seeded generator. Equal seeds write equal texts in every process.

    Args:
        purpose: what the generator is for and which thing it makes; generators of different purposes are independent.
        rules: productions by name, for templates that name one.
    """

    def __init__(self, seed: int, *purpose: str | int, rules: Rules | None = None):
        self.rng = random.Random(f"{seed}/{'/'.join(map(str, purpose))}")
        self.rules: Rules = rules or {}

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.rng.random() * len(items))]

    def some(self, items: Sequence[T], num: int) -> list[T]:
        """`num` different items (all, where there are fewer), in a drawn order."""
        return self.rng.sample(items, min(num, len(items)))

    def some_in_order(self, items: Sequence[T], num: int) -> list[T]:
        """`num` different items in the order they are given in."""
        places = sorted(self.rng.sample(range(len(items)), min(num, len(items))))
        return [items[i] for i in places]

    def between(self, low: int, high: int) -> int:
        """A whole number of low to high, both included."""
        return low + int(self.rng.random() * (high - low + 1))

    def one(self, templates: Sequence[str], **slots: str) -> str:
        """One of the templates, written."""
        return self.say(self.pick(templates), **slots)

    def say(self, template: str, **slots: str) -> str:
        """The template with its alternatives chosen and its slots filled.

        Raises:
            KeyError: it names what is neither a slot nor a rule.
        """
        if "[" not in template and "{" not in template:
            return template
        out: list[str] = []
        self._write(_compiled(template), slots, out)
        return "".join(out)

    def _write(self, sequence: Sequence_, slots: Mapping[str, str], out: list[str]) -> None:
        for part in sequence:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, list):
                self._write(self.pick(part), slots, out)
            else:
                out.append(self._named(part[0], slots))

    def _named(self, name: str, slots: Mapping[str, str]) -> str:
        if name in slots:
            return slots[name]
        if name in self.rules:
            return self.say(self.pick(self.rules[name]), **slots)
        lower = name[0].lower() + name[1:]
        if lower == name:
            raise KeyError(name)
        return capitalise(self._named(lower, slots))


@cache
def _compiled(template: str) -> Sequence_:
    return _parsed([t for t in _SYNTAX.split(template) if t], 0, ())[0]


def _parsed(tokens: list[str], start: int, ends: tuple[str, ...]) -> tuple[Sequence_, int]:
    """The sequence that begins at a token, and the place of the token that ends it: outside of brackets a bar is a sign."""
    parts: list[Part] = []
    i = start
    while i < len(tokens) and tokens[i] not in ends:
        if tokens[i] == "{":
            parts.append((tokens[i + 1],))
            i += 3
        elif tokens[i] == "[":
            choices: list[Sequence_] = []
            while tokens[i] != "]":
                sequence, i = _parsed(tokens, i + 1, ("|", "]"))
                choices.append(sequence)
            parts.append(choices)
            i += 1
        else:
            parts.append(tokens[i])
            i += 1
    return tuple(parts), i
