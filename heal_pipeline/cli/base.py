"""What all commands share: the group that turns errors into one line, the home and profile options, JSON lines in and out."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, load_profile

Options = Callable[[Callable[..., Any]], Callable[..., Any]]


class OneLineErrors(click.Group):
    """Prints a UserError as one line and ends with code 2; other errors too, with code 1, unless --debug asks for all."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"heal: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.echo(
                f"heal: {type(error).__name__} (a defect; run again with `heal --debug …` to see where)", err=True
            )
            ctx.exit(1)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Raw clinical and public text to a language model that writes notes, with proof of how."""


def with_home(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option("--home", envvar="HEAL_HOME", default=".heal", show_default=True, help="The home folder.")(
        function
    )
    return click.option(
        "--profile",
        "profile_name",
        envvar="HEAL_PROFILE",
        default="sample",
        show_default=True,
        help="A name in configs/, or a YAML file.",
    )(function)


def open_home(profile_name: str, home: str) -> tuple[Profile, Lake, str]:
    """The profile, the home's lake, and the profile's name as other programs shall load it."""
    profile = load_profile(profile_name)
    path = Path(profile_name)
    return profile, Lake(Path(home), profile.hash), str(path.resolve()) if path.suffix else profile_name


def existing_home(profile_name: str, home: str) -> tuple[Profile, Lake, str]:
    """Like `open_home`, for a command that reads a home and would make nothing of a new one.

    Raises:
        UserError: there is no home; none is made.
    """
    if not (Path(home) / "restricted").is_dir():
        raise UserError(f"there is no home {home}: give it with --home, or make it with `heal run`")
    return open_home(profile_name, home)


def read_lines(path: str) -> Iterator[dict[str, Any]]:
    """The records of a JSON lines file ("-" for standard input). A text that is null is empty.

    Raises:
        UserError: the file is not there, a line is no JSON object with `id` and `text`, or an id comes twice.
    """
    seen: dict[str, int] = {}
    try:
        stream = sys.stdin.buffer if path == "-" else Path(path).open("rb")
        with stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    record = _record(line, f"{path}, line {number}")
                    first = seen.setdefault(str(record["id"]), number)
                    if first != number:
                        raise UserError(f"{path}, line {number}: the id of line {first} again: give each line its own")
                    yield record
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give a JSON lines file with `id` and `text`"
        ) from None


def _record(line: bytes, place: str) -> dict[str, Any]:
    """The record of a line. The messages name the place and never repeat what stands there."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
        record["id"]
        text = "" if record["text"] is None else record["text"]
        if isinstance(text, str):
            text.encode()  # half a surrogate pair is legal JSON and no text
    except UnicodeError:
        raise UserError(f"{place}: not UTF-8 text: convert the file first") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f'{place}: not a JSON object with "id" and "text"') from None
    if not isinstance(text, str):
        raise UserError(f'{place}: "text" is no string')
    if not isinstance(record["id"], str | int):
        raise UserError(f'{place}: "id" is neither a string nor a whole number')
    return {**record, "text": text}


def write_line(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
