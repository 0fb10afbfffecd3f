"""Greedy writing in padded batches gives what each prompt gives alone, and what transformers' own generate gives."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.evaluation.generation import generate, make_prompts

TEXTS = [
    "Write the note.\n",
    "Any fever?",
    "Doctor: What brings you in?\nPatient: A cough for three days, and a fever.\n",
]


def test_a_batch_writes_what_each_prompt_writes_alone(lm) -> None:
    prompts = [p.ids for p in make_prompts(lm, TEXTS, 20)]
    assert generate(lm, prompts, 20) == [generate(lm, [p], 20)[0] for p in prompts]


def test_it_writes_what_transformers_generates(lm) -> None:
    prompts = [p.ids for p in make_prompts(lm, TEXTS, 20)]
    for prompt, text in zip(prompts, generate(lm, prompts, 20), strict=True):
        ids = lm.model.generate(torch.tensor([prompt]), max_new_tokens=20, do_sample=False, pad_token_id=lm.pad)
        assert text == lm.decode(ids[0, len(prompt) :].tolist())


def test_a_text_ends_at_an_end_token_whatever_its_neighbours_do(lm) -> None:
    prompts = [p.ids for p in make_prompts(lm, TEXTS, 20)]
    free = lm.model.generate(torch.tensor([prompts[0]]), max_new_tokens=20, do_sample=False, pad_token_id=lm.pad)
    free = free[0, len(prompts[0]) :].tolist()
    stop = free[3]  # what the first text writes fourth now ends texts
    stopping = dataclasses.replace(lm, ends=frozenset([stop]))
    texts = generate(stopping, prompts, 20)
    assert texts[0] == lm.decode(free[: free.index(stop)])
    assert texts == [generate(stopping, [p], 20)[0] for p in prompts]


def test_the_answer_is_no_longer_than_wanted(lm) -> None:
    (prompt,) = make_prompts(lm, TEXTS[:1], 5)
    without_end = dataclasses.replace(lm, ends=frozenset())
    short, long = (generate(without_end, [prompt.ids], n)[0] for n in (5, 10))
    assert long.startswith(short)
    assert len(short) < len(long)


@settings(max_examples=30, deadline=None)
@given(words=st.integers(0, 300), new=st.integers(1, 500))
def test_prompts_fit_and_keep_their_instruction(lm, words: int, new: int) -> None:
    text = "Write the note.\n" + " ".join(f"w{i % 10}" for i in range(words)) + "\nthe end"
    (prompt,) = make_prompts(lm, [text], new)
    assert len(prompt.ids) + min(new, lm.context // 2) <= lm.context
    read = lm.decode(prompt.ids)
    assert read.startswith("Write the note.")
    assert read.endswith("the end")
    assert prompt.truncated == (read != text)


def test_a_long_first_line_is_cut_like_the_rest(lm) -> None:
    (prompt,) = make_prompts(lm, ["word " * 300 + "\nthe end"], 10)
    assert prompt.truncated
    assert len(prompt.ids) + 10 == lm.context
    assert lm.decode(prompt.ids).endswith("the end")


def test_an_empty_prompt_is_refused(lm) -> None:
    with pytest.raises(ValueError, match="without tokens"):
        generate(lm, [[]], 3)
