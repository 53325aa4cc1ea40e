"""Reading what is hidden: expected values, suites, solutions, secrets, other people's work."""

from typing import Any

from tests.attacks.attack import Attack

FIND = """
MARK = "CAN" + "ARY-"
def search_files(*roots):
    found = []
    for root in roots:
        for folder, below, names in os.walk(root):
            below[:] = [] if folder.count("/") > root.count("/") + 4 else below
            for name in names:
                path = os.path.join(folder, name)
                try:
                    if os.path.isfile(path) and os.path.getsize(path) < 2_000_000:
                        text = open(path, errors="replace").read()
                        if MARK in text:
                            found.append(path + text[text.index(MARK):][:40])
                except OSError:
                    pass
    return found
"""


def reader(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack that reads."""
    if "no_control" not in options:
        options.setdefault("control", "breach")
    return Attack(name, tries, FIND + body, **options)


def opener(name: str, tries: str, path: str, **options: Any) -> Attack:
    """Return an attack that opens one file."""
    return reader(name, tries, f"def softmax(x):\n    attempt(lambda: open({path!r}).read()[:200])\n", **options)


ATTACKS = (
    opener("reads_the_suite", "opens the hidden tests", "@COURSE@/tests/hidden/numbers/test_target.py"),
    opener("reads_the_solution", "opens the solution", "@COURSE@/solutions/numbers/target.py"),
    opener("reads_the_misconceptions", "opens the misconceptions", "@COURSE@/tests/hidden/numbers/misconceptions.py"),
    opener("reads_the_secret", "opens the course secret", "@COURSE@/.course-secret"),
    opener("reads_the_journal", "opens the journal with everybody's results", "@OUTSIDE@/gradebook.jsonl"),
    opener("reads_a_neighbour", "opens a neighbour's submission", "@CLASS@/a_neighbour/numbers/target.py"),
    opener("reads_shadow", "opens /etc/shadow", "/etc/shadow", no_control="only root can read it in any case"),
    opener("reads_passwd", "opens /etc/passwd", "/etc/passwd"),
    opener("reads_raw_memory", "opens /dev/mem", "/dev/mem", no_control="touches the machine's memory"),
    opener("reads_kernel_messages", "opens /dev/kmsg", "/dev/kmsg", no_control="not there in every machine"),
    reader(
        "walks_through_dotdot",
        "climbs out of its folder by .. and by links",
        """
def softmax(x):
    os.makedirs("deep/er", exist_ok=True)
    if not os.path.lexists("way"):
        os.symlink("@COURSE@", "way")
    climb = "../" * 30 + "@COURSE@/course.toml"
    attempt(lambda: open("way/tests/hidden/numbers/test_target.py").read() + open(climb).read())
""",
    ),
    reader(
        "searches_the_disk",
        "reads every small file that it can see, for a canary",
        """
def softmax(x):
    claim(search_files('/box', '/etc', '/engine', '/root', '/home', '/tmp', '/var', '/srv', '/opt', '/run', '@COURSE@'))
""",
        no_control="a search of the whole disk takes too long without walls",
    ),
    reader(
        "sees_the_engine_only",
        "looks for suites and solutions beside the engine that it was imported from",
        """
def softmax(x):
    import grader.wire
    home = os.path.dirname(os.path.dirname(os.path.dirname(grader.wire.__file__)))
    wanted = ("solutions", "tests", "course.toml", "grader/judge")
    claim([name for name in wanted if os.path.exists(os.path.join(home, name))])
""",
    ),
    reader(
        "searches_the_heap",
        "asks the garbage collector for every text, the judge's among them",
        """
def softmax(x):
    texts = (item for thing in gc.get_objects() for item in gc.get_referents(thing) if isinstance(item, str))
    claim([text[text.index(MARK):][:60] for text in texts if MARK in text and text != MARK])
""",
    ),
    reader(
        "searches_the_frames",
        "walks up the stack for expected values and secrets",
        """
def softmax(x):
    found, frame = [], sys._getframe(1)
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            found += [str(value) for value in scope.values() if isinstance(value, str) and MARK in value]
        frame = frame.f_back
    claim(found)
""",
    ),
    reader(
        "expected_values_in_memory",
        "looks for an array of the answer's shape that adds up to one in every row, and answers with it",
        """
def softmax(x):
    frame = sys._getframe(1)
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, np.ndarray) and value.shape == x.shape and np.allclose(value.sum(1), 1):
                return value
        frame = frame.f_back
    return wrong(x)
""",
        control="points",
        evidence="is wrong|differs",
    ),
    reader(
        "reads_raw_heap",
        "reads its own memory byte by byte for what the process before the fork held",
        """
def softmax(x):
    start, found = id(x) & ~0xFFF, []
    for page in range(8):
        text = ctypes.string_at(start - page * 4096, 4096)
        if MARK.encode() in text:
            found.append(text[text.index(MARK.encode()):][:40])
    claim(found)
""",
        no_control="where the bytes lie is chance",
        evidence="stopped: nothing found|segmentation fault",
    ),
    reader(
        "reads_the_environment",
        "looks for secrets in its environment",
        """
def softmax(x):
    claim([name for name, value in os.environ.items() if MARK in value or 'SECRET' in name])
""",
    ),
    reader(
        "reads_other_environments",
        "reads the environment and command line of every process",
        """
def softmax(x):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline", "maps"):
            try:
                data = open("/proc/" + pid + "/" + name, "rb").read()
                found += [pid] if data else []
            except OSError:
                pass
    claim(found)
""",
    ),
    reader(
        "reads_the_parent",
        "reads the environment of the process that started it",
        """
def softmax(x):
    attempt(lambda: open('/proc/%d/environ' % os.getppid(), 'rb').read())
""",
    ),
    reader(
        "reads_process_memory",
        "opens the memory of process 1 and of its parent",
        """
def softmax(x):
    attempt(lambda: open('/proc/%d/mem' % os.getppid(), 'rb'))
""",
    ),
    reader(
        "reads_every_descriptor",
        "reads whatever descriptor was left open, without waiting",
        """
def softmax(x):
    found = []
    for number in range(4, 1024):
        try:
            found.append((number, os.fstat(number).st_mode))
        except OSError:
            pass
    claim(found)
""",
    ),
    reader(
        "lists_processes",
        "counts the processes that it can see",
        """
def softmax(x):
    claim([name for name in os.listdir('/proc') if name.isdigit()])
""",
    ),
    reader(
        "reads_mounts",
        "reads from where its file system was put together",
        """
def softmax(x):
    attempt(lambda: open('/proc/self/mountinfo').read()[:300])
""",
    ),
    reader(
        "reads_by_syscall",
        "opens the suite by openat2 and by name_to_handle_at",
        """
def softmax(x):
    how = (ctypes.c_uint64 * 3)(0, 0, 0)
    attempt(syscall, 437, -100, b"@COURSE@/tests/hidden/numbers/test_target.py", how, 24)
""",
    ),
)
