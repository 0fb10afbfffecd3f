"""A tiny tokenizer and a tiny model with random weights, made here; and a home in which a run has come as far as evaluation."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from heal_pipeline import artifacts, releases, shards
from heal_pipeline.documents import DOCUMENT_SCHEMA
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, SourceEntry

MAX_LENGTH = 128
DAY = "2026-01-05"

CONVERSATIONS = [
    "Doctor: What brings you in?\nPatient: A cough for {n} days and a sore throat.\nDoctor: Any fever?\nPatient: No fever.\n"
    "Doctor: I will give you amoxicillin {n} mg.",
]
NOTE = "Cough for {n} days and sore throat. Denies fever.\nAmoxicillin {n} mg."
RUBRIC = "symptom: cough for {n} days\nsymptom: sore throat\nsymptom: no fever\nmedication: amoxicillin {n} mg"


def make_checkpoint(folder: Path, seed: int) -> Path:
    """A Llama with random weights and a byte-level BPE, as the pipeline makes them."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<s>", "</s>", "<pad>"], initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator([CONVERSATIONS[0] + NOTE, "yes no maybe Question: Answer: Abstract:"] * 3, trainer)
    PreTrainedTokenizerFast(tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", pad_token="<pad>").save_pretrained(
        folder
    )
    config = LlamaConfig(
        vocab_size=bpe.get_vocab_size(),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=MAX_LENGTH,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
        for parameter in model.parameters():
            parameter.data.mul_(4 if parameter.ndim > 1 else 1)  # sharper than at the start: no near ties
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "hf", seed=1)


@pytest.fixture(scope="session")
def other_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("other") / "hf", seed=2)


@pytest.fixture(scope="session")
def lm(checkpoint: Path):
    from heal_pipeline.evaluation.language_model import load_model

    return load_model(checkpoint)


def source(name: str, group: str, kind: str) -> SourceEntry:
    return SourceEntry(name=name, reader="jsonl", group=group, kind=kind, licence="CC0", owner="team:x")  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def question_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two question sets in their publishers' formats, written here."""
    folder = tmp_path_factory.mktemp("questions")
    labels = ["yes", "no", "yes", "maybe", "yes"]
    pubmedqa = {
        str(1000 + i): {
            "QUESTION": f"Does treatment {i} help?",
            "CONTEXTS": ["We gave it.", f"{i} got well."],
            "final_decision": d,
        }
        for i, d in enumerate(labels)
    }
    (folder / "pubmedqa.json").write_text(json.dumps(pubmedqa))
    rows = [
        {
            "question": f"Which drug is number {i}?",
            "options": dict(zip("ABCD", ("a cat", "a dog", "hot tea", "ice"), strict=True)),
            "answer_idx": "ABCD"[i % 4],
        }
        for i in range(6)
    ]
    (folder / "medqa.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return folder


@pytest.fixture
def profile(question_files: Path) -> Profile:
    return Profile.model_validate(
        {
            "name": "tiny",
            "days": [DAY],
            "data": str(question_files),
            "sources": [
                source("web", "non_medical_public", "text"),
                source("articles", "medical_public", "article"),
                source("instructions", "medical_proprietary", "instruction"),
            ],
            "packing": {"max_length": MAX_LENGTH, "max_validation_rows": 4},
            "phases": {"count": 2},
            "ablation": {
                "subsets": {"all": ["non_medical_public", "medical_public"], "public": ["medical_public"]},
                "tokens": 100,
            },
            "evaluation": {
                "limit": 4,
                "max_new_tokens": 12,
                "note_conversations": 3,
                "bootstrap_samples": 100,
                "benchmarks": {"pubmedqa": ["pubmedqa.json"], "medqa": ["medqa.jsonl"]},
            },
        }
    )


@pytest.fixture
def run_home(lake: Lake, profile: Profile, checkpoint: Path, other_checkpoint: Path) -> Lake:
    """A home with a release, held-out rows, plans and models: what evaluation reads."""
    write_release(lake)
    names = ["base_model", "phase_1", "phase_2", "pretrained_model", "tuned_model", "ablation_all", "ablation_public"]
    for i, name in enumerate(names):
        write_model(lake, name, (checkpoint, other_checkpoint)[i % 2])
    for run in ("phase_1", "phase_2", "ablation_all", "ablation_public"):
        write_plan(lake, run)
    return lake


def write_release(lake: Lake) -> None:
    """Clean tables, held-out shards and the release over them."""
    documents = {
        "web": [[(f"the weather is fine today and tomorrow {i}", True)] for i in range(3)],
        "articles": [[(f"a sore throat is treated with tea and rest {i}", True)] for i in range(3)],
        "instructions": [
            [(f"Write the note.\n\n{CONVERSATIONS[0].format(n=i + 2)}", False), (NOTE.format(n=i + 2), True)]
            for i in range(4)
        ]
        + [[("What helps a cough?", False), (f"Hot tea {i}.", True)] for i in range(6)],
    }
    kinds = {"web": "text", "articles": "article", "instructions": "instruction"}
    rows, texts = [], {}
    for name, several in documents.items():
        table_rows = []
        for i, segments in enumerate(several):
            is_note = name == "instructions" and i < 4
            meta = [("task", "note_generation" if is_note else "qa")] if name == "instructions" else []
            # One note comes without a rubric: its entries are drawn from the reference.
            meta += [("rubric", RUBRIC.format(n=i + 2))] if is_note and i else []
            id_ = f"{name}{i:02d}".ljust(32, "0")
            table_rows.append(
                {
                    "doc_id": id_, "content_id": id_, "source": name, "batch": DAY, "origin_file": "f", "origin_row": i,
                    "num_records": 1, "subject_id": None, "kind": kinds[name],
                    "segments": [{"text": t, "scored": s} for t, s in segments], "meta": meta,
                }
            )  # fmt: skip
            nothing = {"left_out": [], "tokens_left_out": 0, "characters_left_out": 0}
            rows.append({"doc_id": id_, "source": name, "batch": DAY, "tokenized": "x", "cluster": "", **nothing})
            texts.setdefault(name, []).append((id_, "\n".join(t for t, _ in segments)))
        with lake.stage(lake.table(f"filtered/{name}", DAY)) as staged:
            staged.write(pa.Table.from_pylist(table_rows, DOCUMENT_SCHEMA))
            staged.commit()
    with lake.stage(lake.table("release")) as staged:
        staged.write(pa.Table.from_pylist(rows, releases.RELEASE_SCHEMA))
        staged.commit()
    release = releases.current(lake)
    for name, several in texts.items():
        with artifacts.stage(
            lake, shards.artifact_name(shards.VALIDATION, release, name), scheme=shards.SCHEME
        ) as staged_shard:
            write_shard(staged_shard.path, several)
            staged_shard.commit()


def write_shard(folder: Path, documents: list[tuple[str, str]]) -> None:
    """A shard with two documents a row; a third of the tokens is unscored."""
    rng = np.random.default_rng(3)
    num_rows = -(-len(documents) // 2)
    writer = shards.ShardWriter(
        folder, num_rows=num_rows, max_length=MAX_LENGTH, vocabulary=320, pad_id=2, tokenizer="t"
    )
    spans: dict[str, list[Any]] = {
        c: [] for c in ("row", "start", "length", "doc_id", "first_sentence", "num_sentences")
    }
    for i, (id_, text) in enumerate(documents):
        row, start = divmod(i, 2)
        length = min(MAX_LENGTH // 2, len(text) // 2) if start == 0 else MAX_LENGTH // 4
        begin = spans["length"][-1] if start else 0
        place = np.array([row * MAX_LENGTH + begin])
        writer.put(place, np.array([length]), rng.integers(3, 320, length), rng.random(length) > 0.3)
        for column, value in zip(spans, (row, begin, length, id_, 0, 1), strict=True):
            spans[column].append(value)
    writer.close([pa.table(spans)])


def write_model(lake: Lake, name: str, checkpoint: Path) -> None:
    sources = ("web", "articles", "instructions")
    start = 5.0 if name.startswith(("phase_1", "ablation", "base")) else 4.0
    evaluations = [
        {"step": step, "tokens": 50 * step, "losses": {s: start - step / 4 + i / 10 for i, s in enumerate(sources)}}
        for step in (0, 2)
    ]
    with artifacts.stage(lake, f"models/{name}") as staged:
        shutil.copytree(checkpoint, staged.path / "hf")
        (staged.path / "validation.json").write_text(json.dumps({"evaluations": evaluations}))
        staged.commit()


def write_plan(lake: Lake, run: str) -> None:
    release = releases.current(lake)
    validation = {}
    for name in ("web", "articles", "instructions"):
        folder = artifacts.content(lake, shards.artifact_name(shards.VALIDATION, release, name))
        found = shards.Shard.open(folder)
        validation[name] = {"shard": str(folder.relative_to(lake.home)), "num_rows": found.num_rows}
    with artifacts.stage(lake, f"cleared/phases/{run}/shards") as staged:
        (staged.path / "plan.json").write_text(json.dumps({"sources": {}, "validation": validation}))
        staged.commit()
