"""The log-likelihoods of options are those of a plain loop over whole texts, however prompts are batched and padded."""

import pytest
import torch

from heal_pipeline.evaluation.batching import batches
from heal_pipeline.evaluation.benchmarks import answer_items, choices
from heal_pipeline.evaluation.benchmarks import prompt as prompt_of
from heal_pipeline.evaluation.scoring import Request, log_likelihoods, make_requests
from heal_pipeline.evaluation_sets import Item

PROMPTS = ["Question: why?\nAnswer:", "Abstract: " + "a long tale of coughs " * 4 + "\nAnswer:", "Any fever?"]
OPTIONS = [[" yes", " no", " maybe, or not at all"], [" amoxicillin 500 mg", " tea"], [" A", " B", " C", " D"]]


def test_a_fifth_option_is_shown_and_may_be_chosen(lm) -> None:
    options = ("rest", "tea", "aspirin", "surgery", "none of these")
    items = [Item("medqa", f"t:{i}", "What now?", "", options[i:] + options[:i], 4) for i in range(5)]
    assert "E. none of these\n" in prompt_of(items[0])
    assert choices(items[0]) == [" A", " B", " C", " D", " E"]
    answers = answer_items(lm, items)
    assert all(0 <= chosen < 5 for chosen in (*answers.choices, *answers.texts))


def naive(lm, prompt: list[int], option: list[int]) -> float:
    """One unpadded pass over prompt and option, without a cache."""
    with torch.no_grad():
        logits = lm.model(input_ids=torch.tensor([prompt + option])).logits[0].float().log_softmax(-1)
    places = range(len(prompt) - 1, len(prompt) + len(option) - 1)
    return sum(float(logits[i, token]) for i, token in zip(places, option, strict=True))


def test_scores_are_those_of_a_plain_loop(lm) -> None:
    requests = make_requests(lm, PROMPTS, OPTIONS)
    found = log_likelihoods(lm, requests)
    for request, scores in zip(requests, found, strict=True):
        assert scores == pytest.approx([naive(lm, request.prompt, o) for o in request.options], abs=1e-4)


def test_scores_do_not_depend_on_the_company(lm) -> None:
    requests = make_requests(lm, PROMPTS, OPTIONS)
    alone = [log_likelihoods(lm, [r])[0] for r in requests]
    for together, single in zip(log_likelihoods(lm, requests * 3), alone * 3, strict=True):
        assert together == pytest.approx(single, abs=1e-4)


def test_prompt_and_option_are_tokenized_together(lm) -> None:
    requests = make_requests(lm, PROMPTS, OPTIONS)
    for prompt, options, request in zip(PROMPTS, OPTIONS, requests, strict=True):
        for text, tokens in zip(options, request.options, strict=True):
            assert lm.start() + lm.encode([prompt + text])[0] == request.prompt + tokens
        assert not request.truncated


def test_a_prompt_that_does_not_fit_loses_its_beginning(lm) -> None:
    long = "word " * 500 + "the end"
    (request,) = make_requests(lm, [long], [[" yes", " no way at all"]])
    assert request.truncated
    assert len(request.prompt) + max(map(len, request.options)) <= lm.context
    assert request.prompt[0] == lm.bos
    assert lm.decode(request.prompt).endswith("the end")
    assert log_likelihoods(lm, [request])[0] == pytest.approx(
        [naive(lm, request.prompt, o) for o in request.options], abs=1e-4
    )


def test_no_requests_and_equal_options(lm) -> None:
    assert log_likelihoods(lm, []) == []
    assert len(set(log_likelihoods(lm, [Request([0, 5, 6], [[7, 8], [7, 8]])])[0])) == 1


def test_batches_hold_every_row_once_and_keep_to_the_budget() -> None:
    sizes = [5, 90, 3, 3, 40, 41, 200, 7]
    found = list(batches(sizes, budget=100))
    assert sorted(i for batch in found for i in batch) == list(range(len(sizes)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(sizes[i] for i in batch) <= 100


def test_special_tokens_in_a_text_are_text(lm) -> None:
    assert lm.bos not in lm.encode(["a <s> b </s>"])[0]
