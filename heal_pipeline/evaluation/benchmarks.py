"""The public-benchmark table: PubMedQA, MedQA, MedMCQA, MMLU by the log-likelihood of the options, model beside model.

PubMedQA is the reasoning-required setting: abstract without conclusion, question, yes/no/maybe (Jin et al. 2019). A choice is asked in
two ways: by its letter, with the options in the prompt (as lm-evaluation-harness asks MedQA), and by its own words.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heal_pipeline import evaluation_sets
from heal_pipeline.evaluation import statistics
from heal_pipeline.evaluation.language_model import LanguageModel, compared_models, fingerprints, load_model
from heal_pipeline.evaluation.reporting import result, rounded, table, write_report
from heal_pipeline.evaluation.scoring import log_likelihoods, make_requests
from heal_pipeline.evaluation_sets import Item
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile

TITLE = "Public benchmarks"
LETTERS = evaluation_sets.LETTERS
PUBMEDQA = "pubmedqa"
COMPARISONS = (("pretrained", "base"), ("tuned", "base"), ("tuned", "pretrained"))
NOTE = (
    "Zero-shot, by log-likelihood. Accuracy: of the option's letter after the question and its options; for PubMedQA of yes, no, maybe "
    "after abstract (without conclusion) and question. Text accuracy: of the option's own words after the question alone, raw and a "
    "character. Low and high: Wilson's 95 % interval. Majority: always the most frequent answer. Truncated: prompts that did not fit."
)


@dataclass(frozen=True)
class Answers:
    """What a model chose: indices of options, one an item.

    Attributes:
        choices: by the letter (PubMedQA: by the word).
        texts: by the option's words; `normalised` by their log-likelihood a character. Both are `choices` for PubMedQA.
        truncated: prompts that lost their beginning.
    """

    choices: list[int]
    texts: list[int]
    normalised: list[int]
    truncated: int


def public_benchmarks(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/benchmarks.json. A task without files has a table that says why.

    Raises:
        GateError: a model has not been committed.
        EvaluationSetError: a question set's file is missing or has another form.
    """
    tasks = {t: evaluation_sets.load_task(profile, t, profile.evaluation.limit) for t in evaluation_sets.TASKS}
    present = {task: items for task, items in tasks.items() if items}
    tables: list[dict[str, Any]] = []
    if present:
        answers: dict[str, dict[str, Answers]] = {}
        for lm in compared_models(lake, profile):
            answers[lm.name] = {task: answer_items(lm, items) for task, items in present.items()}
        flagged = contaminated(lake)
        rows = [_row(t, m, present[t], answers[m][t], flagged) for t in present for m in answers]
        pairs = [_comparison(profile, t, a, b, present[t], answers) for t in present for a, b in COMPARISONS]
        tables += [table(TITLE, rows, NOTE), table("Public benchmarks: paired differences", pairs, PAIRED_NOTE)]
    reasons = {task: evaluation_sets.absent(profile, task) for task in tasks if task not in present}
    tables += [table(f"{TITLE}: {task}", [], absent=reason) for task, reason in reasons.items()]
    whole = (
        "" if present else "the profile names no question sets that are there: put files under evaluation.benchmarks"
    )
    write_report(lake, "benchmarks", TITLE, tables, absent=whole, models=fingerprints(lake) if present else None)
    num_items = sum(map(len, present.values()))
    return result("public_benchmarks", num_items, tables, metadata={"tasks": len(present), "items": num_items})


PAIRED_NOTE = (
    "Difference of accuracy over the same items, its 95 % bootstrap interval, and the p value of McNemar's exact test."
)


def benchmark_file(
    model_path: str | Path, task: str, data_file: str | Path, limit: int | None = None
) -> dict[str, Any]:
    """The scores of a checkpoint on one file of a task: the row of the benchmark table.

    Args:
        model_path: a Hugging Face folder with its tokenizer.
        task: one of `evaluation_sets.TASKS`.
        data_file: in the publisher's format.
        limit: the first items of the file that are read; None reads all.

    Raises:
        UserError: the task is unknown, the file has another form, or the folder is no checkpoint.
    """
    items = evaluation_sets.read_items(task, Path(data_file))[:limit]
    lm = load_model(model_path)
    return rounded(_row(task, lm.name, items, answer_items(lm, items), frozenset()))  # type: ignore[no-any-return]


def answer_items(lm: LanguageModel, items: Sequence[Item]) -> Answers:
    """Lets a model choose an option of each item."""
    scores, truncated = _scores(lm, [prompt(i) for i in items], [choices(i) for i in items])
    chosen = [_best(s) for s in scores]
    if all(i.task == PUBMEDQA for i in items):
        return Answers(chosen, chosen, chosen, truncated)
    texts = [[f" {option}" for option in i.options] for i in items]
    scores, _ = _scores(lm, [f"Question: {i.question}\nAnswer:" for i in items], texts)
    by_character = [
        [score / max(1, len(option)) for score, option in zip(row, item.options, strict=True)]
        for row, item in zip(scores, items, strict=True)
    ]
    return Answers(chosen, [_best(s) for s in scores], [_best(s) for s in by_character], truncated)


def prompt(item: Item) -> str:
    """What a model reads of an item, up to the answer."""
    if item.task == PUBMEDQA:
        return f"Abstract: {item.context}\nQuestion: {item.question}\nAnswer:"
    options = "".join(
        f"{letter}. {option}\n" for letter, option in zip(LETTERS[: len(item.options)], item.options, strict=True)
    )
    return f"Question: {item.question}\n{options}Answer:"


def choices(item: Item) -> list[str]:
    """What may follow an item's prompt, in the order of its options."""
    if item.task == PUBMEDQA:
        return [f" {option}" for option in item.options]
    return [f" {letter}" for letter in LETTERS[: len(item.options)]]


def contaminated(lake: Lake) -> frozenset[tuple[str, str]]:
    """(task, item_id) of the items of which decontamination found text in a document, on any day."""
    found: set[tuple[str, str]] = set()
    for day in lake.days("contamination"):
        if lake.table("contamination", day).committed():
            rows = lake.table("contamination", day).read(["task", "item_id"]).to_pylist()
            found |= {(r["task"], r["item_id"]) for r in rows}
    return frozenset(found)


def _scores(lm: LanguageModel, prompts: list[str], options: list[list[str]]) -> tuple[list[list[float]], int]:
    requests = make_requests(lm, prompts, options)
    return log_likelihoods(lm, requests), sum(r.truncated for r in requests)


def _best(scores: list[float]) -> int:
    """The index of the largest score, the first of equal ones."""
    return max(range(len(scores)), key=lambda i: (scores[i], -i))


def _row(
    task: str, model: str, items: Sequence[Item], answers: Answers, flagged: frozenset[tuple[str, str]]
) -> dict[str, Any]:
    right = [chosen == item.answer for chosen, item in zip(answers.choices, items, strict=True)]
    low, high = statistics.wilson(sum(right), len(right))
    clean = [r for r, item in zip(right, items, strict=True) if (task, item.item_id) not in flagged]
    is_pubmedqa = task == PUBMEDQA
    num_options = max(len(i.options) for i in items)
    return {
        "task": task,
        "model": model,
        "items": len(items),
        "options": num_options,
        "chance": sum(1 / len(i.options) for i in items) / len(items),
        "majority": max(Counter(i.answer for i in items).values()) / len(items),
        "accuracy": _share(right),
        "low": low,
        "high": high,
        "macro_f1": statistics.macro_f1([i.answer for i in items], answers.choices, num_options)
        if is_pubmedqa
        else None,
        "text_accuracy": None if is_pubmedqa else _accuracy(items, answers.texts),
        "text_accuracy_per_character": None if is_pubmedqa else _accuracy(items, answers.normalised),
        "contaminated_items": len(items) - len(clean),
        "accuracy_without_them": _share(clean) if len(clean) < len(items) else None,
        "truncated": answers.truncated,
    }


def _comparison(
    profile: Profile, task: str, a: str, b: str, items: Sequence[Item], answers: dict[str, dict[str, Answers]]
) -> dict[str, Any]:
    first, second = (
        [chosen == item.answer for chosen, item in zip(answers[model][task].choices, items, strict=True)]
        for model in (a, b)
    )
    mean, low, high = statistics.paired_difference(first, second, profile.evaluation.bootstrap_samples, profile.seed)
    values = {"difference": mean, "low": low, "high": high, "mcnemar_p": statistics.mcnemar(first, second)}
    return {"task": task, "models": f"{a} - {b}", "items": len(items), **values}


def _accuracy(items: Sequence[Item], chosen: list[int]) -> float | None:
    return _share([c == i.answer for c, i in zip(chosen, items, strict=True)])


def _share(right: list[bool]) -> float | None:
    return sum(right) / len(right) if right else None
