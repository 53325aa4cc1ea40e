"""Where text goes: a terminal of some width with colours and signs, or a file with neither."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console

from grader.report.terminal import UNICODE, marks_for

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, ProgressColumn
    from rich.text import Text


class Screen:
    """Standard output. Colours, width and `NO_COLOR` are the terminal's affair; escapes never reach a file."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self.marks = marks_for(self._console.encoding)

    @property
    def width(self) -> int:
        """Columns."""
        return self._console.width

    @property
    def is_live(self) -> bool:
        """Whether a moving progress bar makes sense."""
        return self._console.is_terminal and not self._console.is_dumb_terminal

    def say(self, text: "str | Text" = "", style: str = "") -> None:
        """Print; lines have been broken where they should, paths stay whole."""
        self._console.print(text, style=style or None, soft_wrap=True)

    def draw(self, renderable: "RenderableType") -> None:
        """Print something that has fitted itself to the width."""
        self._console.print(renderable)

    def tell(self, text: str, style: str = "", indent: int = 0) -> None:
        """Print a text, broken between words."""
        from grader.report.terminal import WIDEST, joined, paragraph

        self.say(joined(paragraph(text, min(self.width, WIDEST), indent=indent, style=style)))

    def progress(self, *columns: Any) -> "Progress":
        """Return a progress display that vanishes when it is over, and that a file never sees.

        Parameters
        ----------
        *columns
            What stands before the description; by default a bar with the count.
        """
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        chosen = columns or (self._spinner(), BarColumn(bar_width=24), MofNCompleteColumn())
        described = TextColumn("{task.description}", markup=False)
        return Progress(*chosen, described, console=self._console, transient=True, disable=not self.is_live)

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show what is going on while the block runs; yields what changes the text."""
        with self.progress(self._spinner()) as progress:
            bar = progress.add_task(text, total=None)
            yield lambda other: progress.update(bar, description=other)

    def _spinner(self) -> "ProgressColumn":
        from rich.progress import SpinnerColumn, TextColumn

        return SpinnerColumn() if self.marks is UNICODE else TextColumn(self.marks.current)
