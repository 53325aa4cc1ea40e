"""What a judge is asked to grade."""

from msgspec import Struct

from grader.course.registry import Limits
from grader.records import Speed


class Shared(Struct, frozen=True):
    """What is known of a timed test from another submission of the same code.

    Attributes
    ----------
    speed : Speed or None
        What was measured; None where the machine was too busy for it again and again.
    """

    speed: Speed | None = None


class Job(Struct, frozen=True):
    """One submission of one unit.

    Attributes
    ----------
    unit : str
    files : dict of str to str
        Source text by file stem.
    limits : Limits
    secret : str
        The course's: hidden seeds derive from it.
    tasks : tuple of str
        Only their tests are run; all of the unit's if empty.
    tests : tuple of str
        Only these, by ``file.test``; all that the other fields leave if empty.
    without : tuple of str
        Tests that are left out, by ``file.test``: the instructor has taken them out of this run.
    visible_only : bool
        Leave the hidden tests out.
    rehearse : bool
        Check the answers of timed tests, and time nothing.
    token : str
        Seeds the visible tests instead of the secret: `grade replay`.
    until_failure : bool
        Only find out whether the hidden tests notice something: without the visible ones, without a diagnosis, and no
        further than to the first that does not pass.
    diagnose : bool
        Look for the misconception behind a failure. Without it, the solution is taken to pass every test.
    first : tuple of str
        Tasks whose tests come before the others.
    seconds : dict of str to float
        Tighter allowances of single tests, by ``file.test``.
    shared : dict of str to Shared
        Timed tests that are not raced, by ``file.test``: the same code has been.
    races : int
        How often a test may be raced: what is below gold is raced again.
    """

    unit: str
    files: dict[str, str]
    limits: Limits
    secret: str
    tasks: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    visible_only: bool = False
    rehearse: bool = False
    token: str = ""
    until_failure: bool = False
    diagnose: bool = True
    first: tuple[str, ...] = ()
    seconds: dict[str, float] = {}
    shared: dict[str, Shared] = {}
    races: int = 1
