"""Writing where others would read: the system, the libraries, the engine, the folders that all share."""

from tests.attacks.attack import Attack
from tests.attacks.corpus.escape import climber

MACHINE = "would change this machine"


def writer(name: str, tries: str, expression: str, no_control: str = MACHINE) -> Attack:
    """Return an attack that writes where it should not."""
    return climber(name, tries, f"def softmax(x):\n    attempt(lambda: {expression})\n", no_control=no_control)


ATTACKS = (
    climber(
        "links_out_of_the_box",
        "makes links in its room that lead out of it, and writes through them",
        """
def softmax(x):
    for target in ("@MARKS@", "/proc/1/root", "/usr", "/engine"):
        link = "/box/link" + str(len(os.listdir("/box")))
        os.symlink(target, link)
        try:
            open(link + "/@NAME@", "w").close()
            breach(target)
        except OSError:
            pass
    raise RuntimeError("stopped: no way out")
""",
        no_control="there is no room without walls",
    ),
    climber(
        "hard_link",
        "makes a hard link on a file outside of its room",
        """
def softmax(x):
    attempt(os.link, sys.executable, '/box/python')
""",
        no_control="there is no room without walls",
    ),
    climber(
        "marks_the_outside",
        "writes a file into a folder that everybody may write to",
        """
def softmax(x):
    open('@MARKS@/@NAME@', 'w').close()
""",
        control="mark",
        evidence="FileNotFoundError|Read-only|Permission",
    ),
    climber(
        "writes_temporary_files",
        "leaves a file in the machine's folders for temporary files",
        """
def softmax(x):
    def write():
        for folder in ("/tmp", "/var/tmp", "/dev/shm"):
            if os.path.isdir(folder):
                open(folder + "/deepgrade-attack-@NAME@", "w").close()
                os.remove(folder + "/deepgrade-attack-@NAME@")
                return folder
        raise OSError("no such folder")
    attempt(write)
""",
    ),
    climber(
        "sees_the_host_name",
        "finds out whose machine this is, and shouts it",
        """
def softmax(x):
    open('@MARKS@/@NAME@', 'w').write(socket.gethostname())
""",
        control="mark",
        evidence="FileNotFoundError|Read-only|Permission",
    ),
    writer("writes_usr", "plants a program", "open('/usr/bin/deepgrade-attack', 'w')"),
    writer(
        "writes_the_libraries",
        "plants a module beside NumPy",
        "open(os.path.dirname(np.__file__) + '/deepgrade_attack.py', 'w')",
    ),
    writer(
        "writes_the_engine",
        "changes the worker for whoever comes next",
        "open(sys.modules['grader.worker.server'].__file__, 'a')",
    ),
    writer(
        "writes_the_interpreter",
        "plants a sitecustomize in the interpreter",
        "open(os.path.dirname(os.__file__) + '/sitecustomize.py', 'w')",
    ),
    writer(
        "chmods_the_interpreter",
        "takes the right to run the interpreter from everybody",
        "os.chmod('/proc/self/exe', 0)",
    ),
    writer("chmods_the_real_interpreter", "the same, by its own name", "os.chmod(os.path.realpath(sys.executable), 0)"),
    writer("chowns_the_libraries", "takes NumPy over", "os.chown(np.__file__, os.getuid(), os.getgid())"),
    writer(
        "touches_the_libraries",
        "changes the time of NumPy's files, so that caches are made anew",
        "os.utime(np.__file__, (0, 0))",
    ),
    writer(
        "sets_attributes",
        "sets an extended attribute on the interpreter",
        "os.setxattr(os.path.realpath(sys.executable), 'user.x', b'1')",
    ),
    writer("writes_kernel_settings", "changes a setting of the kernel's", "open('/proc/sys/kernel/core_pattern', 'w')"),
    writer("triggers_sysrq", "asks the kernel for a crash", "open('/proc/sysrq-trigger', 'w')"),
    writer("writes_cpu_settings", "switches a processor off", "open('/sys/devices/system/cpu/cpu1/online', 'w')"),
    writer("empties_the_root", "removes what it sees", "os.rename('/engine', '/box/engine') or os.rmdir('/site')"),
)
