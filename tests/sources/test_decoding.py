"""Encodings: told by marks, by zeros, by statistics; damaged lines; lines of bounded size."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_files import parse, texts

from heal_pipeline.sources import decoding
from heal_pipeline.sources.quarantine import RecordTooLargeError

GERMAN = "Größe und Gewicht werden gemessen.\nDer Patient hört zu, die Ärztin erklärt es ihm.\n" * 20
JAPANESE = "ユーザーとGoogleがサイトのコンテンツにアクセスできるようにすることが次のステップです。\n" * 20
WITHOUT_MARKS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1)


@given(WITHOUT_MARKS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_texts_in_utf_8_or_with_a_byte_order_mark_are_read_exactly(text: str, encoding: str) -> None:
    assert decoding.decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["D: What brings you in?\r\n", GERMAN, JAPANESE, "Да. Сегодня 5 минут.\n" * 9])
def test_utf_16_without_a_mark_is_told_by_its_zeros(text: str, encoding: str) -> None:
    assert decoding.decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["one\0two three four", "\0", "a" * 50 + "\0" * 5, "Größe\0 und Gewicht", "\0\0\0\0"])
def test_a_stray_nul_does_not_make_utf_16(text: str) -> None:
    assert decoding.decode(text.encode()) == text


@pytest.mark.parametrize(("encoding", "text"), [("shift_jis", JAPANESE), ("cp1252", GERMAN), ("latin-1", GERMAN)])
def test_legacy_encodings_are_found(encoding: str, text: str) -> None:
    assert decoding.decode(text.encode(encoding)) == text


def test_an_encoding_may_be_named() -> None:
    text = "naïve café; señor, mañana"
    data = json.dumps({"text": text}, ensure_ascii=False).encode("cp1252") + b"\n"
    assert texts(parse("jsonl", data)) == ["<UnicodeDecodeError>"]
    assert decoding.decode(text.encode("cp437"), "cp437") == text


def test_a_damaged_line_does_not_change_the_encoding_of_the_others() -> None:
    data = "text\nGröße\nhört\n".encode() + b"caf\xff\n" + "Ärztin\n".encode()
    assert texts(parse("csv", data)) == ["Größe", "hört", "<UnicodeDecodeError>", "Ärztin"]


def test_what_is_no_text_is_an_error_and_never_replaced() -> None:
    binary = bytes(range(256)) * 40
    with pytest.raises(UnicodeError):
        parse("text", b"\x89PNG\r\n\x1a\n" + binary)
    with pytest.raises(UnicodeDecodeError):
        parse("text", b"\xef\xbb\xbfGr\xff")


@given(st.lists(st.integers(0, 40), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_lines_above_the_bound_are_passed_over_and_the_others_come(lengths: list[int], end: str) -> None:
    lines = ["x" * n + end for n in lengths]
    data = "".join(lines).encode()
    expected = [line if len(line) <= 20 else None for line in lines]
    decoded = list(decoding.Lines(io.BytesIO(data), "utf-8", 20).each())
    assert [None if isinstance(line, RecordTooLargeError) else line for line in decoded] == expected
    raw = list(decoding.byte_lines(io.BytesIO(data), 20))
    assert [None if isinstance(line, RecordTooLargeError) else line.decode() for line in raw] == expected


def test_a_record_of_many_lines_is_bounded_as_a_whole() -> None:
    open_quote = '1,"never closed\n' + "line\n" * 400
    data = ("id,text\n0,zero\n" + open_quote + "8,eight\n").encode()
    rows = parse("csv", data, max_record_bytes=200)
    assert texts(rows)[0] == "zero"
    assert texts(rows)[1] == "<RecordTooLargeError>"
    assert texts(rows)[-1] == "eight"
