"""The note-quality table: missed, incorrect and irrelevant content of generated notes, beside a ceiling and a baseline."""

from collections.abc import Sequence
from typing import Any

from heal_pipeline.errors import UserError
from heal_pipeline.evaluation import statistics
from heal_pipeline.evaluation.generation import generate, make_prompts
from heal_pipeline.evaluation.held_out import NOTE_TASK, Instruction, held_out_instructions
from heal_pipeline.evaluation.language_model import compared_models, fingerprints
from heal_pipeline.evaluation.notes.matching import NoteScore, score_note
from heal_pipeline.evaluation.notes.rubric import Entry, derive_rubric, parse_rubric
from heal_pipeline.evaluation.notes.writing import doctors_turns
from heal_pipeline.evaluation.reporting import result, table, write_report
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile

TITLE = "Note quality"
ABSENT = f"no held-out instruction has the task {NOTE_TASK}: give the profile a source of such instructions, and cut a release"
ERRORS = ("missed", "incorrect", "irrelevant")
CEILING, BASELINE = "reference note", "doctor's turns"
MATCHER = "lexical matcher (terms, negation, numbers)"


def note_quality(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/note_quality.json: the errors a note, for each model, for the reference and for an extract.

    Raises:
        GateError: a model or the validation set has not been committed.
    """
    settings = profile.evaluation
    items = held_out_instructions(lake, profile).get(NOTE_TASK, [])[: settings.note_conversations]
    if not items:
        write_report(lake, "note_quality", TITLE, [], absent=ABSENT)
        return result("note_quality", 0, [])
    notes = {CEILING: [i.reference for i in items], BASELINE: [doctors_turns(_conversation(i)) for i in items]}
    truncated: dict[str, int] = {}
    for lm in compared_models(lake, profile):
        prompts = make_prompts(lm, [i.prompt for i in items], settings.max_new_tokens)
        notes[lm.name] = generate(lm, [p.ids for p in prompts], settings.max_new_tokens)
        truncated[lm.name] = sum(p.truncated for p in prompts)
    rubrics = [_rubric(i) for i in items]
    scores = {
        system: [
            score_note(note, rubric, (item.reference, item.prompt))
            for note, rubric, item in zip(texts, rubrics, items, strict=True)
        ]
        for system, texts in notes.items()
    }
    tables = _tables(profile, items, scores, truncated)
    write_report(lake, "note_quality", TITLE, tables, models=fingerprints(lake))
    return result("note_quality", len(items), tables, metadata={"notes": len(items), "systems": len(scores)})


def score_notes(notes: Sequence[dict[str, Any]], rubrics: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores notes by their rubrics.

    Args:
        notes: {"id", "text"} each.
        rubrics: {"id", "text"} each, the text one entry a line ("category: term", or the term alone); optionally "reference" and
            "conversation", whose content is then not irrelevant.

    Returns:
        one record a note: its id, the counts and shares of `NoteScore.counts`, and the entries and statements behind them.

    Raises:
        UserError: a note has no rubric, a rubric has no entries, or an id stands twice.
    """
    by_id: dict[Any, dict[str, Any]] = {}
    for rubric in rubrics:
        if rubric["id"] in by_id:
            raise UserError(f"the rubric {rubric['id']!r} stands twice: give one rubric an id")
        by_id[rubric["id"]] = rubric
    records = []
    for note in notes:
        if note["id"] not in by_id:
            raise UserError(f"the note {note['id']!r} has no rubric: add a line with its id to the rubrics")
        rubric = by_id[note["id"]]
        entries = parse_rubric(rubric["text"])
        if not entries:
            raise UserError(f'the rubric {note["id"]!r} has no entries: give one a line in "text"')
        sources = [str(rubric[key]) for key in ("reference", "conversation") if rubric.get(key)]
        records.append({"id": note["id"], **_with_evidence(score_note(note["text"], entries, sources))})
    return records


def _with_evidence(score: NoteScore) -> dict[str, Any]:
    return {
        **score.counts(),
        "missed_entries": score.missed,
        "incorrect_entries": score.incorrect,
        "irrelevant_statements": score.irrelevant,
    }


def _conversation(item: Instruction) -> str:
    """A prompt without its first line, which is the instruction."""
    return item.prompt.partition("\n")[2].strip() or item.prompt


def _rubric(item: Instruction) -> list[Entry]:
    """The rubric that came with the item, else one drawn from its reference."""
    return parse_rubric(item.rubric) or derive_rubric(item.reference)


def _origin(item: Instruction) -> str:
    return "given" if parse_rubric(item.rubric) else "derived"


def _tables(
    profile: Profile, items: list[Instruction], scores: dict[str, list[NoteScore]], truncated: dict[str, int]
) -> list[dict[str, Any]]:
    """One table of means for each origin of rubrics (they do not compare), and one with every note."""
    tables = []
    for origin in sorted({_origin(i) for i in items}, reverse=True):
        chosen = [n for n, item in enumerate(items) if _origin(item) == origin]
        rows = [
            _mean_row(profile, system, [found[n] for n in chosen], [items[n] for n in chosen])
            for system, found in scores.items()
        ]
        source = "came with the records" if origin == "given" else "were drawn from the reference notes by rule"
        tables.append(
            table(
                f"Note quality, {origin} rubrics",
                rows,
                f"Automatic, not human: {MATCHER}. Errors a note, with 95 % bootstrap intervals over people. The rubrics {source}. "
                f"Prompts that did not fit: {', '.join(f'{m} {n}' for m, n in truncated.items())}.",
            )
        )
    rows = [
        {"note": n + 1, "rubric": _origin(items[n]), "system": system, **_shown(found[n])}
        for n in range(len(items))
        for system, found in scores.items()
    ]
    return [*tables, table("Note quality by note", rows)]


def _mean_row(profile: Profile, system: str, scores: list[NoteScore], items: list[Instruction]) -> dict[str, Any]:
    counts = [s.counts() for s in scores]
    row: dict[str, Any] = {
        "system": system,
        "notes": len(scores),
        "entries": statistics.mean([c["entries"] for c in counts]),
    }
    for error in ERRORS:
        values = [c[error] for c in counts]
        low, high = statistics.bootstrap(
            values, profile.evaluation.bootstrap_samples, profile.seed, [i.subject for i in items]
        )
        row |= {error: statistics.mean(values), f"{error}_low": low, f"{error}_high": high}
    for name in ("unsupported_terms", "completeness", "correctness", "conciseness", "coverage"):
        row[name] = statistics.mean([c[name] for c in counts])
    return row


def _shown(score: NoteScore) -> dict[str, Any]:
    counts = score.counts()
    return {name: counts[name] for name in ("entries", "captured", *ERRORS, "statements", "unsupported_terms")}
