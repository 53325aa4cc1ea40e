"""Ending the process: some graders take a clean exit, or no answer at all, for a pass."""

from tests.attacks.attack import Attack

ATTACKS = (
    Attack(
        "sys_exit",
        "leaves with exit code 0",
        """
def softmax(x):
    sys.exit(0)
""",
        control="points",
        evidence="raised SystemExit",
    ),
    Attack(
        "os_exit",
        "leaves with exit code 0, past every handler",
        """
def softmax(x):
    os._exit(0)
""",
        control="points",
        evidence="exit status 0",
    ),
    Attack(
        "exit_while_loading",
        "leaves with exit code 0 while its file is imported",
        "os._exit(0)\n",
        control="points",
        evidence="exit status 0",
    ),
    Attack(
        "exit_from_a_thread",
        "leaves from a thread while the call is still running",
        """
def softmax(x):
    threading.Thread(target=os._exit, args=(0,)).start()
    time.sleep(5)
""",
        control="points",
        evidence="exit status 0",
    ),
    Attack(
        "keyboard_interrupt",
        "raises what a test runner takes for Ctrl-C",
        """
def softmax(x):
    raise KeyboardInterrupt
""",
        no_control="stops a test runner, gains nothing by itself",
        evidence="raised KeyboardInterrupt",
    ),
    Attack(
        "pytest_exit",
        "raises pytest's own exceptions by name: a pass, a skip, the end of the session",
        """
class Skipped(BaseException): ...
class Exit(Skipped): ...
Exit.__module__ = Skipped.__module__ = "_pytest.outcomes"
def softmax(x):
    raise Exit("all tests passed")
""",
        no_control="a look-alike: there is nothing behind it",
        evidence="raised Exit",
    ),
    Attack(
        "real_pytest_skip",
        "raises pytest's own skip",
        """
def softmax(x):
    import pytest
    pytest.skip('no GPU here')
""",
        control="points",
        evidence="No module named 'pytest'",
    ),
    Attack(
        "abort",
        "aborts the process",
        """
def softmax(x):
    libc.abort()
""",
        no_control="gains nothing without walls either",
        evidence="ended its process with",
    ),
    Attack(
        "segfault",
        "reads address 0",
        """
def softmax(x):
    ctypes.string_at(0)
""",
        no_control="gains nothing without walls either",
        evidence="a segmentation fault",
    ),
    Attack(
        "kills_itself",
        "ends itself by signal 9",
        """
def softmax(x):
    attempt(os.kill, os.getpid(), signal.SIGKILL)
""",
        no_control="gains nothing without walls either",
    ),
    Attack(
        "stops_itself",
        "stops itself, so that whoever waits for its end waits for ever",
        """
def softmax(x):
    attempt(os.kill, os.getpid(), signal.SIGSTOP)
""",
        control="hang",
    ),
    Attack(
        "stack_overflow",
        "recurses until the stack ends",
        """
sys.setrecursionlimit(10**9)
def softmax(x):
    return [softmax(x)]
""",
        no_control="gains nothing without walls either",
        evidence="ended its process with|RecursionError|did not return in time|memory",
    ),
    Attack(
        "closes_its_end",
        "closes every descriptor, the judge's channel among them, and stays",
        """
def softmax(x):
    os.closerange(0, 1000)
    time.sleep(30)
""",
        no_control="acts on this engine's own channel",
        evidence="ended its process|did not return in time",
    ),
)
