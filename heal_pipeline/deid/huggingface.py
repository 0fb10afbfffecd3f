"""Token classification models of the Hugging Face kind as a detector: long texts in overlapping windows, windows in batches."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from heal_pipeline.deid.detectors import Found
from heal_pipeline.deid.resolving import MODEL, Ranked
from heal_pipeline.deid.tagger import MIN_DOUBT, Doubt, Token, tokens_of
from heal_pipeline.errors import UserError

WINDOW, WINDOW_OVERLAP = 512, 64
"""Tokens a window at most, the model's special ones included, and tokens that neighbouring windows share."""
BATCH = 16
"""Windows a batch: those of about the same length, so that little is padded."""
_TYPES = tuple(
    (re.compile(names), type_)
    for names, type_ in (
        ("MAIL", "EMAIL_ADDRESS"),
        ("URL|WEB", "URL"),
        ("(?<![A-Z])IP(?![A-Z]*CODE)", "IP_ADDRESS"),
        ("SSN|SOCIALSEC", "US_SSN"),
        ("MRN|MEDICAL_?RECORD", "MEDICAL_RECORD_NUMBER"),
        ("PHONE|FAX|TEL(?!L)|PAGER", "PHONE_NUMBER"),
        ("DATE|TIME|DOB", "DATE_TIME"),
        ("(?<![A-Z])AGES?(?![A-Z])", "AGE"),
        ("PATIENT|STAFF|DOCTOR|HCW|NAME|(?<![A-Z])PER(?:SON)?(?![A-Z])", "PERSON"),
        ("HOSP|(?<![A-Z])LOC|GPE|CITY|STATE|STREET|ZIP|COUNT[RY]|ADDRESS|PLACE", "LOCATION"),
        ("ORG|COMPANY|VENDOR", "ORGANIZATION"),
    )
)
"""Parts of labels, upper case, and Presidio's name for what they mean; the first that fits counts."""
_JOINT = re.compile(r"[-./:@'_]?")
"""What may stand between two words of one identifier, beside the blank that the detector joins at: "614-287-9304"."""


Suspicion = tuple[float, str]
"""The probability of being an identifier, and the likeliest type of one."""


class Window(NamedTuple):
    """A piece of a text as the model reads it.

    Attributes:
        text: the number of the text.
        ids: token ids, special ones included.
        offsets: half-open character offsets of each token; empty for special tokens.
    """

    text: int
    ids: list[int]
    offsets: list[tuple[int, int]]


class HuggingFaceFinder:
    """A token classification model, on the GPU in half precision where there is one, else on the CPU.

    A word is as suspicious as its most suspicious token in any of the windows that see it.

    Args:
        model: path or hub id; its labels are read with or without B-, I-, L-, U-, E-, S- before them. A hub id that is not in
            the cache of transformers is fetched by it, unless HF_HUB_OFFLINE is set.
        threshold: words whose probability of being harmless is below this are identifiers.

    Raises:
        UserError: none is named, or it cannot be loaded, or it is no trained token classifier with a label for "outside".
    """

    def __init__(self, model: str | None, threshold: float):
        if not model:
            raise UserError("the detector hf needs a model: set `deid.hf_model` of the profile to its path or hub id")
        import torch

        self._tokenizer, self._model = _load(model)
        types = [_type_of(self._model.config.id2label[i]) for i in range(self._model.config.num_labels)]
        self._outside = [i for i, type_ in enumerate(types) if type_ is None]
        self._labels_of = {
            t: [i for i, type_ in enumerate(types) if type_ == t] for t in sorted({*filter(None, types)})
        }
        if not self._outside or not self._labels_of:
            raise UserError(
                f"deid.hf_model {model} has no label O beside labels of identifiers: give a model that was trained to find them"
            )
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = self._model.to(self._device, torch.float16 if self._device == "cuda" else torch.float32).eval()
        self._threshold = threshold
        self._window = min(WINDOW, _positions(self._model), self._tokenizer.model_max_length)

    def find(self, texts: Sequence[str]) -> list[Found]:
        windows = list(self._windows(texts))
        words = [tokens_of(text) for text in texts]
        suspicions: list[list[Suspicion]] = [[(0.0, "")] * len(of_text) for of_text in words]
        by_length = sorted(range(len(windows)), key=lambda i: (len(windows[i].ids), i))
        for first in range(0, len(by_length), BATCH):
            batch = [windows[i] for i in by_length[first : first + BATCH]]
            for window, scored in zip(batch, self._score(batch), strict=True):
                _add(suspicions[window.text], words[window.text], window.offsets, scored)
        return [self._found(*of_text) for of_text in zip(texts, words, suspicions, strict=True)]

    def _windows(self, texts: Sequence[str]) -> Iterator[Window]:
        """Overlapping windows of the texts. Blank texts have none."""
        overlap = min(WINDOW_OVERLAP, self._window // 4)
        for i, text in enumerate(texts):
            if text.strip():
                encoded = self._tokenizer(
                    text, truncation=True, max_length=self._window, stride=overlap,
                    return_overflowing_tokens=True, return_offsets_mapping=True,
                )  # fmt: skip
                for ids, offsets in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
                    yield Window(i, ids, offsets)

    def _score(self, batch: Sequence[Window]) -> Iterator[list[Suspicion]]:
        """The suspicion of each token of each window."""
        import torch

        padded = self._tokenizer.pad(
            {"input_ids": [w.ids for w in batch]}, padding_side="right", return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            probabilities = self._model(**padded).logits.float().softmax(-1).cpu()  # [windows, tokens, labels]
        suspicion = 1.0 - probabilities[..., self._outside].sum(-1)
        types = list(self._labels_of)
        masses = torch.stack([probabilities[..., self._labels_of[t]].sum(-1) for t in types], -1)
        for window, scores, best in zip(batch, suspicion.tolist(), masses.argmax(-1).tolist(), strict=True):
            yield [(scores[i], types[best[i]]) for i in range(len(window.ids))]

    def _found(self, text: str, words: list[Token], suspicions: list[Suspicion]) -> Found:
        """Identifiers and doubts among the words of a text; neighbours of a type without a blank between them are one."""
        ranked: list[Ranked] = []
        doubts: list[Doubt] = []
        for (start, end), (suspicion, type_) in zip(words, suspicions, strict=True):
            score = round(suspicion, 6)
            if score <= 1.0 - self._threshold:
                if score > MIN_DOUBT and text[start].isalnum():
                    doubts.append((start, end, score))
                continue
            if ranked:
                _, (first, last, before, least) = ranked[-1]
                if before == type_ and _JOINT.fullmatch(text[last:start]):
                    ranked[-1] = (MODEL, (first, end, type_, min(least, score)))
                    continue
            ranked.append((MODEL, (start, end, type_, score)))
        return Found(ranked, doubts)


def _add(
    suspicions: list[Suspicion], words: list[Token], offsets: list[tuple[int, int]], scored: list[Suspicion]
) -> None:
    """Raises the suspicion of a text's words to that of the most suspicious token of a window that touches them."""
    for (start, end), suspicion in zip(offsets, scored, strict=True):
        word = bisect_left(words, start, key=lambda w: w[1] - 1)  # the first that ends behind the token's start
        while word < len(words) and words[word][0] < end:
            suspicions[word] = max(suspicions[word], suspicion)
            word += 1


def _load(model: str) -> tuple[Any, Any]:
    """Tokenizer and model."""
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(model, use_fast=True)
        classifier, report = AutoModelForTokenClassification.from_pretrained(model, output_loading_info=True)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"deid.hf_model {model} cannot be loaded ({type(error).__name__}): give a token classification model by path or hub id"
        ) from None
    if report["missing_keys"]:
        raise UserError(
            f"deid.hf_model {model} is no trained token classifier (weights are missing, {min(report['missing_keys'])} among them): give one that is"
        )
    if not tokenizer.is_fast:
        raise UserError(f"deid.hf_model {model} has a tokenizer without offsets: give a model with a tokenizer.json")
    return tokenizer, classifier


def _positions(model: Any) -> int:
    """Tokens that a model can tell the places of. RoBERTa and its kin count places from behind their padding token."""
    places: int = getattr(model.config, "max_position_embeddings", WINDOW)
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return places - module.padding_idx - 1
    return places


def _type_of(label: str) -> str | None:
    """Presidio's name for a model's label; None for outside."""
    bare = re.sub(r"^[BILUESIO][-_](?=.)", "", label.upper())
    if bare in ("O", "OUTSIDE"):
        return None
    return next((type_ for names, type_ in _TYPES if names.search(bare)), "ID")
