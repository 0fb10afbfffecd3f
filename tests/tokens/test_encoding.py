"""Documents in tokens say what the documents say: ids, loss mask and sentences agree with the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_documents import BOS, EOS, TEXTS, instruction, scored
from token_home import encoded

from heal_pipeline.text.sentences import sentence_spans
from heal_pipeline.text.words import word_hashes
from heal_pipeline.tokens.encoder import Encoder
from heal_pipeline.tokens.tokenizer import train


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(train(TEXTS * 20, 400).backend_tokenizer.to_str())


def text_of(encoder, ids) -> str:
    return encoder.tokenizer.decode(list(ids), skip_special_tokens=False)


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_every_text_can_be_read_back(encoder, text: str) -> None:
    (found,) = encoded(encoder, [scored(text)], BOS, EOS)
    assert text_of(encoder, found.tokens[1:-1]) == text
    assert (found.tokens[0], found.tokens[-1]) == (BOS, EOS)


def test_special_tokens_in_a_text_are_text(encoder) -> None:
    (found,) = encoded(encoder, [scored(TEXTS[2])])
    assert min(found.tokens) > 2
    assert text_of(encoder, found.tokens) == TEXTS[2]


@settings(deadline=None)
@given(text=st.text(st.sampled_from("aB 1.?\n"), min_size=1, max_size=60))
def test_no_word_is_parted_where_a_sentence_begins(encoder, text: str) -> None:
    (found,) = encoded(encoder, [scored(text)])
    for (start, _), token in zip(sentence_spans(text), found.sentence_starts, strict=True):
        assert text_of(encoder, found.tokens[:token]).rstrip() == text[:start].rstrip()


words = st.text(st.sampled_from("ab 1.\n<>/s"), min_size=1, max_size=30).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(words, st.booleans()), min_size=1, max_size=4))
def test_the_mask_marks_the_tokens_of_scored_segments(encoder, parts) -> None:
    """By text: what stands before a token says which segment its first character is in."""
    segments = [{"text": t, "scored": s} for t, s in parts]
    (found,) = encoded(encoder, [segments], BOS, EOS)
    owner = [i for i, (text, _) in enumerate(parts) for _ in text + "\n"]
    place = 0
    for token, flag in zip(found.tokens[1:-1], found.scored[1:-1], strict=True):
        assert flag == parts[owner[place]][1]
        place += len(text_of(encoder, [token]))
    assert not found.scored[0]
    assert found.scored[-1] == parts[-1][1]


def test_the_mask_of_an_instruction_is_its_response(encoder) -> None:
    """Against each segment encoded for itself, which is what a model is asked with and what it shall answer."""
    prompt, response = "What is the dose of metoprolol?\n\nDoctor: 25 mg.", "25 mg twice a day.\nNo other change."
    (found,) = encoded(encoder, [instruction(prompt, response)], BOS, EOS)
    asked = encoder.encode([prompt + "\n"]).ids
    answered = encoder.encode([response]).ids
    assert found.tokens.tolist() == [BOS, *asked, *answered, EOS]
    assert found.scored.tolist() == [False] * (1 + len(asked)) + [True] * (len(answered) + 1)


def test_a_sentence_has_the_same_hash_in_every_document(encoder) -> None:
    alone, among = encoded(encoder, [scored("Stay in bed."), scored("He is ill. STAY in bed.\nTake 5 mg.\n")], BOS, EOS)
    assert alone.sentence_hashes.tolist() == among.sentence_hashes[1:2].tolist()
    assert len(set(among.sentence_hashes.tolist())) == 3


@pytest.mark.parametrize("bos", [None, BOS])
def test_sentences_begin_where_the_texts_sentences_begin(encoder, bos: int | None) -> None:
    for text in TEXTS:
        (found,) = encoded(encoder, [scored(text)], bos, EOS)
        spans = sentence_spans(text)
        assert len(found.sentence_starts) == len(spans)
        assert found.sentence_starts[0] == 0
        assert sum(found.sentence_characters) == len(text)
        assert found.sentence_words.tolist() == [len(word_hashes(text[start:end])) for start, end in spans]
        shift = bos is not None
        for (start, _), token in zip(spans[1:], found.sentence_starts[1:], strict=True):
            assert text_of(encoder, found.tokens[shift:token]).rstrip() == text[:start].rstrip()
            assert text_of(encoder, found.tokens[token:-1]).lstrip() == text[start:].lstrip()
