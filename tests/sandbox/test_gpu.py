"""Workers with a GPU: what is bound, what is limited, what stays as ever. Drivers here are made up, in folders.

No test shows that CUDA starts in such a worker: that takes a device, and `tests/benchmarks/gpu_check.py`.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox import gpus, isolation
from grader.sandbox.channel import WorkerLimits
from grader.sandbox.filter import compiled_filter
from grader.sandbox.gpus import Driver, find_driver
from grader.sandbox.isolation import PlainHousing, WeakHousing
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import PROMISES, probe
from grader.worker import device, limits
from tests.sandbox.conftest import Enter, WalledWorker, launcher_or_skip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zygotes are Linux's")

GPU = WorkerLimits(memory_mib=256, cpu_seconds=20, disk_mib=4, threads=16, gpu_mib=512)
WITHOUT_CARD = not find_driver().has_gpu


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return the root of a machine with two cards, one of them divided."""
    for name in (
        "nvidia0",
        "nvidia1",
        "nvidiactl",
        "nvidia-uvm",
        "nvidia-uvm-tools",
        "nvidia-caps/nvidia-cap1",
        "sda",
    ):
        node = tmp_path / "dev" / name
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
    card, bus = tmp_path / "sys/devices/pci0000:00/0000:01:00.0", tmp_path / "sys/bus/pci/devices"
    other = tmp_path / "sys/devices/pci0000:00/0000:02:00.0"
    bus.mkdir(parents=True)
    for folder, vendor in ((card, "0x10de\n"), (other, "0x8086\n")):
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(vendor, encoding="ascii")
        (bus / folder.name).symlink_to(folder)
    for folder in ("proc/driver/nvidia", "sys/devices/system/node", "sys/module/nvidia"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sys/module/nvidia/version").write_text("570.1\n", encoding="ascii")
    libraries = tmp_path / "lib"
    libraries.mkdir()
    (libraries / "libcuda.so.570.1").touch()
    (libraries / "libcuda.so.1").symlink_to("libcuda.so.570.1")
    return tmp_path


def cache(machine: Path) -> str:
    return f"""3 libs found in cache
\tlibcuda.so.1 (libc6,x86-64) => {machine}/lib/libcuda.so.1
\tlibnvidia-ptxjitcompiler.so.1 (libc6,x86-64) => /usr/lib/libnvidia-ptxjitcompiler.so.1
\tlibcudart.so.12 (libc6,x86-64) => /usr/lib/libcudart.so.12
"""


def test_a_driver_is_found_with_its_nodes_libraries_and_facts(machine: Path) -> None:
    driver = find_driver(machine, cache(machine))
    names = ["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps/nvidia-cap1"]
    assert [str(node.relative_to(machine / "dev")) for node in driver.nodes] == names
    libraries = [path.name for path in driver.libraries]
    assert libraries == ["libcuda.so.1", "libcuda.so.570.1", "libnvidia-ptxjitcompiler.so.1"]
    facts = [path.relative_to(machine).as_posix() for path in driver.facts]
    card = "sys/devices/pci0000:00/0000:01:00.0"
    assert facts == ["proc/driver/nvidia", "sys/devices/system/node", "sys/bus/pci/devices", card]
    assert (driver.has_gpu, driver.version) == (True, "570.1")


def test_a_library_below_a_linked_folder_is_the_one_behind_the_link(machine: Path) -> None:
    """Otherwise it would be bound below ``/lib``, which is a link to ``/usr/lib`` in a worker."""
    (machine / "usr/lib").mkdir(parents=True)
    (machine / "usr/lib/libcuda.so.1").touch()
    (machine / "linked").symlink_to(machine / "usr/lib")
    text = "".join(
        f"\tlibcuda.so.1 (libc6,x86-64) => {machine}/{place}/libcuda.so.1\n" for place in ("linked", "usr/lib")
    )
    assert find_driver(machine, text).libraries == (machine / "usr/lib/libcuda.so.1",)


def test_cards_are_named_by_the_driver(machine: Path) -> None:
    assert gpus.card_names(machine) == []
    for place, model in (("0000:02:00.0", "A card"), ("0000:01:00.0", "Another card")):
        file = machine / "proc/driver/nvidia/gpus" / place / "information"
        file.parent.mkdir(parents=True)
        file.write_text(f"Model: \t\t {model}\nIRQ:   \t\t 51\n", encoding="ascii")
    assert gpus.card_names(machine) == ["Another card", "A card"]


@pytest.mark.parametrize("missing", ["dev", "dev/nvidia[01]"])
def test_without_a_card_there_is_nothing_to_bind(machine: Path, missing: str) -> None:
    for path in machine.glob(missing):
        path.rename(machine / f"gone-{path.name}")
    assert find_driver(machine, cache(machine)) == Driver()


def test_what_is_bound_are_nodes_and_what_does_not_lie_below_usr(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = find_driver(machine, cache(machine))
    monkeypatch.setattr(isolation, "find_driver", lambda: driver)
    words = isolation.driver_words()
    nodes = [words[place + 1] for place, word in enumerate(words) if word == "--dev-bind"]
    assert nodes == [str(node) for node in driver.nodes]
    read_only = [words[place + 1] for place, word in enumerate(words) if word == "--ro-bind"]
    assert str(machine / "lib/libcuda.so.1") in read_only
    assert not any(path.startswith("/usr") for path in read_only)
    assert set(read_only) >= {str(path) for path in driver.facts}


@pytest.mark.skipif(not WITHOUT_CARD, reason="this machine has a card")
def test_where_there_is_no_card_the_room_is_the_same_with_and_without(
    sealed: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    assert isolation.driver_words() == []
    plain = isolation.wall("torch")
    place = plain.index(gpus.VISIBLE)
    assert plain[place - 1 : place + 2] == ["--setenv", gpus.VISIBLE, ""]  # CUDA shall not look for cards there
    assert isolation.wall("torch", gpu=True) == plain[: place - 1] + plain[place + 2 :]


def test_a_worker_without_a_gpu_is_housed_as_if_there_were_none(
    sealed: Launcher, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = isolation.wall("torch")
    driver = find_driver(machine, cache(machine))
    monkeypatch.setattr(isolation, "find_driver", lambda: driver)
    assert isolation.wall("torch") == plain
    assert not any("nvidia" in word for word in isolation.wall("numpy"))
    assert any("nvidia" in word for word in isolation.wall("torch", gpu=True))
    assert PlainHousing().command(3, "torch", gpu=True) == PlainHousing().command(3, "torch")


def test_the_tier_weak_has_no_room_for_a_gpu() -> None:
    with pytest.raises(UnavailableError, match="the tier weak has no room for a GPU"):
        WeakHousing().command(3, "torch", gpu=True)


@pytest.fixture(scope="module")
def launcher() -> Launcher:
    """Return a sealed launcher whose driver is a device that every machine has, and nobody misses."""
    made = launcher_or_skip(Isolation.SEALED)
    patch = pytest.MonkeyPatch()
    patch.setattr(isolation, "find_driver", lambda: Driver((Path("/dev/full"),)))
    yield made  # type: ignore[misc]
    patch.undo()
    made.close()


@pytest.fixture
def gpu_worker(launcher: Launcher, enter: Enter) -> WalledWorker:
    return enter(launcher, "torch", GPU)


def test_the_device_is_there_for_workers_that_asked_for_it_alone(
    launcher: Launcher, enter: Enter, gpu_worker: WalledWorker
) -> None:
    four = ["null", "random", "urandom", "zero"]
    assert gpu_worker.run("r = sorted(os.listdir('/dev'))") == sorted([*four, "full"])
    assert gpu_worker.refuses("open('/dev/full', 'w').write('x' * 100000)", "OSError")  # that is what this device does
    plain = enter(launcher, "torch", WorkerLimits(memory_mib=1024))
    assert plain.run("r = sorted(os.listdir('/dev'))") == four
    assert plain.run("r = os.getpid()") == 1


def test_address_space_is_free_and_memory_is_not(gpu_worker: WalledWorker) -> None:
    answer = gpu_worker.run(
        "names = ['AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE', 'NPROC', 'MEMLOCK', 'MSGQUEUE']\n"
        "r = {name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in names}"
    )
    assert isinstance(answer, dict)
    assert answer.pop("AS") == -1
    assert answer.pop("CPU") in (20, 21)
    everywhere = {"FSIZE": 4 << 20, "CORE": 0, "NPROC": 16, "MEMLOCK": 0, "MSGQUEUE": 0}
    assert answer == everywhere | {"NOFILE": limits.GPU_FILES}
    kind = "flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=0"  # as CUDA does: reserved, for nobody
    reserved = f"import mmap; r = len(mmap.mmap(-1, 64 << 30, {kind})) >> 30"
    assert gpu_worker.run(reserved) == 64
    assert gpu_worker.refuses("np.ones(1 << 30)", "_ArrayMemoryError", "MemoryError")  # 8 GiB


def test_the_other_walls_stand_as_ever(gpu_worker: WalledWorker) -> None:
    for text in ("os.fork()", "socket.socket(socket.AF_UNIX)", "os.kill(1, 9)", "os.memfd_create('x')"):
        assert gpu_worker.refuses(text, "PermissionError")
    assert gpu_worker.run("r = os.listdir('/proc')") == []
    assert gpu_worker.refuses("open('/proc/self/environ')")
    assert gpu_worker.run("r = [path for path, _, _ in os.walk('/') if os.access(path, os.W_OK)]") == ["/box"]
    answer = gpu_worker.run(
        "header = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
        "sets = (ctypes.c_uint32 * 6)()\n"
        "assert libc.capget(header, sets) == 0\n"
        "r = (list(sets), os.getuid() != 0, libc.prctl(39, 0, 0, 0, 0))"
    )
    assert answer == ([0] * 6, True, 1)
    assert gpu_worker.refuses("call(126, (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())")  # capset


def test_every_escape_test_is_held_back_beside_a_device(launcher: Launcher) -> None:
    report = probe(Isolation.SEALED, gpu=True)
    assert report.reached, report
    assert {attempt.name for attempt in report.escape_tests if attempt.held} >= PROMISES[Isolation.SEALED]


def test_a_gpu_s_zygote_is_another_and_is_replaced_as_such(launcher: Launcher, gpu_worker: WalledWorker) -> None:
    zygotes = launcher._zygotes  # type: ignore[attr-defined]
    assert "torch+gpu" in zygotes
    zygotes["torch+gpu"]._process.kill()
    zygotes["torch+gpu"]._process.wait()
    launcher.revive()  # type: ignore[attr-defined]
    again = WalledWorker(launcher.open("torch", GPU), "torch")
    assert "full" in str(again.run("r = os.listdir('/dev')"))
    again.channel.close()


# threads that are older than the walls


OLDER_THREAD = """
import ctypes, os, sys, threading
from grader.worker import kernel

program, all_threads = open(sys.argv[1], "rb").read(), sys.argv[2] == "all"
ready, told = threading.Event(), []

def try_it():
    ready.wait()
    try:
        os.memfd_create("x")
        told.append("made")
    except PermissionError:
        told.append("refused")

thread = threading.Thread(target=try_it)
thread.start()
kernel.forbid_new_privileges()
kernel.install_filter(program, all_threads=all_threads)
ready.set()
thread.join()
print(*told)
"""


@pytest.mark.parametrize(("which", "outcome"), [("all", "refused"), ("own", "made")])
def test_the_filter_holds_threads_that_cuda_has_started_before(tmp_path: Path, which: str, outcome: str) -> None:
    try:
        (tmp_path / "filter").write_bytes(compiled_filter(private_files=True))
    except UnavailableError as error:
        pytest.skip(error.message)
    command = [sys.executable, "-c", OLDER_THREAD, str(tmp_path / "filter"), which]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == [outcome]


RESTING = """
import ctypes, os, threading
from grader.worker import kernel

def effective():
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capget(header, sets) == 0
    return int(sets[0] != 0)

told = []
kernel.unshare(0x10000000)
told.append(effective())
kernel.rest_capabilities(resting=True)
go = threading.Event()
thread = threading.Thread(target=lambda: (go.wait(), told.append(effective())))
thread.start()
told.append(effective())
kernel.rest_capabilities(resting=False)
told.append(effective())
go.set()
thread.join()
print(*told)
"""


def test_a_thread_that_is_started_while_capabilities_rest_has_none(sealed: Launcher) -> None:
    done = subprocess.run([sys.executable, "-c", RESTING], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "0", "1", "0"], done.stderr


# CUDA, with torch's side of it made up


def test_what_cuda_writes_while_it_starts_is_not_limited_and_the_student_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """`limits.apply` comes before CUDA, `apply_beside_cuda` after it."""

    class Kernel:
        RLIM_INFINITY, RLIMIT_AS, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_DATA = range(-1, 6)

        def __init__(self) -> None:
            self.set: list[int] = []

        def getrlimit(self, kind: int) -> tuple[int, int]:
            return (-1, -1)

        def setrlimit(self, kind: int, values: tuple[int, int]) -> None:
            self.set.append(kind)

        def getpagesize(self) -> int:
            return 4096

    kernel = Kernel()
    monkeypatch.setattr(limits, "resource", kernel)
    wanted = {"memory_mib": 1, "cpu_seconds": 1, "disk_mib": 1, "open_files": 64}
    limits.apply(wanted | {"gpu_mib": 1}, 4096)
    assert kernel.set == [Kernel.RLIMIT_CPU, Kernel.RLIMIT_NOFILE, Kernel.RLIMIT_CORE]
    limits.apply_beside_cuda(wanted)
    assert kernel.set[3:] == [Kernel.RLIMIT_DATA, Kernel.RLIMIT_FSIZE]
    kernel.set.clear()
    limits.apply(wanted | {"gpu_mib": 0}, 4096)
    assert set(kernel.set) == {
        Kernel.RLIMIT_CPU,
        Kernel.RLIMIT_FSIZE,
        Kernel.RLIMIT_NOFILE,
        Kernel.RLIMIT_CORE,
        Kernel.RLIMIT_AS,
    }


def test_cuda_is_started_with_its_share_of_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[object] = []
    total = 8 << 30
    fake = SimpleNamespace(
        is_available=lambda: True,
        init=lambda: events.append("init"),
        get_device_properties=lambda number: SimpleNamespace(total_memory=total),
        set_per_process_memory_fraction=lambda share, number: events.append((share, number)),
        synchronize=lambda: events.append("synchronize"),
    )
    monkeypatch.setattr(torch, "cuda", fake)
    ones = torch.ones
    monkeypatch.setattr(torch, "ones", lambda *shape, device: events.append(device) or ones(*shape))
    device.start(2048)
    assert events == ["init", (0.25, 0), "cuda", "synchronize"]
    events.clear()
    device.start(1 << 20)
    assert events[1] == (1.0, 0)


def test_without_a_card_starting_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    device.start(1)
    assert not torch.cuda.is_initialized()


def test_a_process_in_which_cuda_runs_forks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    device.require_untouched()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    with pytest.raises(RuntimeError, match="its children cannot use a GPU"):
        device.require_untouched()


def test_a_zygote_has_not_started_cuda_when_it_forks(launcher: Launcher, enter: Enter) -> None:
    worker = enter(launcher, "torch", WorkerLimits(memory_mib=1024))  # nothing starts it in here either
    assert worker.run("import torch; r = torch.cuda.is_initialized()") is False


def test_running_out_of_a_card_s_memory_is_a_memory_error() -> None:
    from grader.worker.failures import described

    error = RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    assert described(error, (), "call")["kinds"] == ("MemoryError",)


def test_the_linker_s_cache_is_asked_where_there_is_one() -> None:
    assert "ld-linux" in gpus._linker_cache() or not Path("/etc/ld.so.cache").exists()
    assert os.name == "posix"


def test_self_workers_are_housed_alike(tmp_path: Path) -> None:
    launcher = launcher_for(Isolation.SELF)
    worker = WalledWorker(launcher.open("torch", GPU), "torch")
    assert worker.run("r = resource.getrlimit(resource.RLIMIT_AS)[1]") == -1
    assert worker.run("r = resource.getrlimit(resource.RLIMIT_FSIZE)[1]") == 4 << 20
    assert worker.refuses("np.ones(1 << 30)", "_ArrayMemoryError", "MemoryError")  # 8 GiB
    worker.channel.close()
    launcher.close()
