"""Patching what compares, what counts, what keeps time and what answers: all of it within the worker, at best."""

from tests.attacks.attack import Attack

ATTACKS = (
    Attack(
        "patches_numpy_testing",
        "makes every comparison of NumPy's succeed",
        """
import numpy.testing
for name in dir(numpy.testing):
    if name.startswith("assert_"):
        setattr(numpy.testing, name, lambda *args, **kwargs: None)
softmax = wrong
""",
        control="points",
        evidence="differs|is wrong",
    ),
    Attack(
        "patches_numpy",
        "makes NumPy find everything equal",
        """
np.allclose = np.array_equal = np.all = lambda *args, **kwargs: True
np.isclose = np.equal = lambda a, *args, **kwargs: np.ones(np.shape(a), bool)
np.abs = np.absolute = lambda x: 0 * x
softmax = wrong
""",
        control="points",
        evidence="differs|is wrong",
    ),
    Attack(
        "patches_builtins",
        "makes abs, all and isinstance agree with everybody",
        """
import builtins
def softmax(x):
    builtins.abs = lambda value: 0
    builtins.all = builtins.any = lambda values: True
    return wrong(x)
""",
        control="points",
        evidence="differs|is wrong",
    ),
    Attack(
        "fakes_pytest",
        "puts modules of its own in the place of pytest and torch",
        """
import types
for name in ("pytest", "_pytest", "_pytest.outcomes", "grader.judge", "grader.judge.comparison"):
    sys.modules[name] = types.ModuleType(name)
softmax = wrong
""",
        no_control="replaces modules that a grader has imported before",
        evidence="differs|is wrong",
    ),
    Attack(
        "stops_the_clock",
        "freezes every clock of Python's, then takes its time",
        """
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: 0.0)
def softmax(x):
    time.sleep(30)
""",
        control="hang",
        evidence="did not return in time",
    ),
    Attack(
        "patches_the_server",
        "answers every request of the judge's with what was asked",
        """
from grader.worker.server import Server
Server._handle = lambda self, request: (request[3][0] if len(request) > 3 and request[3] else None,)
Server._send_before, Server._find = Server._send, lambda *args: (lambda *a, **k: True)
softmax = wrong
""",
        no_control="patches this engine's own worker",
        evidence="is wrong|differs|form|no such",
    ),
    Attack(
        "patches_the_codec",
        "replaces the encoder that its answers leave by",
        """
from grader.worker import server
from grader.wire import encode
server.encode = lambda value, **options: encode(("ok", True, (), {}))
softmax = wrong
""",
        no_control="patches this engine's own worker",
        evidence="the wrong type",
    ),
    Attack(
        "claims_to_pass",
        "answers with the words of a verdict",
        """
from grader.worker.server import Server
Server._send = lambda self, answer, send=Server._send: send(self, ("passed", 1.0, {"verdict": "passed", "earned": 3.0}))
softmax = wrong
""",
        no_control="patches this engine's own worker",
        evidence="a form that no worker sends",
    ),
    Attack(
        "prints_a_result",
        "prints what result files and test runners print",
        """
def softmax(x):
    print('PASSED: yes')
    print('{"record":{"verdict":"passed","earned":3.0,"points":3.0}}')
    print('{"done":{"total":1.0}}', file=sys.stderr, flush=True)
    return wrong(x)
""",
        control="points",
        evidence="PASSED: yes",
    ),
    Attack(
        "rewrites_its_lines",
        "makes its traceback show other lines than those that ran",
        """
import linecache
linecache.cache["target.py"] = (1, None, ["all tests passed\\n"] * 999, "target.py")
def softmax(x):
    raise ValueError("look at the line")
""",
        no_control="deceives nobody but its own reader",
        evidence="look at the line",
    ),
    Attack(
        "poisons_the_next",
        "leaves a NumPy behind that answers wrongly for whoever comes next",
        """
np.multiply = np.add = np.exp = lambda *args, **kwargs: 1 / 0
for thing in gc.get_objects():
    if isinstance(thing, dict) and "random" in thing and "ndarray" in thing and thing is not globals():
        thing["exp"] = None
softmax = wrong
""",
        no_control="the harm would be a neighbour's grade: there is none in one process",
        evidence="differs|is wrong",
    ),
    Attack(
        "hooks_every_call",
        "sets a trace and a profile function, to change what callers see",
        """
def watch(frame, event, argument):
    for name in ("expected", "reference"):
        if name in frame.f_locals:
            stolen.append(frame.f_locals[name])
    return watch
stolen = []
sys.settrace(watch); sys.setprofile(watch)
def softmax(x):
    frame = sys._getframe()
    while frame:
        watch(frame, "", None)
        frame = frame.f_back
    return stolen[-1] if stolen else wrong(x)
""",
        control="points",
        evidence="is wrong|differs",
    ),
)
