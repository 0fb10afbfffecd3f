"""Compressed files and archives: read as plain ones, never unpacked to disk, refused where they swell."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_files import read_file, tar, texts

from heal_pipeline.sources import archives, files
from heal_pipeline.sources.archives import clean_path
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.quarantine import Unreadable


def zstd(data: bytes) -> bytes:
    import pyarrow as pa

    return pa.compress(data, "zstd", asbytes=True)


PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


def contents(path: Path, pattern: str = "*") -> list[tuple[str, bytes]]:
    return [(m.path, m.read()) for m in archives.members(path, pattern) if isinstance(m, Member)]


@pytest.mark.parametrize("ending", sorted(PACKERS))
def test_compressed_files_read_as_plain_ones_whatever_their_name(tmp_path: Path, ending: str) -> None:
    for name in (f"train.csv{ending}", "train.csv"):
        (tmp_path / name).write_bytes(PACKERS[ending](b"text\nhello\n"))
        assert contents(tmp_path / name) == [("train", b"text\nhello\n")]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"])
def test_archives_of_every_kind(tmp_path: Path, ending: str) -> None:
    plain = tar(tmp_path / "plain", {"sub/b.txt": b"two", "c.md": b"three", "d.txt.gz": gzip.compress(b"four")}, "w")
    packer = PACKERS[{".tgz": ".gz"}.get(ending, ending.removeprefix(".tar"))]
    path = tmp_path / f"a{ending}"
    path.write_bytes(packer(plain.read_bytes()))
    assert contents(path, "*.txt*") == [("sub/b", b"two"), ("d", b"four")]
    assert [m.file for m in archives.members(path) if isinstance(m, Member)] == ["a"] * 3


def test_a_file_that_its_name_calls_packed_and_is_not_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(b"plain text")
    assert read_file(tmp_path / "a.txt.gz", "text") == [Unreadable("BadGzipFile")]


def test_members_lead_nowhere(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.gz", {"../../evil.txt": b"one", "/etc/passwd": b"two", "C:\\a\\..\\b.txt": b"three"})
    assert contents(path) == [("evil", b"one"), ("etc/passwd", b"two"), ("a/b", b"three")]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.txt", b"one")
    assert contents(tmp_path / "a.zip") == [("evil", b"one")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tar.gz", "a.zip"]


@given(st.text(alphabet="ab./\\: ", max_size=20))
def test_clean_paths_stay_below(path: str) -> None:
    clean = clean_path(path)
    assert not clean.startswith("/")
    assert not {"", ".", ".."} & set(clean.split("/")) - {clean}


def test_links_devices_and_holes_are_no_members(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (
            ("s", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("c", tarfile.CHRTYPE),
            ("f", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/hostname"
            archive.addfile(info)
    assert list(archives.members(tmp_path / "a.tar")) == []
    sparse = tarfile.TarInfo("holes.txt")
    sparse.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(2**40)}
    with tarfile.open(tmp_path / "sparse.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(sparse)
        archive.addfile(tarfile.TarInfo("after.txt"))
    first, after = archives.members(tmp_path / "sparse.tar")
    assert first == Unreadable("UnpackingError")
    assert isinstance(after, Member)


def test_a_member_that_cannot_be_opened_does_not_end_the_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("1.txt", "2.txt", "3.txt", "4.txt"):
            archive.writestr(name, f"text of {name}")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    second = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 1)
    data[second + 8] |= 1  # encrypted, says the directory
    data[data.find(b"text of 3")] ^= 1  # its checksum is another now
    (tmp_path / "a.zip").write_bytes(data)
    assert texts(read_file(tmp_path / "a.zip", "text")) == [
        "text of 1.txt", "<RuntimeError>", "<BadZipFile>", "text of 4.txt",
    ]  # fmt: skip


def test_zip_members_may_themselves_be_compressed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/y.txt.gz", gzip.compress(b"inner"))
    assert contents(tmp_path / "a.zip") == [("x/y", b"inner")]


@pytest.fixture
def small_free_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FREE_BYTES", 2**18)


BOMB = b"0" * 2**22
LINES = b"\n" * 2**22


@pytest.mark.usefixtures("small_free_bytes")
@pytest.mark.parametrize("inside", [BOMB, LINES, b'{"text": "a"}\n' + BOMB])
@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
def test_a_compressed_bomb_is_left_while_it_is_read(tmp_path: Path, ending: str, inside: bytes) -> None:
    (tmp_path / f"a.jsonl{ending}").write_bytes(PACKERS[ending](inside))
    records = read_file(tmp_path / f"a.jsonl{ending}", "jsonl", max_record_bytes=2**16)
    assert records[-1] == Unreadable("UnpackingError")
    assert texts(records)[:-1] == (["a"] if inside.startswith(b"{") else [])


@pytest.mark.usefixtures("small_free_bytes")
def test_bombs_in_archives_and_in_what_they_hold(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.txt", b"good")
        archive.writestr("bomb.txt", BOMB)
        archive.writestr("nested.txt.gz", gzip.compress(BOMB))
        archive.writestr("twice.txt.gz", gzip.compress(gzip.compress(BOMB * 8)))
        archive.writestr("last.txt", b"last")
    records = texts(read_file(tmp_path / "a.zip", "text", max_record_bytes=2**23))
    assert records[:3] == ["good", "<UnpackingError>", "<UnpackingError>"]
    assert records[3].startswith("<")  # a file that was packed twice is no text
    assert records[4:] == ["last"]
    path = tar(tmp_path / "a.tar.gz", {"a.txt": b"first", "b.txt": BOMB, "c.txt": b"never reached"})
    assert texts(read_file(path, "text", max_record_bytes=2**16))[:2] == ["first", "<RecordTooLargeError>"]
    assert texts(read_file(path, "text", max_record_bytes=2**16))[-1] == "<UnpackingError>"


def test_text_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    lines = b'{"text": "The clinic opens at eight in the morning."}\n' * 40_000
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines, 1))
    assert len(read_file(tmp_path / "a.jsonl.gz", "jsonl")) == 40_000


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/train.csv.gz", "train"),
        ("x.tar.gz", "x"),
        ("x.tar.zst", "x"),
        ("RES0001.txt", "RES0001"),
        (".hidden", ".hidden"),
        ("plain", "plain"),
    ],
)
def test_stems(path: str, expected: str) -> None:
    assert files.stem(path) == expected


def test_locations_add_and_take_away_and_stay_in_the_folder(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "b_metadata.csv"):
        (tmp_path / name).touch()
    assert [p.name for p in files.expand(tmp_path, ["*.csv", "!*_metadata.csv"])] == ["a.csv", "b.csv"]
    for outside in ("../*.csv", "/etc/*"):
        with pytest.raises(ValueError, match="leaves the data folder"):
            files.expand(tmp_path, [outside])
