"""`python -m heal_pipeline.cli`."""

from heal_pipeline.cli import main

main()
