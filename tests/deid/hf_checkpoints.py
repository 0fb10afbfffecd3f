"""Token classification checkpoints that tests make: small, with a tokenizer trained here and weights that say what is a name."""

from pathlib import Path

NAMES = ["Vole", "Anna", "Quimby", "Zorro"]
NUMBERS = ["614", "287", "9304", "5551234"]
FILLER = ["patient", "seen", "today", "with", "cough", "and", "fever", "denies", "pain", "stable"]


def make(folder: Path, kind: str, labels: dict[int, str], person: int, phone: int, positions: int = 24) -> str:
    """Writes a checkpoint of BERT's or RoBERTa's kind whose label `person` means NAMES, and `phone` NUMBERS.

    The encoder has no layer, so that a token's label hangs on the token alone, wherever it stands in a window.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import (
        BertConfig,
        BertForTokenClassification,
        PreTrainedTokenizerFast,
        RobertaConfig,
        RobertaForTokenClassification,
    )

    torch.manual_seed(0)
    roberta = kind == "roberta"
    special = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pad, unk, first, last = (special[i] for i in ((1, 3, 0, 2) if roberta else (0, 1, 2, 3)))
    corpus = [" ".join([*NAMES, *FILLER, *NUMBERS, *"0123456789-.,@"])] * 20
    if roberta:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=600, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        )
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token=unk))
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special)
    tokenizer.train_from_iterator(corpus, trainer)
    ends = [(first, tokenizer.token_to_id(first)), (last, tokenizer.token_to_id(last))]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, unk_token=unk, cls_token=first, sep_token=last, bos_token=first,
        eos_token=last, model_max_length=10**30,
    ).save_pretrained(folder)  # fmt: skip
    size = {"vocab_size": tokenizer.get_vocab_size(), "hidden_size": 8, "num_hidden_layers": 0}
    size |= {"num_attention_heads": 2, "intermediate_size": 8, "max_position_embeddings": positions}
    kinds = {"id2label": labels, "label2id": {v: k for k, v in labels.items()}}
    model: BertForTokenClassification | RobertaForTokenClassification
    if roberta:
        model = RobertaForTokenClassification(
            RobertaConfig(**size, **kinds, pad_token_id=tokenizer.token_to_id(pad), type_vocab_size=1)
        )
        embeddings = model.roberta.embeddings
    else:
        model = BertForTokenClassification(BertConfig(**size, **kinds))
        embeddings = model.bert.embeddings
    outside = next(i for i, label in labels.items() if label == "O")
    with torch.no_grad():
        for table in embeddings.children():
            if isinstance(table, torch.nn.Embedding):
                table.weight.zero_()
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        embeddings.word_embeddings.weight[:, 0] = 1.0
        for axis, values in ((1, NAMES), (2, NUMBERS)):
            for text in (blank + value for value in values for blank in ("", " ")):
                for token in tokenizer.encode(text, add_special_tokens=False).ids:
                    embeddings.word_embeddings.weight[token] = torch.eye(8)[axis]
        for axis, label in enumerate((outside, person, phone)):
            model.classifier.weight[label, axis] = 4.0
    model.save_pretrained(folder)
    return str(folder)
