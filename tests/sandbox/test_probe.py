"""The probe finds out what holds and never believes; the diagnosis names what is missing in each situation."""

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox import diagnosis, escape_tests, launcher, probe
from grader.sandbox.channel import Channel, WorkerLimits
from grader.sandbox.diagnosis import Machine, missing_for, this_machine
from grader.sandbox.filter import compiled_filter
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.isolation import PlainHousing
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import PROMISES, best_tier, require
from tests.sandbox.conftest import why_not

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has walls")
GOOD = Machine(
    "linux", programs=frozenset({"bwrap", "setpriv", "apt-get"}), most_namespaces=15000, landlock=3, is_root=False
)


# The probe, on this machine


@LINUX
@pytest.mark.parametrize("tier", [Isolation.SEALED, Isolation.WEAK])
def test_a_tier_holds_everything_it_promises(tier: Isolation) -> None:
    if reason := why_not(tier):
        pytest.skip(reason)
    report = probe.probe(tier)
    assert report.reached
    assert report.missing == ()
    held = {attempt.name for attempt in report.escape_tests if attempt.held}
    assert PROMISES[tier] <= held
    assert len(report.escape_tests) == len(PROMISES[Isolation.SEALED])


@LINUX
def test_without_walls_every_escape_test_gets_out() -> None:
    """The escape tests are live: what is not prevented succeeds, so one that is held back says something."""
    report = probe.probe(Isolation.SELF)
    assert report.reached
    out = {attempt.name for attempt in report.escape_tests if not attempt.held}
    assert out == PROMISES[Isolation.SEALED] - {probe.VARIABLES, probe.MEMORY}


@LINUX
def test_what_weak_does_not_promise_is_what_it_lacks() -> None:
    if reason := why_not(Isolation.WEAK):
        pytest.skip(reason)
    out = {attempt.name for attempt in probe.probe(Isolation.WEAK).escape_tests if not attempt.held}
    assert out == {probe.SEE, probe.FOLDER} == PROMISES[Isolation.SEALED] - PROMISES[Isolation.WEAK]


def cpu_seconds() -> float:
    """Return the CPU time of this process, and of those that it has started and seen end."""
    used = os.times()
    return sum(used[:4])


@LINUX
def test_the_best_tier_is_found_quickly() -> None:
    before = cpu_seconds()
    best = best_tier()
    assert cpu_seconds() - before < 6.0
    assert best is next(tier for tier in Isolation if tier is Isolation.SELF or not why_not(tier))


def test_the_probe_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    probe.probe(Isolation.SELF)
    assert list(tmp_path.iterdir()) == []


# The probe, deceived


class Leaky:
    """Says that it is sealed, and is a plain process."""

    tier = Isolation.SEALED

    def __init__(self) -> None:
        self._inner = launcher_for(Isolation.SELF)

    def open(self, library: str, limits: WorkerLimits) -> Channel:
        """Open a worker without walls."""
        return self._inner.open(library, limits)

    def close(self) -> None:
        """Close."""
        self._inner.close()


def test_walls_that_do_not_stand_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "launcher_for", lambda tier: Leaky())
    report = probe.probe(Isolation.SEALED, GOOD)
    assert not report.reached
    reasons = [missing.what for missing in report.missing]
    assert any(what.startswith(probe.READ) for what in reasons)
    assert any("heard by TCP" in what for what in reasons)
    assert all("hole" in missing.mend for missing in report.missing)


def test_one_broken_promise_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [probe.EscapeTest(name, name != probe.SEE, "told") for name in PROMISES[Isolation.SEALED]]
    monkeypatch.setattr(probe, "_try_all", lambda launcher, bait, limits: held)
    assert not probe.probe(Isolation.SEALED, GOOD).reached
    assert probe.probe(Isolation.WEAK, GOOD).reached


def test_a_worker_that_does_not_answer_has_not_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = Path(escape_tests.__file__).read_text(encoding="utf-8")
    text = whole.replace('"""Fork a process."""', "os._exit(3)")
    assert text != whole
    write(tmp_path, {"escape_tests.py": text})
    monkeypatch.setattr(escape_tests, "__file__", str(tmp_path / "escape_tests.py"))
    report = probe.probe(Isolation.SELF, GOOD)
    attempts = {attempt.name: attempt for attempt in report.escape_tests}
    assert not attempts[probe.FORK].held
    assert "no answer" in attempts[probe.FORK].told
    assert not report.reached  # the environment was not looked at any more


def test_the_judge_s_ears_are_believed_before_the_worker() -> None:
    with probe._bait() as bait:
        said = probe.EscapeTest(probe.SPEAK, True, "refused")
        assert probe._by_listeners(bait, said) == said
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", bait.udp.getsockname())
        assert probe._by_listeners(bait, said) == probe.EscapeTest(probe.SPEAK, False, "heard by UDP")


@pytest.mark.parametrize("error", ["bwrap: no permission", "a worker does not start"])
def test_a_launcher_that_fails_is_explained(monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    def fail(tier: Isolation) -> Launcher:
        raise UnavailableError(error)

    monkeypatch.setattr(probe, "launcher_for", fail)
    unknown = probe.probe(Isolation.SEALED, GOOD)
    assert (unknown.reached, unknown.escape_tests, unknown.missing[0].what) == (False, (), error)
    known = probe.probe(Isolation.SEALED, replace(GOOD, apparmor_restricts=True))
    assert [missing.what for missing in known.missing] != [error]


def test_best_tier_steps_down_and_require_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(tier: Isolation) -> Launcher:
        raise UnavailableError(f"no {tier}")

    monkeypatch.setattr(probe, "launcher_for", fail)
    monkeypatch.setattr(probe, "this_machine", lambda: replace(GOOD, programs=frozenset({"apt-get"})))
    assert best_tier() is Isolation.SELF
    with pytest.raises(UnavailableError, match="sealed is not reached here: bubblewrap is not installed") as raised:
        require(Isolation.SEALED)
    assert raised.value.hint.splitlines() == ["sudo apt-get install bubblewrap", "grade doctor"]


@LINUX
def test_a_keeper_that_cannot_raise_its_walls_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inner walls without the outer one: there is no folder `/box` to mount anything on."""

    class Roofless(PlainHousing):
        def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
            return [*super().command(descriptor, library, gpu=gpu)[:-1], "sealed"]

        def greeting(self) -> bytes:
            return b"not used"

    monkeypatch.setattr(probe, "launcher_for", lambda tier: ForkLauncher(Roofless()))
    report = probe.probe(Isolation.SEALED, GOOD)
    assert not report.reached
    assert "a worker does not start" in report.missing[0].what
    assert "Error" in report.missing[0].what


# The diagnosis, in each situation


def advice(tier: Isolation, **facts: object) -> list[tuple[str, str]]:
    return [(missing.what, missing.mend) for missing in missing_for(tier, replace(GOOD, **facts))]


@pytest.mark.parametrize("tier", list(Isolation))
def test_nothing_is_missing_on_a_good_machine(tier: Isolation) -> None:
    assert advice(tier) == []


@pytest.mark.parametrize(
    ("programs", "command"),
    [
        ({"apt-get"}, "sudo apt-get install bubblewrap"),
        ({"dnf"}, "sudo dnf install bubblewrap"),
        ({"pacman"}, "sudo pacman -S bubblewrap"),
        (set(), "# install bubblewrap with this system's packages"),
    ],
)
def test_bubblewrap_is_installed_with_what_is_here(programs: set[str], command: str) -> None:
    assert advice(Isolation.SEALED, programs=frozenset(programs)) == [("bubblewrap is not installed", command)]


def test_root_needs_setpriv_and_no_sudo() -> None:
    missing = advice(Isolation.SEALED, programs=frozenset({"bwrap", "apt-get"}), is_root=True)
    assert [mend for _, mend in missing] == ["apt-get install util-linux"]


@pytest.mark.parametrize("tier", [Isolation.SEALED, Isolation.WEAK])
def test_the_seccomp_library_is_named_for_both_tiers(tier: Isolation) -> None:
    missing = advice(tier, seccomp_error="the seccomp library is missing")
    assert missing == [
        ("the seccomp library is missing", "sudo apt-get install libseccomp2\npython -m pip install pyseccomp")
    ]


def test_debian_s_switch() -> None:
    (what, mend), *rest = advice(Isolation.SEALED, namespaces_are_off=True, namespace_error="Operation not permitted")
    assert "switched off" in what
    assert "sysctl -w kernel.unprivileged_userns_clone=1" in mend
    assert rest == []


def test_too_few_namespaces() -> None:
    ((what, mend),) = advice(Isolation.SEALED, most_namespaces=0)
    assert "allows 0 user namespaces" in what
    assert "user.max_user_namespaces=" in mend
    assert advice(Isolation.SEALED, most_namespaces=None) == []


def test_ubuntu_s_apparmor_gets_its_profile() -> None:
    ((what, mend),) = advice(Isolation.SEALED, apparmor_restricts=True)
    assert "AppArmor" in what
    assert "profile bwrap /usr/bin/bwrap flags=(unconfined) {\n  userns," in mend
    assert mend.endswith("sudo apparmor_parser -r /etc/apparmor.d/bwrap")


@pytest.mark.parametrize(("container", "program"), [("docker", "docker run"), ("podman", "podman run")])
def test_a_container_gets_options_and_the_ways_without(container: str, program: str) -> None:
    ((what, mend),) = advice(Isolation.SEALED, container=container, namespace_error="Operation not permitted")
    assert container in what
    assert mend.startswith(f"{program} --security-opt seccomp=unconfined")
    assert "systempaths=unconfined" in mend
    assert "one container for each submission, or grade autograde --tier weak" in mend


def test_a_container_is_blamed_when_nothing_else_is_known_and_only_then() -> None:
    assert "container" in advice(Isolation.SEALED, container="docker")[0][0]
    missing = advice(Isolation.SEALED, container="docker", programs=frozenset({"apt-get"}))
    assert [what for what, _ in missing] == ["bubblewrap is not installed"]


def test_namespaces_refused_for_no_known_reason() -> None:
    ((what, _),) = advice(Isolation.SEALED, namespace_error="Operation not permitted")
    assert what == "user namespaces are refused: Operation not permitted"


def test_a_kernel_without_landlock() -> None:
    ((what, _),) = advice(Isolation.WEAK, landlock=0)
    assert "no Landlock" in what
    assert advice(Isolation.SEALED, landlock=0) == []


@pytest.mark.parametrize(("platform", "name"), [("darwin", "macOS"), ("win32", "Windows"), ("freebsd14", "freebsd14")])
def test_other_platforms_have_only_self(platform: str, name: str) -> None:
    for tier in (Isolation.SEALED, Isolation.WEAK):
        ((what, mend),) = [(one.what, one.mend) for one in missing_for(tier, Machine(platform))]
        assert what.startswith(name)
        assert "Linux virtual machine" in mend
    assert missing_for(Isolation.SELF, Machine(platform)) == ()


# The facts


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root


@LINUX
def test_switches_are_read_where_they_are(tmp_path: Path) -> None:
    files = {
        "proc/sys/kernel/unprivileged_userns_clone": "0\n",
        "proc/sys/user/max_user_namespaces": "12\n",
        "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
        ".dockerenv": "",
    }
    facts = this_machine(write(tmp_path, files))
    assert (facts.namespaces_are_off, facts.most_namespaces, facts.apparmor_restricts) == (True, 12, True)
    assert facts.container == "docker"


@LINUX
def test_switches_that_are_not_there_are_not_off(tmp_path: Path) -> None:
    facts = this_machine(tmp_path)
    assert (facts.namespaces_are_off, facts.most_namespaces, facts.apparmor_restricts) == (False, None, False)
    assert facts.container == ""


@LINUX
@pytest.mark.parametrize(
    ("files", "name"),
    [({"run/.containerenv": ""}, "podman"), ({"proc/1/environ": "PATH=/bin\0container=lxc\0"}, "lxc")],
)
def test_containers_are_recognized(tmp_path: Path, files: dict[str, str], name: str) -> None:
    assert this_machine(write(tmp_path, files)).container == name


@LINUX
def test_facts_that_are_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(diagnosis, "TRY_NAMESPACE", "import sys; sys.exit('Operation not permitted')")
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    compiled_filter.cache_clear()
    facts = this_machine(tmp_path)
    assert facts.namespace_error == "Operation not permitted"
    assert "the seccomp library is missing" in facts.seccomp_error


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_platforms_are_not_asked_for_linux_facts(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    for module in (diagnosis, launcher):  # not `sys.platform` itself: `shutil.which` would call what Windows alone has
        monkeypatch.setattr(module, "sys", SimpleNamespace(platform=platform))
    assert this_machine().platform == platform
    report = probe.probe(Isolation.SEALED)
    assert (report.reached, report.escape_tests) == (False, ())
    assert "Linux virtual machine" in report.missing[0].mend
