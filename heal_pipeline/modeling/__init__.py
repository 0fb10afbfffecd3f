"""What training and evaluation share about models: the base model, loading, attention in packed rows, loss, perplexity.

Nothing here knows phases, processes or optimizers. Importing this package imports neither torch nor transformers.
"""

from heal_pipeline.modeling.load import load, make_base_model
from heal_pipeline.modeling.perplexity import perplexity

__all__ = ["load", "make_base_model", "perplexity"]
