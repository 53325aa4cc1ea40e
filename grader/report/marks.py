"""The few signs that the screens are drawn with, and what stands for them where a terminal has no Unicode."""

from msgspec import Struct

from grader.records import Verdict


class Marks(Struct, frozen=True):
    """One set of signs."""

    passed: str = "✓"
    failed: str = "✗"
    open: str = "·"
    current: str = "▸"
    skipped: str = "–"
    broken: str = "!"
    full: str = "█"
    empty: str = "░"
    dot: str = "·"
    times: str = "×"

    def of(self, verdict: Verdict) -> str:
        """Return the sign of a verdict."""
        named = {
            Verdict.PASSED: self.passed,
            Verdict.NOT_ATTEMPTED: self.open,
            Verdict.SKIPPED: self.skipped,
            Verdict.NOT_MEASURED: self.skipped,
            Verdict.TOO_NOISY: self.skipped,
            Verdict.NO_GPU: self.skipped,
            Verdict.GRADER_ERROR: self.broken,
        }
        return named.get(verdict, self.failed)


UNICODE = Marks()
ASCII = Marks(
    passed="+", failed="x", open=".", current=">", skipped="-", broken="!", full="#", empty="-", dot="-", times="x"
)

STYLES = {
    Verdict.PASSED: "green",
    Verdict.NOT_ATTEMPTED: "dim",
    Verdict.SKIPPED: "dim",
    Verdict.NOT_MEASURED: "yellow",
    Verdict.TOO_NOISY: "yellow",
    Verdict.NO_GPU: "dim",
    Verdict.GRADER_ERROR: "yellow",
}


def style_of(verdict: Verdict) -> str:
    """Return the colour of a verdict."""
    return STYLES.get(verdict, "red")


def marks_for(encoding: str) -> Marks:
    """Return the signs that text in this encoding can hold.

    Parameters
    ----------
    encoding : str
        Of the stream that is written to, for example ``cp1252``.
    """
    try:
        "".join(getattr(UNICODE, name) for name in UNICODE.__struct_fields__).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
