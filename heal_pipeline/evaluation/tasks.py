"""The generation table: what the models write on held-out instructions, against the references, by task.

How texts are written and compared is in generation.py and rouge.py; note content is judged in notes/.
"""

from typing import Any

from heal_pipeline.evaluation import rouge, statistics
from heal_pipeline.evaluation.generation import generate, make_prompts
from heal_pipeline.evaluation.held_out import Instruction, held_out_instructions
from heal_pipeline.evaluation.language_model import LanguageModel, compared_models, fingerprints
from heal_pipeline.evaluation.reporting import result, table, write_report
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile

TITLE = "Generation on held-out instructions"
ABSENT = "no held-out document is an instruction: give the profile a source of kind instruction, and cut a release"
METRICS = (*rouge.ROUGE_TYPES, "token_f1")
COMPARISONS = (("tuned", "base"), ("tuned", "pretrained"))
COMPARED_METRIC = "rougeLsum"

Scores = dict[str, float | None]
"""The measures of one item, and what is counted of it."""


def generation_tasks(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/generation.json: ROUGE, word F1 and exact match of greedy answers, by task and model.

    Raises:
        GateError: a model or the validation set has not been committed.
    """
    tasks = {task: items[: profile.evaluation.limit] for task, items in held_out_instructions(lake, profile).items()}
    if not tasks:
        write_report(lake, "generation", TITLE, [], absent=ABSENT)
        return result("generation_tasks", 0, [])
    scores = {lm.name: answer(lm, tasks, profile.evaluation.max_new_tokens) for lm in compared_models(lake, profile)}
    tables = [
        table(
            "Generation by task",
            [
                _row(profile, task, model, by_task[task], tasks[task])
                for task in tasks
                for model, by_task in scores.items()
            ],
            f"Greedy, at most {profile.evaluation.max_new_tokens} new tokens. F1 of ROUGE with Porter stems; rougeLsum over split "
            "sentences (the paper's Rouge-cls, read as LCS at summary level). Intervals: 95 % bootstrap over people. "
            f"Exact match: where the reference has at most {rouge.SHORT_WORDS} words. Truncated: prompts that did not fit.",
        ),
        table(
            "Generation: paired differences",
            [_difference(profile, task, a, b, scores, tasks[task]) for task in tasks for a, b in COMPARISONS],
            f"Mean difference in {COMPARED_METRIC} over the same items, with its 95 % bootstrap interval.",
        ),
    ]
    write_report(lake, "generation", TITLE, tables, models=fingerprints(lake))
    num_items = sum(map(len, tasks.values()))
    return result("generation_tasks", num_items, tables, metadata={"tasks": len(tasks), "items": num_items})


def answer(lm: LanguageModel, tasks: dict[str, list[Instruction]], max_new_tokens: int) -> dict[str, list[Scores]]:
    """Lets a model answer the items of all tasks, and scores its answers."""
    items = [item for several in tasks.values() for item in several]
    prompts = make_prompts(lm, [i.prompt for i in items], max_new_tokens)
    texts = generate(lm, [p.ids for p in prompts], max_new_tokens)
    scores: dict[str, list[Scores]] = {task: [] for task in tasks}
    for item, prompt, text in zip(items, prompts, texts, strict=True):
        values: Scores = {**rouge.score(item.reference, text)}
        scores[item.task].append({**values, "words": float(len(text.split())), "truncated": float(prompt.truncated)})
    return scores


def _row(profile: Profile, task: str, model: str, scores: list[Scores], items: list[Instruction]) -> dict[str, Any]:
    settings = profile.evaluation
    compared = [s[COMPARED_METRIC] or 0.0 for s in scores]
    low, high = statistics.bootstrap(compared, settings.bootstrap_samples, profile.seed, [i.subject for i in items])
    short = [s["exact_match"] for s in scores if s["exact_match"] is not None]
    return {
        "task": task,
        "model": model,
        "items": len(scores),
        **{metric: statistics.mean([s[metric] for s in scores]) for metric in METRICS},
        f"{COMPARED_METRIC}_low": low,
        f"{COMPARED_METRIC}_high": high,
        "exact_match": statistics.mean(short),
        "short_items": len(short),
        "words": statistics.mean([s["words"] for s in scores]),
        "truncated": int(sum(s["truncated"] or 0 for s in scores)),
    }


def _difference(
    profile: Profile, task: str, a: str, b: str, scores: dict[str, dict[str, list[Scores]]], items: list[Instruction]
) -> dict[str, Any]:
    settings = profile.evaluation
    first, second = ([s[COMPARED_METRIC] or 0.0 for s in scores[model][task]] for model in (a, b))
    clusters = [i.subject for i in items]
    mean, low, high = statistics.paired_difference(first, second, settings.bootstrap_samples, profile.seed, clusters)
    return {"task": task, "models": f"{a} - {b}", "items": len(items), "difference": mean, "low": low, "high": high}
