"""What the catalog says of each table: its columns in plain words, and which of them hold PHI. Data only."""

from typing import NamedTuple

import dagster as dg


class Column(NamedTuple):
    name: str
    type: str
    description: str
    identifying: bool = False
    """Holds what people wrote: PHI in the restricted zone, until de-identification."""


DOCUMENT = [
    Column("doc_id", "string", "Identity of the document: a (keyed) hash of its source and source key"),
    Column("content_id", "string", "Hash of the normalised text, recomputed after de-identification"),
    Column("source", "string", "Name of the source"),
    Column("batch", "string", "Day the document came in"),
    Column("origin_file", "string", "sha256 of the file it was read from"),
    Column("origin_row", "int64", "Its record number in that file"),
    Column("num_records", "int32", "Equal records without a key that this document stands for"),
    Column("subject_id", "string", "Keyed hash of the person it is about; null for public text"),
    Column("kind", "string", "text, article, conversation, note, template or instruction"),
    Column(
        "segments", "list<struct<text, scored>>", "The text, in stretches; scored ones enter the training loss", True
    ),
    Column("meta", "map<string, string>", "Fields that the source's entry lets pass", True),
]

TABLES: dict[str, list[Column]] = {
    "raw": DOCUMENT,
    "filtered": DOCUMENT,
    "deidentified": DOCUMENT,
    "minhash_index": [
        Column("doc_id", "string", "The document"),
        Column("source", "string", "Its source"),
        Column("batch", "string", "Its day"),
        Column("content_id", "string", "Hash of its normalised text: equal ones are exact duplicates"),
        Column("num_shingles", "int32", "Distinct runs of words"),
        Column("bands", "list<int64>", "Keys under which candidates meet"),
    ],
    "duplicate_pairs": [
        Column("a", "string", "The document with the smaller id"),
        Column("b", "string", "The other document"),
        Column("jaccard", "double", "True Jaccard similarity of their runs of words"),
        Column("containment", "double", "Share of the smaller one found in the larger"),
        Column("content_a", "string", "What a says: the pair is a fact about two contents"),
        Column("content_b", "string", "What b says"),
        Column("bands_shared", "int32", "Bands in which they met"),
        Column("accepted", "bool", "Whether they count as duplicates"),
        Column("rule", "string", "Why, or why not"),
    ],
    "contamination": [
        Column("doc_id", "string", "A document that holds text of an evaluation item"),
        Column("source", "string", "Its source"),
        Column("task", "string", "The evaluation set"),
        Column("item_id", "string", "The item"),
        Column("ngrams_shared", "int32", "Runs of words of the item found in the document"),
        Column("item_ngrams", "int32", "Runs of words in the item"),
        Column("start_word", "int32", "Where the longest unbroken stretch begins, in words of the document"),
        Column("end_word", "int32", "Where it ends; this word is not in it"),
    ],
    "survivors": [
        Column("doc_id", "string", "The document"),
        Column("source", "string", "Its source"),
        Column("batch", "string", "Its day"),
        Column("kept", "bool", "Whether it stays"),
        Column("reason", "string", "duplicate, contaminated or withdrawn; empty where it stays"),
        Column("evidence", "string", "The document or the item that decided"),
        Column("cluster", "string", "Of those that stay and are alike its smallest doc_id; empty where it is alone"),
    ],
    "repeated_sentences": [
        Column("doc_id", "string", "A surviving document with sentences that many repeat"),
        Column("source", "string", "Its source"),
        Column("batch", "string", "Its day"),
        Column("kept", "bool", "Whether it stays; one that is mostly repeated goes as a whole"),
        Column("left_out", "list<int32>", "Sentences that are left out of it, by their numbers in the text"),
        Column("num_words", "int32", "Its words"),
        Column("words_left_out", "int32", "Words of sentences that an earlier document holds"),
        Column("characters_left_out", "int32", "Their characters"),
        Column("tokens_left_out", "int32", "Their tokens"),
    ],
    "tokenized": [
        Column("doc_id", "string", "The document"),
        Column("source", "string", "Its source"),
        Column("kind", "string", "Its kind"),
        Column("unit", "string", "What stays together on one side of the validation split"),
        Column("num_tokens", "int32", "Its tokens"),
        Column("num_characters", "int32", "Its characters"),
        Column("tokens", "list<int32>", "Token ids"),
        Column("scored", "list<bool>", "Which tokens enter the training loss"),
        Column("sentence_starts", "list<int32>", "For each sentence, the token that it begins with"),
        Column("sentence_characters", "list<int32>", "For each sentence, its characters"),
        Column("sentence_words", "list<int32>", "For each sentence, its words"),
        Column("sentence_hashes", "list<int64>", "For each sentence, the hash of its words: the bits of uint64"),
    ],
    "release": [
        Column("doc_id", "string", "A document of the release"),
        Column("source", "string", "Its source"),
        Column("batch", "string", "Its day"),
        Column("tokenized", "string", "Fingerprint of the day's tokens that the release pins"),
        Column(
            "cluster", "string", "Of documents that are alike the smallest doc_id: they stay on one side of the split"
        ),
        Column("left_out", "list<int32>", "Sentences that are not packed, by their numbers in the text"),
        Column("tokens_left_out", "int32", "Their tokens"),
        Column("characters_left_out", "int32", "Their characters"),
    ],
    "registration": [
        Column("subject_id", "string", "Keyed hash of the person"),
        Column("field", "string", "name, mrn, phone, address, birth_date, …"),
        Column("value", "string", "The value in the clear; this table never leaves the restricted zone", True),
    ],
}


def column_schema(table: str, *, phi: str) -> dg.TableSchema:
    """The columns of a table as Dagster shows them. `phi` is what its identifying columns hold: contains, possible,
    removed or none."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(c.name, c.type, c.description, tags={"phi": phi if c.identifying else "none"})
            for c in TABLES[table]
        ]
    )
