"""Other processes: making them, ending them, looking into them, and staying behind."""

from typing import Any

from tests.attacks.attack import Attack


def maker(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack that makes or harms processes."""
    if "no_control" not in options:
        options.setdefault("control", "breach")
    return Attack(name, tries, body, **options)


CHILD = """
def softmax(x):
    def start():
        pid = {call}
        if pid == 0:
            os._exit(0)
        return os.waitpid(pid, 0)
    attempt(start)
"""

ATTACKS = (
    maker("fork", "forks", CHILD.format(call="os.fork()")),
    maker(
        "vfork", "forks by the old call", CHILD.format(call="syscall(58)"), no_control="shares the stack with C code"
    ),
    maker("clone", "forks by the call beneath", CHILD.format(call="syscall(56, 17, 0, 0, 0, 0)")),
    maker(
        "clone3",
        "forks by the newest call, whose flags a filter cannot see",
        """
def softmax(x):
    def start():
        options = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)
        pid = syscall(435, options, 88)
        if pid == 0:
            os._exit(0)
        return os.waitpid(pid, 0)
    attempt(start)
""",
    ),
    maker(
        "double_fork",
        "leaves a daemon behind that writes a file later",
        """
def softmax(x):
    def daemon():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(0.5)
                open("@MARKS@/@NAME@", "w").close()
                os._exit(0)
            os._exit(0)
        os.wait()
        time.sleep(1)
    attempt(daemon)
""",
        control="mark",
    ),
    maker(
        "subprocess",
        "runs a command",
        """
def softmax(x):
    attempt(lambda: subprocess.check_output(['/bin/echo', 'x']))
""",
    ),
    maker(
        "shell",
        "runs a command by the shell",
        """
def softmax(x):
    os.system('touch @MARKS@/@NAME@')
    raise RuntimeError('stopped: went on')
""",
        control="mark",
    ),
    maker(
        "execv",
        "becomes another program",
        """
def softmax(x):
    attempt(os.execv, '/bin/true', ['true'])
""",
        control="points",
    ),
    maker(
        "execveat",
        "becomes another program by a descriptor",
        """
def softmax(x):
    program = os.open("/bin/true", os.O_RDONLY)
    attempt(syscall, 322, program, b"", (ctypes.c_char_p * 2)(b"true", None), None, 0x1000)
""",
        control="points",
    ),
    maker(
        "posix_spawn",
        "starts a program without a fork",
        """
def softmax(x):
    attempt(lambda: os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0))
""",
    ),
    maker(
        "multiprocessing",
        "starts a pool",
        """
def softmax(x):
    import multiprocessing
    def start():
        child = multiprocessing.get_context("fork").Process(target=int)
        child.start()
        child.join()
        return child.exitcode
    attempt(start)
""",
    ),
    maker(
        "kills_everybody",
        "sends signal 9 to every process",
        """
def softmax(x):
    attempt(os.kill, -1, 9)
""",
        no_control="would end this machine's session",
    ),
    maker(
        "kills_its_group",
        "sends signal 9 to its process group",
        """
def softmax(x):
    attempt(os.kill, 0, 9)
""",
        no_control="would end the suite",
    ),
    maker(
        "kills_its_parents",
        "sends signal 9 to its parent and to low process numbers",
        """
def softmax(x):
    told = []
    for pid in (os.getppid(), *range(2, 50)):
        try:
            os.kill(pid, 9)
            told.append(pid)
        except OSError:
            pass
    claim(told)
""",
        no_control="would end other processes",
    ),
    maker(
        "signals_by_queue",
        "sends a signal by the calls that few filters name",
        """
def softmax(x):
    info = ctypes.create_string_buffer(128)
    info[8] = 0xff  # a code that a process may claim
    ctypes.c_int.from_buffer(info, 8).value = -1
    told = []
    for call, args in ((129, (os.getppid() or 1, 0, info)), (297, (os.getpid(), threading.get_native_id(), 0, info))):
        try:
            told.append(syscall(call, *args))
        except OSError:
            pass
    claim(told)
""",
    ),
    maker(
        "ptrace",
        "attaches to its parent",
        """
def softmax(x):
    attempt(syscall, 101, 16, os.getppid() or 1, 0, 0)
""",
        no_control="would stop the suite",
    ),
    maker(
        "process_vm",
        "reads and writes the memory of another process",
        """
def softmax(x):
    here = ctypes.create_string_buffer(64)
    part = (ctypes.c_uint64 * 2)(ctypes.addressof(here), 64)
    attempt(syscall, 310, os.getpid(), part, 1, part, 1, 0)
""",
    ),
    maker(
        "pidfd",
        "opens a handle on a process",
        """
def softmax(x):
    attempt(os.pidfd_open, os.getpid())
""",
    ),
)
