"""Staying behind: threads, handlers, timers and limits that outlive an answer."""

from tests.attacks.corpus.processes import maker

ATTACKS = (
    maker(
        "daemon_thread",
        "answers, and goes on in a thread that writes, prints and waits for the next test",
        """
def stay():
    for _ in range(200):
        try:
            open("@MARKS@/@NAME@", "w").close()
        except OSError:
            pass
        time.sleep(0.01)
def softmax(x):
    threading.Thread(target=stay, daemon=True).start()
    time.sleep(0.2)
    return wrong(x)
""",
        control="mark",
        evidence="differs|is wrong",
    ),
    maker(
        "thread_bomb",
        "starts 200 threads that stay",
        """
def softmax(x):
    started = 0
    try:
        for _ in range(200):
            threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
            started += 1
    except RuntimeError:
        raise RuntimeError("stopped: no more than " + str(started)) from None
    breach(started)
""",
    ),
    maker(
        "ignores_signals",
        "ignores and blocks every signal, then never returns",
        """
def softmax(x):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass
""",
        control="hang",
        evidence="did not return in time",
    ),
    maker(
        "leaves_by_atexit",
        "leaves work for the end of the process",
        """
import atexit
atexit.register(lambda: open("@MARKS@/@NAME@", "w").close())
softmax = wrong
""",
        control="mark",
        evidence="differs|is wrong",
    ),
    maker(
        "timers",
        "sets timers that go off after its answer",
        """
def ring(*args):
    open("@MARKS@/@NAME@", "w").close()
def softmax(x):
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    time.sleep(0.2)
    return wrong(x)
""",
        control="mark",
        evidence="differs|is wrong|raised",
    ),
    maker(
        "signals_through_a_pipe",
        "makes the kernel send a signal to another process when a pipe has data",
        """
def softmax(x):
    import fcntl
    told = []
    for pid in (os.getppid() or 2, 2, 3):
        reader, writer = os.pipe()
        try:
            fcntl.fcntl(reader, fcntl.F_SETOWN, pid)
            told.append(pid)
        except OSError:
            pass
    claim([pid for pid in told if pid != os.getpid()])
""",
    ),
    maker(
        "raises_its_priority",
        "makes itself more important than the judge",
        """
def softmax(x):
    attempt(os.setpriority, os.PRIO_PROCESS, 0, -20)
""",
        no_control="only root may in any case",
    ),
    maker(
        "realtime",
        "asks for a scheduler that lets nobody else run",
        """
def softmax(x):
    attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)))
""",
        no_control="would stop this machine",
    ),
    maker(
        "starves_itself",
        "puts itself behind everybody else, so that its time is never charged, and then loops for ever",
        """
def softmax(x):
    ways = (
        lambda: os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)),
        lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, 19),
        lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
        lambda: open("/proc/self/autogroup", "w").write("19"),
        lambda: syscall(251, 1, 0, 3 << 13),
    )
    found = []
    for number, way in enumerate(ways):
        try:
            way()
            found.append(number)
        except OSError:
            pass
    claim(found)
""",
        control="breach",
    ),
    maker(
        "waits_on_itself",
        "starts threads that all want a core at the same moment and then sleep, so that their waiting looks like need",
        """
def now_and_then():
    while True:
        end = time.thread_time() + 0.002
        while time.thread_time() < end: pass
        time.sleep(1 - time.time() % 1)
def softmax(x):
    for _ in range(30):
        threading.Thread(target=now_and_then, daemon=True).start()
    time.sleep(1000)
""",
        evidence="did not return in time|not run",
        no_control="only a grader that counts waiting times would be misled",
    ),
    maker(
        "stops_itself_by_a_timer",
        "has a timer stop it, so that it uses no time at all",
        """
def softmax(x):
    libc.timer_create.restype = ctypes.c_int
    event, timer = (ctypes.c_int * 16)(), ctypes.c_void_p()
    event[2] = signal.SIGSTOP
    if libc.timer_create(1, event, ctypes.byref(timer)):
        raise RuntimeError("stopped: no timer")
    soon = (ctypes.c_long * 4)(0, 0, 0, 1000)
    libc.timer_settime(timer, 0, soon, None)
    time.sleep(1000)
""",
        evidence="did not return in time|not run",
        no_control="would stop a grader in the same process",
    ),
    maker(
        "lifts_its_limits",
        "lifts the limits that it runs under",
        """
def softmax(x):
    import resource
    told = []
    for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        kind = getattr(resource, name)
        try:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            told.append(name)
        except (OSError, ValueError):
            pass
    claim(told)
""",
        no_control="root may lift its own",
    ),
)
