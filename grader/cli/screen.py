"""Output to a terminal, with colours and symbols, or to a file, with neither."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console

from grader.report.screens import UNICODE, marks_for

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, ProgressColumn
    from rich.text import Text


class Screen:
    """Standard output. Rich handles colours, width and `NO_COLOR`; files never contain escape codes."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self.marks = marks_for(self._console.encoding)

    @property
    def width(self) -> int:
        """Width in columns."""
        return self._console.width

    @property
    def is_live(self) -> bool:
        """Whether a moving progress bar makes sense."""
        return self._console.is_terminal and not self._console.is_dumb_terminal

    @property
    def has_colours(self) -> bool:
        """Whether colours can be seen."""
        return self._console.color_system is not None and not self._console.no_color

    def print(self, text: "str | Text" = "", style: str = "") -> None:
        """Print text without wrapping: the caller has broken the lines, and paths stay whole."""
        self._console.print(text, style=style or None, soft_wrap=True)

    def clear(self) -> None:
        """Clear the terminal."""
        self._console.clear()

    def draw(self, renderable: "RenderableType") -> None:
        """Print a renderable that fits the width by itself."""
        self._console.print(renderable)

    def paragraph(self, text: str, style: str = "", indent: int = 0) -> None:
        """Print text wrapped between words."""
        from grader.report.screens import WIDEST, joined, paragraph

        self.print(joined(paragraph(text, min(self.width, WIDEST), indent=indent, style=style)))

    def progress(self, *columns: Any) -> "Progress":
        """Return a progress display that disappears at the end and is never written to a file.

        Parameters
        ----------
        *columns
            Columns before the description; by default a bar with the count.
        """
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        chosen = columns or (self._spinner(), BarColumn(bar_width=24), MofNCompleteColumn())
        described = TextColumn("{task.description}", markup=False)
        return Progress(*chosen, described, console=self._console, transient=True, disable=not self.is_live)

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show a status text while the block runs; yields a function that changes the text."""
        with self.progress(self._spinner()) as progress:
            bar = progress.add_task(text, total=None)
            yield lambda other: progress.update(bar, description=other)

    def _spinner(self) -> "ProgressColumn":
        from rich.progress import SpinnerColumn, TextColumn

        return SpinnerColumn() if self.marks is UNICODE else TextColumn(self.marks.current)
