"""Entries that cannot work are refused in one line, before anything is read and without the packages that would read it."""

import subprocess
import sys
from typing import Any

import pytest
from source_files import DAY, entry

from heal_pipeline import sources
from heal_pipeline.errors import ProfileError
from heal_pipeline.profile import CONFIGS, Profile, load_profile


@pytest.mark.parametrize("name", sorted(p.stem for p in CONFIGS.glob("*.yaml")))
def test_shipped_profiles_have_entries_that_can_work(name: str) -> None:
    sources.check_entries(load_profile(name))


@pytest.mark.parametrize(
    ("reader", "values", "words"),
    [
        ("tape", {}, ["'tape' is unknown", "jsonl", "xlsx"]),
        ("csv", {"options": {"delimitor": ";"}}, ["options.delimitor is unknown to the reader csv", "delimiter"]),
        ("csv", {"options": {"delimiter": ";;"}}, ["options.delimiter"]),
        ("csv", {"options": {"join": {"files": ["a.csv"]}}}, ["options.join.by"]),
        ("csv", {"options": {"encoding": "latin-99"}}, ["options.encoding", "latin-99"]),
        ("parquet", {"options": {"encoding": "utf-8"}}, ["options.encoding is unknown"]),
        ("jsonl", {"options": {"values": {"head": "x"}}}, ["options.values.head"]),
        ("xlsx", {"options": {"header_row": 0}}, ["options.header_row"]),
        ("textgrid", {"options": {"group_by": "("}}, ["options.group_by", "regular expression"]),
        ("textgrid", {"options": {"group_by": "a+"}}, ["options.group_by", "group"]),
        ("medquad", {"options": {"unit": "pairs"}}, ["options.unit", "'page' or 'pair'"]),
        ("medquad", {"fields": {"text": "reply"}}, ["fields.text", "no column 'reply'"]),
        ("huggingface", {}, ["options.path"]),
        ("huggingface", {"options": {"path": "x/y", "shards": 0}}, ["options.shards"]),
        ("clinic", {"location": ["a.txt"]}, ["`location` does nothing"]),
        ("text", {"fields": {"text": "body"}}, ["fields.text", "no column 'body'", "_file"]),
        ("text", {"fields": {"key": "{_file}:{id}"}}, ["fields.key", "no column 'id'"]),
        ("warc", {"meta": ["heading"]}, ["meta.heading", "no column 'heading'"]),
        ("jats", {"options": {"values": {"heading": {}}}}, ["options.values", "'heading'"]),
        ("csv", {"fields": {"section": "head"}}, ["fields.section does nothing", "`meta`"]),
        ("csv", {"fields": {"prompt": "{q}"}}, ["fields.prompt without fields.response"]),
        ("csv", {"fields": {"text": "t", "response": "{a}"}}, ["fields.text does nothing"]),
        ("csv", {"fields": {"key": "{_file:id"}}, ["fields.key", "neither a column nor a template"]),
        ("csv", {"fields": {"key": ""}}, ["fields.key"]),
        ("csv", {"phi": "contains", "options": {"registration": {"name": "{first"}}}, ["options.registration.name"]),
        ("csv", {"meta": ["a", "a"]}, ["'a' twice"]),
        ("csv", {"allow_domains": ["nih.gov"]}, ["domain rules", "`url` under `meta`"]),
        ("clinic", {"deny_domains": ["nih.gov"]}, ["domain rules", "`url` under `meta`"]),
        ("csv", {"fields": {"subject": "patient_no"}}, ["fields.subject", "`phi` is none"]),
        ("csv", {"options": {"registration": {"name": "{n}"}}}, ["options.registration", "`phi` is none"]),
    ],
)
def test_mistakes_are_named_in_one_line(reader: str, values: dict[str, Any], words: list[str]) -> None:
    profile = Profile(name="p", days=[DAY], sources=[entry(reader, **values)])
    for check in (sources.check_entries, sources.check_locations):
        with pytest.raises(ProfileError) as caught:
            check(profile)
        message = str(caught.value)
        assert "\n" not in message
        assert all(word in message for word in ["the source source", *words])


def test_a_joined_column_may_be_named_with_any_reader() -> None:
    options = {"join": {"files": ["meta.csv"], "by": "_file"}}
    own = entry("text", fields={"text": "text", "key": "visit_no"}, options=options)
    sources.check_entries(Profile(name="p", days=[DAY], sources=[own]))


def test_checking_entries_imports_nothing_heavy() -> None:
    heavy = ("pyspark", "lxml", "pandas", "openpyxl", "trafilatura", "warcio", "datasets", "charset_normalizer")
    program = (
        "import sys; from heal_pipeline import profile, sources; sources.check_entries(profile.load_profile('open'));"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
