"""Greedy writing in batches: prompts padded on the left, keys and values kept, a batch over when all its texts have ended."""

from dataclasses import dataclass

from heal_pipeline.evaluation.batching import batches, pad_left, positions
from heal_pipeline.evaluation.language_model import LanguageModel


@dataclass(frozen=True)
class Prompt:
    """The tokens of a prompt that leave room for the answer; `truncated` where some had to go."""

    ids: list[int]
    truncated: bool


def make_prompts(lm: LanguageModel, texts: list[str], max_new_tokens: int) -> list[Prompt]:
    """Tokenizes prompts. Of one that does not fit, the instruction (its first line) stays and what follows loses its beginning.

    Args:
        max_new_tokens: room that is kept for the answer, at most half the model's context.
    """
    room = lm.context - new_tokens(lm, max_new_tokens) - len(lm.start())
    prompts = []
    for text, ids in zip(texts, lm.encode(texts), strict=True):
        if len(ids) <= room:
            prompts.append(Prompt(lm.start() + ids, False))
            continue
        line = text.find("\n") + 1
        instruction = lm.encode([text[:line]])[0] if line else []
        # An instruction that alone takes half the room is no heading of a longer text: cut it like the rest.
        head = instruction if len(instruction) <= room // 2 else []
        prompts.append(Prompt(lm.start() + head + ids[len(ids) - room + len(head) :], True))
    return prompts


def new_tokens(lm: LanguageModel, wanted: int) -> int:
    """The tokens that an answer may have: what is wanted, at most half the model's context."""
    return min(wanted, lm.context // 2)


def generate(lm: LanguageModel, prompts: list[list[int]], max_new_tokens: int) -> list[str]:
    """The most likely continuation of each prompt, token by token, up to an end token or `max_new_tokens`.

    Raises:
        ValueError: a prompt is empty.
    """
    import torch

    if not all(prompts):
        raise ValueError("a prompt without tokens cannot be continued")
    limit = new_tokens(lm, max_new_tokens)
    texts = [""] * len(prompts)
    with torch.inference_mode():
        for batch in batches([len(p) + limit for p in prompts]):
            for index, ids in zip(batch, _continue(lm, [prompts[i] for i in batch], limit), strict=True):
                texts[index] = lm.decode(ids)
    return texts


def _continue(lm: LanguageModel, prompts: list[list[int]], limit: int) -> list[list[int]]:
    import torch
    from transformers import StaticCache

    ids, mask = pad_left(prompts, lm.pad, lm.device)
    num_rows, width = ids.shape
    # A cache of the final size: one that grows by concatenation is copied whole at every token.
    cache = StaticCache(config=lm.model.config, max_cache_len=width + limit)
    ends = torch.tensor(sorted(lm.ends), device=lm.device, dtype=torch.int64)
    running = torch.ones(num_rows, dtype=torch.bool, device=lm.device)
    places = positions(mask)
    written: list[list[int]] = [[] for _ in prompts]
    for _ in range(limit):
        logits = lm.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        chosen = logits[:, -1].argmax(dim=-1)
        running = running & ~torch.isin(chosen, ends)
        for row, (token, goes_on) in enumerate(zip(chosen.tolist(), running.tolist(), strict=True)):
            if goes_on:
                written[row].append(token)
        if not running.any():
            break
        ids, places = chosen[:, None], places[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(num_rows, 1)], dim=1)
    return written
