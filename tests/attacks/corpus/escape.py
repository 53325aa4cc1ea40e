"""Climbing over the walls: mounts, namespaces, identities, the filter itself, and writing where all would read."""

from typing import Any

from tests.attacks.attack import Attack

ROOT = "only root may in any case, and it would change this machine"


def climber(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack on the walls."""
    if "no_control" not in options:
        options.setdefault("control", "breach")
    return Attack(name, tries, body, **options)


def call(name: str, tries: str, arguments: str, **options: Any) -> Attack:
    """Return an attack that makes one system call."""
    options.setdefault("no_control", ROOT)
    return climber(name, tries, f"def softmax(x):\n    attempt(syscall, {arguments})\n", **options)


ATTACKS = (
    call("mount", "mounts a file system of its own", "165, b'none', b'/box', b'tmpfs', 0, None"),
    call("remount", "makes the root writable again", "165, None, b'/', None, 32, None"),
    call("umount_proc", "takes the cover off /proc", "166, b'/proc', 2"),
    call("umount_box", "takes the cover off the room beneath its own", "166, b'/box', 2"),
    call("chroot", "makes another folder its root", "161, b'/box'"),
    call("pivot_root", "exchanges its root", "155, b'/box', b'/box'"),
    call(
        "unshare_user",
        "makes a user namespace, to be root in it",
        "272, 0x10000000",
        no_control="changes the process for good",
    ),
    call("setns", "enters another namespace", "308, 0, 0"),
    call("new_mount_calls", "mounts by the newer calls", "430, b'proc', 0"),
    call("open_tree", "copies a tree of mounts", "428, -100, b'/', 1"),
    call(
        "open_by_handle", "opens a file by its number instead of its name", "304, 0, ctypes.create_string_buffer(64), 0"
    ),
    call("setuid_root", "becomes root", "105, 0", no_control="root may in any case"),
    call("setresuid_judge", "becomes the user of the judge", "117, 0, 0, 0", no_control="root may in any case"),
    call(
        "capset",
        "takes every capability",
        "126, (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)",
    ),
    call(
        "keyctl", "reads the session's key ring", "250, 0, -3, 1", no_control="many machines switch it off altogether"
    ),
    call("bpf", "loads a program into the kernel", "321, 0, ctypes.create_string_buffer(128), 128"),
    call("userfaultfd", "asks to serve its own page faults", "323, 0"),
    call(
        "perf_events",
        "counts what the processor does for others",
        "298, ctypes.create_string_buffer(128), 0, -1, -1, 0",
    ),
    call("loads_a_module", "loads a kernel module", "313, 0, b'', 0"),
    call("kexec", "loads another kernel", "246, 0, 0, None, 0"),
    call("reboot", "restarts the machine, with the wrong magic number", "169, 1, 2, 3"),
    call("swapoff", "changes the machine's swap", "168, b'/nothing'"),
    call("sethostname", "renames the machine", "170, b'owned', 5"),
    call("settimeofday", "sets the machine's clock", "164, (ctypes.c_uint64 * 2)(0, 0), None"),
    call(
        "personality", "switches address randomization off", "135, 0x0040000", no_control="changes the process for good"
    ),
    call("iopl", "asks for the machine's ports", "172, 3"),
    call("mknod", "makes a disk device of its own", "133, b'/box/disk', 0o60666, 0x800"),
    call(
        "second_filter",
        "installs a seccomp filter of its own that lies to libraries",
        "317, 1, 0, None",
        no_control="fails without a program",
    ),
    call("memfd_exec", "makes a program in memory", "319, b'x', 0", no_control="", control="breach"),
    climber(
        "drops_no_new_privs",
        "takes back the promise to gain no rights",
        """
def softmax(x):
    before = libc.prctl(39, 0, 0, 0, 0)
    result = libc.prctl(38, 0, 0, 0, 0)
    claim([] if before == 1 and libc.prctl(39, 0, 0, 0, 0) == 1 else ["new privileges are allowed"])
""",
    ),
    climber(
        "keeps_a_capability",
        "looks for a capability that was left to it",
        """
def softmax(x):
    data = (ctypes.c_uint32 * 6)()
    syscall(125, (ctypes.c_uint32 * 2)(0x20080522, 0), data)
    claim([hex(number) for number in data if number])
""",
        no_control="whoever is not root has none in any case",
    ),
    climber(
        "changes_the_filter_in_memory",
        "overwrites the bytes of the filter where its own process still has them",
        """
def softmax(x):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Sealed" and hasattr(thing, "_program"):
            program = thing._program
            ctypes.memset(id(program) + 32, 6, len(program))
    attempt(socket.socket)
""",
        no_control="there is no filter without walls",
    ),
    climber(
        "pokes_python",
        "writes over Python's own objects, the numbers and the type of its answer",
        """
def softmax(x):
    ctypes.memset(id(0.0) + 16, 0x3f, 8)
    ctypes.c_int64.from_address(id(1000) + 24).value = 7
    answer = wrong(x)
    ctypes.c_size_t.from_address(id(answer) + 8).value = id(type(None))
    return answer
""",
        no_control="breaks its own process, gains nothing",
        evidence="is wrong|ended its process|cannot be sent|not an array|raised|differs|read",
    ),
    climber(
        "terminal_input",
        "types a command into the terminal of whoever started the judge",
        """
def softmax(x):
    import fcntl
    def type_in():
        for number in (0, 1, 2):
            fcntl.ioctl(number, 0x5412, b"\\n")
    attempt(type_in)
""",
        no_control="would type into a terminal",
    ),
    climber(
        "takes_a_terminal",
        "opens the terminal of whoever started the judge",
        """
def softmax(x):
    attempt(os.open, '/dev/tty', os.O_RDWR)
""",
        no_control="there may be no terminal",
    ),
    climber(
        "old_system_calls",
        "makes a system call the 32-bit way, by its other number",
        """
def softmax(x):
    import mmap
    # mov eax, 20 (getpid of i386); int 0x80; ret
    code = mmap.mmap(-1, 4096, prot=7)
    code.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    pid = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    breach(pid)
""",
        no_control="not every kernel has them",
        evidence="ended its process",
    ),
    climber(
        "x32_system_calls",
        "makes a system call by its number of the third way",
        """
def softmax(x):
    attempt(syscall, 0x40000000 + 41, 2, 1, 0)
""",
        no_control="not every kernel has them",
        evidence="ended its process|stopped",
    ),
    climber(
        "preload",
        "sets LD_PRELOAD for the next program, and starts it",
        """
def softmax(x):
    os.environ["LD_PRELOAD"] = "/box/evil.so"
    os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = "/box"
    attempt(os.execve, sys.executable, [sys.executable, "-c", "pass"], dict(os.environ))
""",
        control="points",
    ),
    climber(
        "runs_from_the_box",
        "writes a program into its room, marks it executable and setuid, and runs it",
        """
def softmax(x):
    with open("program", "w") as file:
        file.write("#!/bin/sh\\ntouch @MARKS@/@NAME@\\n")
    os.chmod("program", 0o6755)
    attempt(subprocess.call, ["./program"])
""",
        no_control="leaves its file beside the suite",
    ),
)
