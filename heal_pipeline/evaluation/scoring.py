"""The log-likelihood of options after a prompt: each prompt passes the model once, its options branch off its cache.

Shape legend: B prompts, P their tokens, N options of a batch, O their tokens, V vocabulary size.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heal_pipeline.evaluation.batching import batches, pad_left, pad_right, positions
from heal_pipeline.evaluation.language_model import LanguageModel

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Request:
    """A prompt and the options that may follow it, as tokens; `truncated` where the prompt lost its beginning."""

    prompt: list[int]
    options: list[list[int]]
    truncated: bool = False


def make_requests(lm: LanguageModel, prompts: list[str], options: list[list[str]]) -> list[Request]:
    """Tokenizes prompts and options as lm-evaluation-harness does: the tokens of prompt and option together, cut where those of the
    prompt alone end. A prompt that does not fit loses its beginning.
    """
    alone = lm.encode(prompts)
    joined = iter(lm.encode([p + o for p, several in zip(prompts, options, strict=True) for o in several]))
    requests = []
    for ids, several in zip(alone, options, strict=True):
        tails = [next(joined)[len(ids) :] for _ in several]
        # An option that melts wholly into the prompt's last token is scored by its own tokens.
        tails = [t or lm.encode([o])[0] for t, o in zip(tails, several, strict=True)]
        room = max(1, lm.context - len(lm.start()) - max(map(len, tails)))
        requests.append(Request(lm.start() + ids[-room:], tails, len(ids) > room))
    return requests


def log_likelihoods(lm: LanguageModel, requests: list[Request]) -> list[list[float]]:
    """log p(option | prompt) in nats, summed over the option's tokens: one number an option of each request."""
    import torch

    scores: list[list[float]] = [[] for _ in requests]
    # What a request takes: its prompt in the cache of each option.
    sizes = [(len(r.prompt) + max(map(len, r.options))) * len(r.options) for r in requests]
    with torch.inference_mode():
        for batch in batches(sizes):
            for index, found in zip(batch, _score(lm, [requests[i] for i in batch]), strict=True):
                scores[index] = found
    return scores


def _score(lm: LanguageModel, requests: list[Request]) -> list[list[float]]:
    import torch

    ids, mask = pad_left([r.prompt for r in requests], lm.pad, lm.device)
    out = lm.model(input_ids=ids, attention_mask=mask, position_ids=positions(mask), use_cache=True, logits_to_keep=1)
    first = out.logits[:, -1].float().log_softmax(dim=-1)  # [B, V]
    owners = torch.tensor([i for i, r in enumerate(requests) for _ in r.options], device=lm.device)
    options = [o for r in requests for o in r.options]
    totals = first[owners, torch.tensor([o[0] for o in options], device=lm.device)].double()
    longer = [i for i, o in enumerate(options) if len(o) > 1]
    if longer:
        chosen = torch.tensor(longer, device=lm.device)
        out.past_key_values.batch_select_indices(owners[chosen])
        totals[chosen] += _score_rest(lm, [options[i] for i in longer], mask[owners[chosen]], out.past_key_values)
    found = iter(totals.tolist())
    return [[next(found) for _ in r.options] for r in requests]


def _score_rest(
    lm: LanguageModel, options: list[list[int]], prompt_mask: "torch.Tensor", cache: object
) -> "torch.Tensor":
    """float64[N]: the summed log-probabilities of the options' second and later tokens, given the cache of their prompts."""
    import torch

    ids, mask = pad_right([o[:-1] for o in options], lm.pad, lm.device)
    targets, _ = pad_right([o[1:] for o in options], lm.pad, lm.device)
    seen = torch.cat([prompt_mask, mask], dim=1)
    logits = lm.model(
        input_ids=ids,
        attention_mask=seen,
        position_ids=positions(seen)[:, -ids.shape[1] :],
        past_key_values=cache,
        use_cache=True,
    ).logits
    found = logits.float().log_softmax(dim=-1).gather(2, targets[..., None])[..., 0]  # [N, O - 1]
    return (found.double() * mask).sum(dim=1)
