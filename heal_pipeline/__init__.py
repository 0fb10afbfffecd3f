"""HEAL: a pipeline from raw clinical and public text to a language model that writes medical notes."""

__version__ = "0.1.0"
