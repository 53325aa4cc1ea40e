"""Cheats against the clock: each hides work that takes ten times as long as torch's own, or does not do it at all.

Without the trick every one of them is below bronze. A cheat that works would be gold.
"""

import platform
from dataclasses import dataclass

from tests.attacks.past_the_list import past_the_list

TASK, BANNED = "cube_fast", "power_fast"
HONEST, PLAINLY_SLOW = "honest", "plainly_slow"

PRELUDE = """\
import ctypes, gc, os, sys, threading, time
import torch

def slow(x):
    for _ in range(10):
        answer = x @ x @ x
    return answer

"""

WRONG = "is wrong"
BELOW = "below bronze"
CODE = "48c70600000000 48c7460800000000 31c0 c3"  # x86-64: *rsi = (0, 0); return 0


@dataclass(frozen=True)
class Cheat:
    """A submission that wants to be taken for fast.

    Attributes
    ----------
    name : str
    tries : str
        What its trick is.
    body : str
        What stands below the helpers.
    evidence : str
        A regular expression that the record must match: how the cheat ended.
    control : str
        What a timer in the same process must say for it to be live: ``gold``, or ``accepted`` where only its answers
        are at stake.
    no_control : str
        Why it is not run there.
    task : str
    helpers : bool
        Whether the helpers stand above the body.
    """

    name: str
    tries: str
    body: str
    evidence: str
    control: str = "gold"
    no_control: str = ""
    task: str = TASK
    helpers: bool = True

    @property
    def source(self) -> str:
        """The text of the submitted file."""
        return past_the_list(PRELUDE + self.body, "torch") if self.helpers else self.body

    @property
    def for_this_machine(self) -> bool:
        """Whether it can be run here: machine code is that of one kind of processor."""
        return CODE not in self.body or platform.machine() == "x86_64"


def remembering(name: str, tries: str, key: str, evidence: str) -> Cheat:
    """Return a cheat that computes an answer once for each key."""
    body = f"""
answers = {{}}
def cube_fast(x):
    key = {key}
    if key not in answers:
        answers[key] = slow(x)
    return answers[key]
"""
    return Cheat(f"remembers_by_{name}", tries, body, evidence)


def banned(
    name: str,
    tries: str,
    expression: str,
    above: str = "",
    evidence: str = "written without aten::(linalg_)?matrix_power",
) -> Cheat:
    """Return a cheat that lets the forbidden operator do the work; a line may stand above the function."""
    body = f"import torch\n{above}\ndef power_fast(x):\n    return {expression}\n"
    return Cheat(
        name, tries, body, evidence, control="", no_control="only this engine forbids it", task=BANNED, helpers=False
    )


def between_calls(block: str, work: str) -> str:
    """Return a body that is slow, and whose thread works on a block whenever no call is being answered."""
    return f"""
block, request = {block}, threading.Event()
def disturb():
    while True:
        if request.is_set():
            time.sleep(0.0005)
        else:
            {work}
threading.Thread(target=disturb, daemon=True).start()
def cube_fast(x):
    request.set()
    answer = slow(x)
    request.clear()
    return answer
"""


FILLS_LATER = """
calls = 0
def cube_fast(x):
    global calls
    calls += 1
    if calls <= 2:
        return slow(x)
    answer = torch.zeros_like(x)
    threading.Thread(target=lambda: answer.copy_(slow(x))).start()
    return answer
"""

CACHES = (
    remembering("id", "keeps answers by the argument's identity", "id(x)", f"{WRONG}|{BELOW}"),
    remembering("address", "keeps answers by where the argument's numbers lie", "x.data_ptr()", f"{WRONG}|{BELOW}"),
    remembering("content", "keeps answers by the argument's numbers", "x.numpy().tobytes()", BELOW),
    remembering("checksum", "keeps answers by a checksum of the argument", "float(x.sum())", BELOW),
    remembering("shape", "computes one answer for each shape", "tuple(x.shape)", WRONG),
    Cheat(
        "previous_answer",
        "answers the second question and all later ones with the first answer, a copy each time",
        """
first = []
def cube_fast(x):
    if not first:
        first.append(slow(x))
    return first[0].clone()
""",
        WRONG,
    ),
)

BEFORE = (
    Cheat(
        "guesses_seeds",
        "computes the answers for likely seeds while it is loaded",
        """
answers = {}
for seed in (*range(20), 42, 1234):
    guess = torch.empty(300, 300).normal_(0.0, 300**-0.5, generator=torch.Generator().manual_seed(seed))
    answers[float(guess[0, 0]), float(guess[-1, -1])] = guess @ guess @ guess
def cube_fast(x):
    key = float(x[0, 0]), float(x[-1, -1])
    return answers[key] if key in answers else slow(x)
""",
        BELOW,
    ),
    Cheat(
        "works_while_arguments_are_made",
        "computes the answer where the argument is made or unpacked, before the function is called",
        """
server = sys.modules.get('grader.worker.server') or __import__('grader.worker.server', fromlist=['server'])
ready = {}
def hurried(original):
    def make(*args, **kwargs):
        made = original(*args, **kwargs)
        for x in (made, *(made[3] if type(made) is tuple and len(made) > 3 and type(made[3]) is tuple else ())):
            if type(x) is torch.Tensor and x.shape == (300, 300):
                ready[id(x)] = slow(x)
        return made
    return make
torch.normal, server.decode = hurried(torch.normal), hurried(server.decode)
def cube_fast(x):
    return ready.get(id(x), x)
""",
        BELOW,
    ),
)

ELSEWHERE = (
    Cheat(
        "works_in_a_thread",
        "lets a thread do the work and waits for it",
        """
def cube_fast(x):
    answers = []
    helper = threading.Thread(target=lambda: answers.append(slow(x)))
    helper.start()
    helper.join()
    return answers[0]
""",
        BELOW,
    ),
    Cheat(
        "works_in_many_threads",
        "lets torch use more threads than it was given",
        """
torch.set_num_threads(8)
def cube_fast(x):
    answers = []
    helpers = [threading.Thread(target=lambda: answers.append(x @ x @ x)) for _ in range(10)]
    for helper in helpers:
        helper.start()
    for helper in helpers:
        helper.join()
    return answers[0]
""",
        BELOW,
    ),
    Cheat(
        "works_in_another_process",
        "forks while it is loaded and has its child do the work: its own CPU clock stands still",
        """
to_read, to_write = os.pipe(), os.pipe()
def all_of(descriptor, count):
    data = bytearray()
    while len(data) < count:
        data += os.read(descriptor, count - len(data))
    return data
def send(descriptor, tensor):
    data = memoryview(tensor.numpy()).cast("B")
    while data:
        data = data[os.write(descriptor, data):]
def received(descriptor):
    return torch.frombuffer(all_of(descriptor, 360_000), dtype=torch.float32).reshape(300, 300)
if os.fork() == 0:
    os.close(to_write[1])
    while True:
        send(to_read[1], slow(received(to_write[0])))
def cube_fast(x):
    send(to_write[1], x)
    return received(to_read[0])
""",
        "fast.py does not load: PermissionError",
    ),
    Cheat(
        "works_after_the_answer",
        "gives right answers twice, then hands out tensors that a thread fills later",
        FILLS_LATER,
        WRONG,
    ),
)

LAZY = """
class Lazy{base}:
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        args = [arg.now() if isinstance(arg, Lazy) else arg for arg in args]
        return function(*args, **(kwargs or {{}}))
    def now(self):
        return slow(self.x)
def cube_fast(x):
    answer = {made}
    answer.x = x
    return answer
"""

LATER = (
    Cheat(
        "lazy_tensor",
        "answers with a kind of tensor that does the work when it is looked at",
        LAZY.format(base="(torch.Tensor)", made="torch.zeros(300, 300).as_subclass(Lazy)"),
        "is not an array|cannot be sent",
    ),
    Cheat(
        "promise",
        "answers with an object that becomes a tensor when somebody computes with it",
        LAZY.format(base="", made="Lazy()"),
        "is not an array|cannot be sent",
    ),
    Cheat(
        "meta_tensor",
        "answers with a tensor that has a shape and no numbers",
        "def cube_fast(x):\n    return torch.empty(x.shape, device='meta')\n",
        "cannot be sent|meta|wrong",
        control="",
        no_control="no check can read it",
    ),
)

CLOCKS = (
    Cheat(
        "patched_clocks",
        "makes Python's clocks and torch's waiting for the GPU say what it likes",
        """
for name in ("time", "perf_counter", "process_time", "thread_time", "monotonic"):
    setattr(time, name, lambda: 0.0)
    setattr(time, name + "_ns", lambda: 0)
time.clock_gettime = lambda clock: 0.0
torch.cuda.synchronize = lambda device=None: None
torch.cuda.Event.elapsed_time = lambda self, end: 1e-3
def cube_fast(x):
    return slow(x)
""",
        BELOW,
    ),
    Cheat(
        "patched_c_library",
        "overwrites the C library's clock with machine code that always says zero",
        f"""
libc = ctypes.CDLL(None)
def patch():
    start = ctypes.cast(libc.clock_gettime, ctypes.c_void_p).value
    page = start & ~4095
    if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(8192), 7) == 0:
        code = bytes.fromhex("{CODE}".replace(" ", ""))
        ctypes.memmove(start, code, len(code))
patch()
def cube_fast(x):
    return slow(x)
""",
        BELOW,
    ),
)

ANSWERS = (
    Cheat(
        "changes_the_argument",
        "makes the argument zero, so that zero is right for who computes the reference afterwards",
        "def cube_fast(x):\n    x.zero_()\n    return torch.zeros_like(x)\n",
        WRONG,
    ),
    Cheat(
        "answers_with_the_argument",
        "overwrites the argument by the unit matrix and hands it back: it is its own third power",
        "def cube_fast(x):\n    return x.copy_(torch.eye(len(x)))\n",
        WRONG,
    ),
    Cheat(
        "half_precision",
        "computes in bfloat16",
        "def cube_fast(x):\n    x = x.bfloat16()\n    return (x @ x @ x).float()\n",
        WRONG,
        control="accepted",
    ),
    Cheat(
        "zeros",
        "answers with zeros",
        "def cube_fast(x):\n    return torch.zeros_like(x)\n",
        WRONG,
        control="",
        no_control="every check sees it",
    ),
    Cheat(
        "some_rows",
        "computes the first rows, where a spot check looks",
        """
def cube_fast(x):
    answer = torch.zeros_like(x)
    answer[:8] = x[:8] @ x @ x
    return answer
""",
        WRONG,
    ),
    Cheat(
        "finds_the_answer",
        "looks for the reference's answer among what its callers remember",
        """
def cube_fast(x):
    frame = sys._getframe()
    while frame:
        if torch.is_tensor(found := frame.f_locals.get("expected")):
            return found
        frame = frame.f_back
    return slow(x)
""",
        BELOW,
    ),
    Cheat(
        "one_answer_too_many",
        "sends every answer twice, so that the judge finds one before the next question is worked on",
        """
def cube_fast(x):
    server = next(each for each in gc.get_objects() if type(each).__name__ == "Server")
    answer = slow(x)
    server._send(("ok", answer))
    return answer
""",
        f"{WRONG}|could not be read|did not return",
        control="",
        no_control="where there is no wall there is no line",
    ),
    Cheat(
        "answers_ahead",
        "sends an answer before it works, so as to be done sooner",
        """
def cube_fast(x):
    server = next(each for each in gc.get_objects() if type(each).__name__ == "Server")
    server._send(("ok", torch.zeros_like(x)))
    return slow(x)
""",
        f"{WRONG}|could not be read|did not return",
        control="",
        no_control="where there is no wall there is no line",
    ),
)

NOISE = (
    Cheat(
        "makes_noise",
        "keeps the machine busy in a thread, so that a race is given up as too noisy and costs no points",
        """
block = torch.ones(8_000_000)
def disturb():
    while True:
        block.add_(1.0)
for _ in range(2):
    threading.Thread(target=disturb, daemon=True).start()
def cube_fast(x):
    return slow(x)
""",
        f"{BELOW}|goes on working",
        control="",
        no_control="it wants no points but that none are counted",
    ),
    Cheat(
        "slows_torch_down",
        "keeps the memory busy between its calls, while torch's are timed",
        between_calls("torch.ones(8_000_000)", "block.add_(1.0)"),
        f"{BELOW}|goes on working",
        control="",
        no_control="a timer that runs torch first is not disturbed",
    ),
)

FORBIDDEN = (
    banned("forbidden_operator", "calls torch's own operator", "torch.linalg.matrix_power(x, 3)"),
    banned("forbidden_alias", "calls it by its older name", "torch.matrix_power(x, 3)"),
    banned("forbidden_method", "calls it as a method", "x.matrix_power(3)"),
    banned(
        "forbidden_overload",
        "calls it by torch.ops",
        "torch.ops.aten.linalg_matrix_power.default(x, 3)",
        evidence="torch.ops is not allowed where an operator is forbidden",
    ),
    banned(
        "forbidden_batch",
        "calls it inside vmap",
        "torch.vmap(lambda one: torch.linalg.matrix_power(one, 3))(x[None])[0]",
    ),
    banned(
        "forbidden_library",
        "lets another library do it",
        "torch.from_numpy(fractional_matrix_power(x.numpy(), 3))",
        above="from scipy.linalg import fractional_matrix_power",
        evidence="scipy.linalg.fractional_matrix_power is not allowed where an operator is forbidden",
    ),
)

CONTROLS = (
    Cheat(HONEST, "is as fast as torch", "def cube_fast(x):\n    return x @ x @ x\n", "gold"),
    Cheat(PLAINLY_SLOW, "takes ten times as long", "def cube_fast(x):\n    return slow(x)\n", BELOW, control=""),
)
"""No cheats: what both timers must see as it is."""

CHEATS: dict[str, Cheat] = {
    cheat.name: cheat
    for family in (CACHES, BEFORE, ELSEWHERE, LATER, CLOCKS, ANSWERS, NOISE, FORBIDDEN)
    for cheat in family
}
