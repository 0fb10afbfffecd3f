"""Writes a note from a conversation with a model, and the simplest notes without one: the baselines."""

import re
from pathlib import Path

from heal_pipeline.errors import UserError
from heal_pipeline.evaluation.generation import generate, make_prompts
from heal_pipeline.evaluation.language_model import load_model

SECTIONS = {
    "subjective": "Write the subjective section of the clinical note from this conversation.",
    "plan": "Write the plan section of the clinical note from this conversation.",
    "full": "Write the clinical note of this visit from the conversation.",
}
"""Section → the instruction for it."""

_DOCTOR_TURN = re.compile(
    r"^\s*\[?(?:doctor|dr|d|clinician|physician|provider)\b\.?\]?\s*:?\s*(.+)$", re.IGNORECASE | re.MULTILINE
)


def write_note(model_path: str | Path, transcript: str, section: str = "full", max_new_tokens: int = 512) -> str:
    """The note that a checkpoint writes of a conversation.

    Args:
        model_path: a Hugging Face folder with its tokenizer.
        section: "subjective", "plan" or "full".
        max_new_tokens: at most half the model's context is used. Of a conversation that does not fit, the end is read.

    Raises:
        UserError: the section is unknown, the transcript is empty, or the folder is no checkpoint.
    """
    if section not in SECTIONS:
        raise UserError(f"there is no section {section!r}: give one of {', '.join(SECTIONS)}")
    if not transcript.strip():
        raise UserError("the transcript is empty: give a conversation, one turn a line")
    lm = load_model(model_path)
    (prompt,) = make_prompts(lm, [f"{SECTIONS[section]}\n\n{transcript.strip()}\n"], max_new_tokens)
    return generate(lm, [prompt.ids], max_new_tokens)[0]


def doctors_turns(conversation: str) -> str:
    """An extract as a baseline: what the doctor said, turn by turn; all that was said where no turn is marked as theirs."""
    return "\n".join(_DOCTOR_TURN.findall(conversation)) or conversation
