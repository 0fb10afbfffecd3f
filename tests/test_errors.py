"""An error at work on records says what kind it was, and nothing of what they hold."""

import traceback

import pytest

from heal_pipeline.errors import class_alone


def test_an_error_on_records_carries_its_class_alone() -> None:
    with pytest.raises(RuntimeError) as caught, class_alone("reading letters"):
        int("Margarethe Quillfeather")
    assert str(caught.value) == "ValueError while reading letters"
    assert "Margarethe" not in "".join(traceback.format_exception(caught.value))


def test_a_task_that_is_given_up_is_no_error() -> None:
    def task():
        with class_alone("counting"):
            yield from range(3)

    numbers = task()
    assert next(numbers) == 0
    numbers.close()
    assert list(task()) == [0, 1, 2]
