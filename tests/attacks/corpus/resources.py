"""Using up what all share: memory, disk, output, time. Every amount is bounded, so that a hole would not hurt."""

from typing import Any

from tests.attacks.attack import Attack

HUNGRY = "costs memory that a machine without walls may not have"
SLOW = "did not return in time|used up its CPU|not run"


def eater(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack on resources."""
    if "no_control" not in options:
        options.setdefault("control", "hang")
    options.setdefault("evidence", SLOW)
    return Attack(name, tries, body, **options)


ATTACKS = (
    eater(
        "eats_memory",
        "takes 2 GiB",
        """
def softmax(x):
    hoard = bytearray(2 << 30)
    breach(len(hoard))
""",
        no_control=HUNGRY,
        evidence="more memory",
    ),
    eater(
        "eats_memory_in_pieces",
        "takes 2 GiB in many pieces, and goes on when refused",
        """
def softmax(x):
    hoard, taken = [], 0
    for _ in range(64):
        try:
            hoard.append(np.ones(4 << 20))
            taken += 32
        except MemoryError:
            pass
    if taken > 1024:
        breach(taken)
    raise RuntimeError("stopped: " + str(taken) + " MiB")
""",
        no_control=HUNGRY,
        evidence="stopped: ",
    ),
    eater(
        "maps_memory",
        "maps 2 GiB past every allocator",
        """
def softmax(x):
    import mmap
    attempt(lambda: mmap.mmap(-1, 2 << 30).write(b"x"))
""",
        no_control=HUNGRY,
        evidence="stopped: |more memory",
    ),
    eater(
        "memory_on_disk",
        "hoards in files that are memory in truth",
        """
def softmax(x):
    written, names = 0, [os.path.join(folder, "hoard") for folder in ("/box", "/dev/shm", "/tmp", "/run", "/dev", "/")]
    for name in names:
        try:
            with open(name, "wb") as file:
                for _ in range(512):
                    written += file.write(b"x" * (1 << 20))
        except OSError:
            pass
    if written > 100 << 20:
        breach(written)
    raise RuntimeError("stopped: " + str(written >> 20) + " MiB")
""",
        no_control="would fill the machine's disk",
        evidence="stopped: ",
    ),
    eater(
        "one_huge_file",
        "writes one file of 1 GiB with holes",
        """
def softmax(x):
    def write():
        with open("sparse", "wb") as file:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            os.truncate(file.fileno(), 1 << 30)
        return os.path.getsize("sparse")
    attempt(write)
""",
        no_control="leaves its file beside the suite",
        evidence="stopped: ",
    ),
    eater(
        "many_files",
        "makes 20,000 empty files",
        """
def softmax(x):
    def make():
        for number in range(20_000):
            open("f" + str(number), "w").close()
        return number
    attempt(make)
""",
        no_control="leaves its files beside the suite",
        evidence="stopped: ",
    ),
    eater(
        "open_files",
        "opens 5,000 files at a time",
        """
def softmax(x):
    attempt(lambda: len([os.open("/dev/null", os.O_RDONLY) for _ in range(5000)]))
""",
        no_control="depends on the machine's own limit",
        evidence="stopped: |raised|ended its process",
    ),
    eater(
        "floods_output",
        "writes to both outputs without end",
        """
def softmax(x):
    while True:
        os.write(1, b'y' * 65536)
        os.write(2, b'n' * 65536)
""",
        no_control="fills the machine's disk",
        evidence="did not return in time|used up its CPU time",
    ),
    eater(
        "floods_after_the_answer",
        "answers, and lets a thread print without end while nobody asks",
        """
def flood():
    while True:
        os.write(1, b"y" * 65536)
def softmax(x):
    threading.Thread(target=flood, daemon=True).start()
    time.sleep(0.05)
    return wrong(x)
""",
        no_control="needs a judge that has gone on",
        evidence="is wrong|differs",
    ),
    eater(
        "floods_between_tests",
        "keeps below the limit while it is asked, and prints more between its answer and the next question",
        """
def flood():
    time.sleep(0.002)
    for _ in range(1000):
        os.write(1, b"y" * 4096)
def softmax(x):
    threading.Thread(target=flood, daemon=True).start()
    return wrong(x)
def positives(x):
    threading.Thread(target=flood, daemon=True).start()
    return -1
def apply(function, x):
    threading.Thread(target=flood, daemon=True).start()
    return x
""",
        no_control="needs a judge that has gone on",
        evidence="is wrong|differs",
    ),
)
