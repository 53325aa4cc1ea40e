"""`grade doctor`: what it says of good machines and of others; the probe itself is tested in `tests/sandbox`."""

import json

import pytest

from grader.cli.software import Software, unmet_extras
from grader.records import Isolation
from grader.sandbox import probe
from grader.sandbox.diagnosis import Missing
from grader.sandbox.probe import PROMISES, EscapeTest, IsolationReport

SOFTWARE = Software("Linux 6.1", "3.11.2", "2.6.0", (), {"dev": ()})
BUBBLEWRAP = Missing("bubblewrap is not installed", "sudo apt-get install bubblewrap")
SECCOMP = Missing("the seccomp library is missing", "sudo apt-get install libseccomp2\npython -m pip install pyseccomp")
ELSEWHERE = Missing("macOS has no walls of this kind", "# in a Linux virtual machine: grade autograde SUBMISSIONS")


def reached(tier: Isolation) -> IsolationReport:
    names = sorted(PROMISES[Isolation.SEALED])
    return IsolationReport(tier, True, tuple(EscapeTest(name, name in PROMISES[tier], "told") for name in names))


def lost(tier: Isolation, *missing: Missing) -> IsolationReport:
    return IsolationReport(tier, False, (), missing)


@pytest.fixture
def on(monkeypatch, run_in, tmp_path):
    """Return a function that runs the command on a machine with these tiers."""

    def run(*reports: IsolationReport, software: Software = SOFTWARE, options: tuple[str, ...] = ()):
        given = {tier: reached(tier) for tier in Isolation} | {report.tier: report for report in reports}
        monkeypatch.setattr(probe, "probe", given.__getitem__)
        monkeypatch.setattr("grader.cli.software.installed_software", lambda: software)
        return run_in(tmp_path, "doctor", *options)

    return run


def test_a_good_machine_is_told_so(on):
    result = on()
    assert result.exit_code == 0
    assert result.output.startswith("This machine reaches the tier sealed")
    assert "missing" not in result.output
    rows = [line.split() for line in result.output.splitlines()]
    assert ["a", "hidden", "file", "is", "not", "read", "✓", "✓", "–"] in rows
    assert ["the", "tier", "is", "reached", "yes", "yes", "yes"] in rows


def test_what_is_missing_comes_with_its_command(on):
    result = on(lost(Isolation.SEALED, BUBBLEWRAP))
    assert result.exit_code == 1
    assert result.output.startswith("This machine reaches the tier weak, not sealed")
    assert "missing for sealed: bubblewrap is not installed\n    sudo apt-get install bubblewrap\n" in result.output
    rows = [line.split() for line in result.output.splitlines()]
    assert ["a", "hidden", "file", "is", "not", "read", "✗", "✓", "–"] in rows
    assert ["the", "tier", "is", "reached", "no", "yes", "yes"] in rows


def test_what_two_tiers_lack_is_told_once(on):
    result = on(lost(Isolation.SEALED, BUBBLEWRAP, SECCOMP), lost(Isolation.WEAK, SECCOMP))
    assert result.exit_code == 1
    assert result.output.startswith("This machine reaches only the tier self")
    assert "missing for sealed and weak: the seccomp library" in result.output
    assert result.output.count("pip install pyseccomp") == 1


def test_advice_that_is_no_command_is_a_sentence(on):
    result = on(lost(Isolation.SEALED, ELSEWHERE), lost(Isolation.WEAK, ELSEWHERE))
    assert "\n    in a Linux virtual machine: grade autograde SUBMISSIONS\n" in result.output
    assert "#" not in result.output


def test_a_machine_without_any_tier(on):
    result = on(*(lost(tier, SECCOMP) for tier in Isolation))
    assert result.exit_code == 1
    assert result.output.startswith("No tier is reached here")


def test_a_broken_promise_is_a_cross_and_a_lost_tier(on):
    hole = Missing("no process is made: a process was made", "# it is a hole")
    escape_tests = tuple(EscapeTest(name, name != probe.FORK, "told") for name in sorted(PROMISES[Isolation.SEALED]))
    result = on(IsolationReport(Isolation.SEALED, False, escape_tests, (hole,)))
    assert result.exit_code == 1
    assert ["no", "process", "is", "made", "✗", "✓", "–"] in [line.split() for line in result.output.splitlines()]
    assert "missing for sealed: no process is made: a process was made" in result.output


def test_software_is_told(on):
    software = Software("Linux 6.1", "3.12.1", "2.7.0+cu126", ("H100", "H100"), {"dev": ("ruff", "mypy"), "gpu": ()})
    text = on(software=software).output
    for line in (
        "  python  3.12.1",
        "  torch   2.7.0+cu126",
        "  GPU     H100, H100",
        "  extras  dev without ruff, mypy, gpu complete",
    ):
        assert line in text.splitlines()
    assert "GPU tests are skipped" in on().output


def test_a_driver_is_told_with_what_a_sealed_worker_would_see(on):
    binds = ("/dev/nvidia0", "/dev/nvidiactl", "/usr/lib/libcuda.so.1", "/proc/driver/nvidia")
    software = Software("Linux 6.1", "3.12.1", "2.7.0", ("H100",), {"dev": ()}, "570.1", binds)
    text = " ".join(on(software=software).output.split())
    assert "GPU H100; driver 570.1; a sealed worker would see /dev/nvidia0, /dev/nvidiactl and 2 files and" in text


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_it_fits(on, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = on(lost(Isolation.SEALED, BUBBLEWRAP, SECCOMP), lost(Isolation.WEAK, SECCOMP)).output
    assert max(map(len, text.splitlines())) <= columns


def test_nothing_from_the_machine_steers_the_terminal(on):
    assert "\x1b" not in on(lost(Isolation.SEALED, Missing("\x1b[31mbad", "\x1b[2Jworse"))).output


def test_json_says_the_same(on):
    result = on(lost(Isolation.SEALED, BUBBLEWRAP), options=("--json",))
    data = json.loads(result.output)
    assert result.exit_code == 1
    assert data["tier"] == "weak"
    assert [one["tier"] for one in data["tiers"]] == ["sealed", "weak", "self"]
    assert data["tiers"][0]["missing"] == [{"what": BUBBLEWRAP.what, "mend": BUBBLEWRAP.mend}]
    assert set(data["tiers"][1]["promises"]) == PROMISES[Isolation.WEAK]
    assert {"name": probe.SEE, "held": False, "told": "told"} in data["tiers"][1]["escape_tests"]
    assert data["software"]["torch"] == "2.6.0"


def test_the_real_machine_is_looked_at(run_in, tmp_path):
    """Nothing is replaced: what the command says is what the probe finds."""
    result = run_in(tmp_path, "doctor", "--json")
    data = json.loads(result.output)
    assert result.exit_code == (0 if data["tier"] == "sealed" else 1)
    assert data["tier"] == probe.best_tier()
    assert data["software"]["python"].startswith("3.")


def test_extras_whose_requirements_are_not_met_are_named(monkeypatch):
    lines = [
        "click>=8",
        'pytest>=8; extra == "dev"',
        'no-such-thing>=1; extra == "dev"',
        'pytest<1; extra == "old"',
        'no-such-thing; extra == "old" and sys_platform == "elsewhere"',
    ]

    class Metadata:
        def get_all(self, name: str) -> list[str]:
            return ["dev", "old"]

    monkeypatch.setattr("importlib.metadata.metadata", lambda name: Metadata())
    monkeypatch.setattr("importlib.metadata.requires", lambda name: lines)
    assert unmet_extras("deepgrade") == {"dev": ("no-such-thing",), "old": ("pytest",)}
