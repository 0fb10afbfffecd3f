"""One tiny checkpoint for all tests of models."""

from pathlib import Path

import pytest

from tests.modeling.tiny_models import write_checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"))
