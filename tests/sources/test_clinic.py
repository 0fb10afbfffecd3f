"""The synthetic clinic: reproducible, true to its own gold, varied, and the same visit in every stream."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.documents import Record, document_text
from heal_pipeline.errors import SourceError
from heal_pipeline.profile import load_profile
from heal_pipeline.sources.clinic import STREAMS, Clinic, Gold
from heal_pipeline.sources.clinic.noise import five_grams, jaccard
from heal_pipeline.text.normalise import clean
from heal_pipeline.text.words import words

DAYS = ("2026-01-05", "2026-01-06", "2026-01-07")
PUBLIC = ("general_pages", "medical_pages", "web_crawl", "captions", "medical_qa")
RESTRICTED = tuple(s for s in STREAMS if s not in PUBLIC)
SPOKEN = {
    **{word: str(i) for i, word in enumerate("zero one two three four five six seven eight nine ten".split())},
    "twenty-five": "25", "seventy-five": "75", "a hundred": "100", "twenty": "20", "forty": "40", "fifty": "50",
    "milligrams": "mg", "micrograms": "mcg",
}  # fmt: skip
LITTLE = set("a an and or the in of to no not do with for on at your you our if it is be".split())


@cache
def documents(stream: str, seed: int = 17, visits: int = 90) -> list[tuple[Record, Gold]]:
    clinic = Clinic(seed, visits, DAYS)
    return [
        pair
        for day in DAYS
        for pair in zip(clinic.records(stream, day), clinic.gold(stream, day).values(), strict=True)
    ]


def text_of(record: Record) -> str:
    return document_text(record.segments)


def in_figures(text: str) -> str:
    """Spoken numbers and units as they are written."""
    pattern = r"\b(?:" + "|".join(sorted(SPOKEN, key=len, reverse=True)) + r")\b"
    return re.sub(pattern, lambda m: SPOKEN[m[0]], text.lower())


def content(text: str) -> set[str]:
    return set(words(in_figures(text))) - LITTLE


def digest(seed: int, stream: str) -> str:
    clinic = Clinic(seed, 12, DAYS)
    found = [
        (r.key, text_of(r), r.subject, sorted(r.meta.items())) for day in DAYS for r in clinic.records(stream, day)
    ]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def test_equal_seeds_give_equal_records_in_every_process() -> None:
    here = [digest(5, stream) for stream in STREAMS]
    program = "from test_clinic import *; print(*[digest(5, s) for s in STREAMS])"
    paths = os.pathsep.join([os.path.dirname(__file__), os.getcwd()])
    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here
    assert [digest(6, stream) for stream in STREAMS] != here


def test_more_visits_change_none_that_were_there() -> None:
    for stream in ("conversations", "soap_notes", "ehr_notes", "clinic_instructions", "medical_qa"):
        small = {r.key: text_of(r) for r, g in documents(stream, visits=30) if not g.cluster}
        large = {r.key: text_of(r) for r, _ in documents(stream)}
        assert small.items() <= large.items(), stream


@pytest.mark.parametrize("stream", STREAMS)
def test_every_stream_has_records_each_day_under_keys_of_their_own(stream: str) -> None:
    clinic = Clinic(17, 90, DAYS)
    keys = [r.key for day in DAYS for r in clinic.records(stream, day)]
    assert all(next(clinic.records(stream, day)) for day in DAYS)
    assert None not in keys
    assert max(Counter(keys).values()) == 1


@pytest.mark.parametrize("stream", RESTRICTED)
def test_gold_spans_are_the_identifiers_of_the_text(stream: str) -> None:
    for record, gold in documents(stream):
        text = text_of(record)
        assert all(text[p.start : p.end] == p.value and p.value.strip() == p.value != "" for p in gold.phi)
        assert all(a.end <= b.start for a, b in zip(gold.phi, gold.phi[1:], strict=False))


@pytest.mark.parametrize("stream", RESTRICTED)
def test_what_is_registered_is_gold_wherever_it_stands(stream: str) -> None:
    num_found = 0
    for record, gold in documents(stream):
        text = text_of(record)
        covered = {i for p in gold.phi for i in range(p.start, p.end)}
        first, last = record.registration["name"].split(" ", 1)
        for value in (*record.registration.values(), first, last):
            for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE):
                assert covered.issuperset(range(*match.span())), value
                num_found += 1
    assert num_found > 20


def test_identifiers_of_all_kinds_occur() -> None:
    found = Counter(p.type for stream in RESTRICTED for _, gold in documents(stream, visits=240) for p in gold.phi)
    wanted = {"PERSON", "LOCATION", "DATE_TIME", "PHONE_NUMBER", "EMAIL_ADDRESS", "MEDICAL_RECORD_NUMBER", "ID", "AGE"}
    assert found.keys() == wanted


@pytest.mark.parametrize("stream", PUBLIC)
def test_public_streams_know_no_patient(stream: str) -> None:
    values = {
        v.lower()
        for s in RESTRICTED
        for r, _ in documents(s)
        for v in (*r.registration.values(), r.registration["name"].split(" ", 1)[1])
    }
    for record, gold in documents(stream):
        assert (record.subject, record.registration, gold.phi) == (None, {}, ())
        text = f" {text_of(record).lower()} "
        assert not [v for v in values if v in text and re.search(rf"(?<!\w){re.escape(v)}(?!\w)", text)]


def test_a_visit_has_one_subject_in_all_streams() -> None:
    subjects: dict[str, set[str | None]] = defaultdict(set)
    registered: dict[str | None, set[str]] = defaultdict(set)
    for stream in RESTRICTED:
        for record, _ in documents(stream):
            subjects[str(record.key).split("-")[1]].add(record.subject)
            registered[record.subject].add(repr(sorted(record.registration.items())))
    assert all(len(found) == 1 for found in subjects.values())
    assert all(len(found) == 1 for found in registered.values())
    assert len(registered) < len(subjects), "some patients come twice"


@pytest.mark.parametrize("stream", ["soap_notes", "ehr_notes"])
def test_notes_say_what_the_conversation_said(stream: str) -> None:
    spoken = {str(r.key).split("-")[1]: content(text_of(r)) for r, g in documents("conversations") if not g.cluster}
    for record, gold in documents(stream):
        if gold.reason:
            continue
        written, said = content(text_of(record)), spoken[str(record.key).split("-")[1]]
        assert len(gold.rubric) >= 7
        for _, term in gold.rubric:
            assert content(term) <= said, (record.key, term, content(term) - said)
            assert content(term) <= written, (record.key, term, content(term) - written)


def test_responses_follow_from_their_prompts() -> None:
    tasks: Counter[str] = Counter()
    for record, gold in documents("clinic_instructions", visits=240):
        (prompt, response), task = record.segments, record.meta["task"]
        tasks[task] += 1
        assert (prompt.scored, response.scored) == (False, True)
        known = content(prompt.text)
        figures = {w for w in content(re.sub(r"(?m)^\d\. ", "", response.text)) if w.isdigit()}
        assert figures <= known, (record.key, figures - known)
        assert all(content(term) <= known & content(response.text) for _, term in gold.rubric)
        assert record.meta.get("rubric", "") == "\n".join(f"{c}: {t}" for c, t in gold.rubric)
        assert (task == "note_generation") == bool(gold.rubric)
    assert tasks.keys() == {"note_generation", "ros_template", "patient_instructions", "qa", "summary"}


def test_rubrics_hold_no_identifier() -> None:
    for record, gold in documents("clinic_instructions"):
        assert not [p.value for p in gold.phi if f" {p.value.lower()} " in f" {record.meta.get('rubric', '').lower()} "]


def test_forms_answer_what_was_asked() -> None:
    seen: Counter[str] = Counter()
    for record, gold in documents("clinic_instructions", visits=240):
        if record.meta["task"] != "ros_template":
            continue
        prompt, response = (s.text for s in record.segments)
        said = prompt.split("\n\n")[1].lower()
        for term, answer in gold.answers:
            seen[answer] += 1
            assert term in response
            assert answer == "not asked" or content(term) <= content(said), (record.key, term)
    assert min(seen[a] for a in ("yes", "no", "not asked")) > 10
    assert all(gold.answers for _, gold in documents("ros_templates"))


def test_planted_duplicates_are_the_only_ones() -> None:
    found = [(r, g) for stream in STREAMS for r, g in documents(stream)]
    texts = {str(r.key): text_of(r) for r, _ in found}
    gold = {str(r.key): g for r, g in found}
    copies = {key: g for key, g in gold.items() if g.cluster}
    assert {g.reason for g in copies.values()} == {"near copy", "exact copy"}
    for key, g in copies.items():
        similar = jaccard(texts[key], texts[g.cluster])
        assert (similar == 1) if g.reason == "exact copy" else (similar >= 0.8), key
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, text in texts.items():
        for gram in five_grams(text):
            holders[gram].append(key)
    shared = Counter((a, b) for keys in holders.values() for i, a in enumerate(keys) for b in keys[:i])
    sizes = {key: len(five_grams(text)) for key, text in texts.items()}
    for (a, b), num in shared.items():
        if num / (sizes[a] + sizes[b] - num) >= 0.8 and "other dose" not in (gold[a].reason, gold[b].reason):
            assert (gold[a].cluster or a) == (gold[b].cluster or b), (a, b)


def test_some_copies_come_on_a_later_day_and_in_another_source() -> None:
    clinic = Clinic(17, 240, DAYS)
    day_of = {r.key: (stream, day) for stream in STREAMS for day in DAYS for r in clinic.records(stream, day)}
    copies = [
        (key, g.cluster)
        for stream in STREAMS
        for key, g in ((r.key, g) for r, g in documents(stream, visits=240))
        if g.cluster
    ]
    assert all(day_of[base][1] <= day_of[copy][1] for copy, base in copies)
    assert any(day_of[base][1] < day_of[copy][1] for copy, base in copies)
    assert any(day_of[base][0] != day_of[copy][0] for copy, base in copies)


def test_another_dose_is_another_content() -> None:
    notes = {r.key: text_of(r) for r, _ in documents("soap_notes", visits=480)}
    again = [r for r, g in documents("soap_notes", visits=480) if g.reason == "other dose"]
    assert again
    for record in again:
        own = notes[str(record.key).removesuffix("-b")]
        assert Counter(re.findall(r"\d+", own)) != Counter(re.findall(r"\d+", text_of(record)))
        assert re.sub(r"[\d.]", "", own) == re.sub(r"[\d.]", "", text_of(record))


def rules_that_drop(stream: str, visits: int) -> list[str]:
    """The quality rule that would drop each document, as the sample profile describes its source; "" for most."""
    from heal_pipeline.filtering.rules import BUILT_IN_RULES, decide
    from heal_pipeline.filtering.signals import measure

    entry = load_profile("sample").source(stream)
    columns = measure([text_of(r) for r, _ in documents(stream, visits=visits)])
    kinds = [entry.kind] * len(columns["chars_v1"])
    return [str(rule) for rule in decide(BUILT_IN_RULES, columns, entry.group, kinds).rule]


@pytest.mark.parametrize("stream", ["general_pages", "medical_pages", "web_crawl"])
def test_quality_rules_can_tell_junk_from_pages(stream: str) -> None:
    golds = [gold for _, gold in documents(stream, visits=240)]
    rules = rules_that_drop(stream, 240)
    junk = [(g.reason, rule) for g, rule in zip(golds, rules, strict=True) if g.drop == "quality"]
    pages = [rule for g, rule in zip(golds, rules, strict=True) if g.drop != "quality"]
    assert junk
    assert [kind for kind, rule in junk if not rule] == []
    assert sum(bool(rule) for rule in pages) <= 0.03 * len(pages), Counter(pages)
    assert len(junk) < 0.5 * len(golds), "a source that is mostly junk is excluded as a whole"


def test_most_captions_are_bad() -> None:
    rules = rules_that_drop("captions", 480)
    assert 0.6 < rules.count("subtitles") / len(rules) < 1


def test_pages_are_not_of_one_mould() -> None:
    """No sentence opens more than a few pages, and few sentences are in many of them."""
    for stream in ("general_pages", "medical_pages", "conversations", "soap_notes"):
        texts = [text_of(r) for r, g in documents(stream) if not (g.drop or g.reason)]
        opening = Counter(text.split("\n")[0][:25] for text in texts)
        assert max(opening.values()) <= max(6, 0.12 * len(texts)), opening.most_common(2)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), visits=st.integers(1, 6), stream=st.sampled_from(list(STREAMS)))
def test_any_seed_gives_clean_texts_and_true_spans(seed: int, visits: int, stream: str) -> None:
    clinic = Clinic(seed, visits, DAYS[:2])
    for day in DAYS[:2]:
        gold = clinic.gold(stream, day)
        records = list(clinic.records(stream, day))
        assert [r.key for r in records] == list(gold)
        assert records or visits < 2
        for record in records:
            assert all(s.text.strip() for s in record.segments)
            assert all(clean(s.text) == s.text for s in record.segments)
            text = text_of(record)
            assert all(text[p.start : p.end] == p.value for p in gold[str(record.key)].phi)
            assert not re.search("[\ue000-\uf8ff]", text)


def test_what_is_not_there_is_refused() -> None:
    clinic = Clinic(17, 3, DAYS)
    with pytest.raises(SourceError, match=r"no stream 'letters'.*conversations"):
        clinic.gold("letters", DAYS[0])
    with pytest.raises(SourceError, match="no day 2027-01-01"):
        list(clinic.records("conversations", "2027-01-01"))


@pytest.mark.spark
def test_the_sample_goes_into_the_lake(spark, lake, passing_validator) -> None:
    from heal_pipeline import sources

    profile = load_profile("sample").model_copy(update={"clinic_documents": 8})
    entry = profile.source("soap_notes")
    result = sources.ingest(spark, lake, profile, entry, profile.days[0], passing_validator)
    assert result.rows_in == result.rows_out > 0
    assert result.metadata["registered_people"] > 0
    ids = set(
        lake.table("raw/soap_notes", profile.days[0], "restricted").read(["subject_id"])["subject_id"].to_pylist()
    )
    assert all(len(i) == 32 for i in ids)
