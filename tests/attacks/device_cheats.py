"""Cheats against the clock of a card: what a batch, its buffers and its streams offer beside what a CPU does.

As in `cheats`, each hides work that takes ten times as long as torch's own, or does not do it at all. Those that need
no CUDA are raced wherever there are walls, with a stand-in for the card; the others where there is one.
"""

from tests.attacks.cheats import BELOW, FILLS_LATER, WRONG, Cheat, between_calls

RUNNING = "leaves something running|while your code's worker was there"
NOT_THERE = "were not there when the clock stopped"


def on_card(name: str, tries: str, body: str, evidence: str) -> Cheat:
    """Return a cheat for which a timer in its own process is no control: it needs batches in a worker."""
    return Cheat(name, tries, body, evidence, control="", no_control="it needs the batches of a race on a card")


def put_off(digests: str) -> str:
    """Return a body that does the work of a batch when its answers are fetched; digests are what it replies."""
    return f"""
own = sys.modules['grader.worker.device']
BatchBuffers, digest = own.BatchBuffers, own.digest
run, take, waiting = BatchBuffers.run, BatchBuffers.take, []
def put_off(self, function, slot, keys, seal=0):
    waiting.append((self, function, slot, keys))
    return {digests}
def take_at_last(self, slot):
    while waiting:
        run(*waiting.pop())
    return take(self, slot)
BatchBuffers.run, BatchBuffers.take = put_off, take_at_last
def cube_fast(x):
    return slow(x)
"""


ANYWHERE = (
    on_card(
        "buffer_s_address",
        "keeps answers by where the argument lies: a batch's buffers lie where those of the last one lay",
        """
answers, calls = {}, 0
def cube_fast(x):
    global calls
    calls += 1
    key = x.data_ptr()
    if key not in answers or calls <= 2:
        answers[key] = slow(x)
    return answers[key]
""",
        WRONG,
    ),
    on_card(
        "first_of_a_batch",
        "computes one call of eight and answers the others like it",
        """
calls, last = 0, None
def cube_fast(x):
    global calls, last
    calls += 1
    if calls <= 2 or calls % 8 == 0:
        last = slow(x)
    return last
""",
        WRONG,
    ),
    on_card(
        "reads_ahead",
        "computes what lies in the buffers before the clock starts",
        """
ready = {}
def look_ahead():
    while True:
        for buffers in [each for each in gc.get_objects() if type(each).__name__ == "BatchBuffers"]:
            if len(ready) > 100:
                ready.clear()
            for (x,) in buffers._inputs:
                ready[float(x.sum())] = slow(x)
        time.sleep(0.002)
threading.Thread(target=look_ahead, daemon=True).start()
def cube_fast(x):
    key = float(x.sum())
    return ready[key] if key in ready else slow(x)
""",
        f"{BELOW}|{RUNNING}|{WRONG}|not finite",  # wrong where the buffers change under its eyes
    ),
    on_card(
        "fills_its_answer_later",
        "hands out tensors that a thread fills after they have been copied",
        FILLS_LATER,
        WRONG,
    ),
    on_card(
        "puts_the_batch_off",
        "replies at once, and does the work of a batch when its answers are fetched",
        put_off("0"),
        f"{NOT_THERE}|{WRONG}",
    ),
    on_card(
        "seals_what_it_has_not",
        "replies at once with the digests of empty buffers, and does the work when answers are fetched",
        put_off("digest(self._outputs[slot], seal)"),
        f"{NOT_THERE}|{WRONG}",
    ),
    on_card(
        "one_launch_for_a_batch",
        "does nothing until the last call of a batch, and then computes all of them together",
        """
BatchBuffers = sys.modules['grader.worker.device'].BatchBuffers
run, kept = BatchBuffers.run, {}
def put_off(self, function, slot, keys, seal=0):
    kept[slot] = (function, keys)
    if slot < len(self._inputs) - 1:
        return 0
    for place, (one, locked) in sorted(kept.items()):
        answer = run(self, one, place, locked, seal)
    kept.clear()
    return answer
BatchBuffers.run = put_off
def cube_fast(x):
    return slow(x)
""",
        f"{NOT_THERE}|{WRONG}",
    ),
    on_card(
        "slows_torch_down",
        "keeps the card busy between its calls, while torch's are timed",
        between_calls("torch.ones(1000, 1000, device='cuda' if torch.cuda.is_available() else 'cpu')", "block @ block"),
        f"{BELOW}|{RUNNING}",
    ),
    on_card(
        "answers_with_its_argument",
        "overwrites the argument by the unit matrix and hands it back: it is its own third power",
        "def cube_fast(x):\n    return x.copy_(torch.eye(len(x), device=x.device))\n",
        WRONG,
    ),
    on_card(
        "bfloat16_inside",
        "computes in bfloat16",
        "def cube_fast(x):\n    x = x.bfloat16()\n    return (x @ x @ x).float()\n",
        WRONG,
    ),
)

CUDA_ONLY = (
    on_card(
        "another_stream",
        "works on a stream that nobody waits for",
        """
def cube_fast(x):
    if not x.is_cuda:
        return slow(x)
    with torch.cuda.stream(torch.cuda.Stream()):
        return slow(x)
""",
        f"{WRONG}|{BELOW}",
    ),
    on_card(
        "nobody_waits",
        "works on another stream, and has torch's waiting for the card do nothing",
        """
torch.cuda.synchronize = lambda device=None: None
def cube_fast(x):
    if not x.is_cuda:
        return slow(x)
    with torch.cuda.stream(torch.cuda.Stream()):
        return slow(x)
""",
        f"{WRONG}|{BELOW}",
    ),
    on_card(
        "tensor_cores",
        "has float32 rounded to the 11 bits of TF32",
        """
torch.backends.cuda.matmul.allow_tf32 = True
def cube_fast(x):
    return x @ x @ x
""",
        WRONG,
    ),
    on_card(
        "lines_that_stay",
        "sets as much of the L2 cache aside as may be, so that the judge's other data do not drive out its own",
        """
import glob
for name in glob.glob(os.path.join(os.path.dirname(torch.__file__), "lib", "libcudart*")) + ["libcudart.so"]:
    try:
        ctypes.CDLL(name).cudaDeviceSetLimit(6, ctypes.c_size_t(1 << 30))
    except OSError:
        pass
def cube_fast(x):
    return slow(x)
""",
        BELOW,
    ),
)

DEVICE_CHEATS = {cheat.name: cheat for cheat in (*ANYWHERE, *CUDA_ONLY)}
ON_A_STAND_IN = frozenset(cheat.name for cheat in ANYWHERE)
