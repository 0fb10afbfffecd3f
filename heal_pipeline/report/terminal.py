"""Tables in a terminal: numbers flush right, and a table that is too wide goes on in a second block of columns."""

import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING

from heal_pipeline.report.tables import Table

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 100
MAX_WIDTH = 120
MAX_TEXT_WIDTH = 44
COLUMN_GAP = 3


def print_tables(tables: Iterable[Table], stream: IO[str] | None = None, width: int | None = None) -> None:
    """Prints tables to standard output, or to `stream`.

    Args:
        width: characters a line; the terminal's, at most 120, where it is not given.
    """
    console = _console(stream, width)
    for table in tables:
        _print(console, table)


def _console(stream: IO[str] | None, width: int | None) -> "Console":
    from rich.console import Console

    out = stream or sys.stdout
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if width is None:
        width = min(console.width, MAX_WIDTH) if console.is_terminal else WIDTH_WITHOUT_TERMINAL
    console.width = width
    return console


def _print(console: "Console", table: Table) -> None:
    from rich.text import Text

    console.print()
    console.print(Text(table.title, style="bold"))
    if table.rows:
        cells = table.cells()
        numbers = [table.is_number(i) for i in range(len(table.columns))]
        widths = column_widths(table.columns, cells, numbers)
        for block in column_blocks(widths, console.width):
            _print_block(console, table, cells, [(i, widths[i], numbers[i]) for i in block])
    elif not table.note:
        console.print("  no rows")
    if table.note:
        console.print(Text(table.note, style="dim"), soft_wrap=False)


def _print_block(
    console: "Console", table: Table, cells: list[list[str]], block: Sequence[tuple[int, int, bool]]
) -> None:
    """Prints some columns of a table: (index, width, whether it holds numbers) each."""
    from rich import box
    from rich.table import Table as RichTable

    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for index, width, number in block:
        heading = "\n".join(textwrap.wrap(table.columns[index], width))
        grid.add_column(heading, justify="right" if number else "left", overflow="fold", width=width, vertical="top")
    for row in cells:
        grid.add_row(*(row[index] for index, _, _ in block))
    console.print(grid)


def column_widths(columns: list[str], cells: list[list[str]], numbers: list[bool]) -> list[int]:
    """The width of each column: its longest cell (texts up to MAX_TEXT_WIDTH), or the longest word of its heading."""
    widths = []
    for index, heading in enumerate(columns):
        widest = max((len(row[index]) for row in cells), default=1)
        words = max((len(word) for word in heading.split()), default=1)
        widths.append(max(words, widest if numbers[index] else min(widest, MAX_TEXT_WIDTH), 1))
    return widths


def column_blocks(widths: list[int], width: int) -> list[list[int]]:
    """Which columns stand side by side so that each block fits `width`; the first column leads every block."""
    blocks: list[list[int]] = [[0]]
    used = widths[0]
    for index in range(1, len(widths)):
        if used + COLUMN_GAP + widths[index] > width and len(blocks[-1]) > 1:
            blocks.append([0])
            used = widths[0]
        blocks[-1].append(index)
        used += COLUMN_GAP + widths[index]
    return blocks
