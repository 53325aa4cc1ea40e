"""Engines as programs of their own: what one text does costs no other text anything."""

import sys
from pathlib import Path

import pytest

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox.tool import BOX, Tool, ToolError, ToolLimits, answer
from grader.similar import engines
from grader.similar.engines import Print, WalledEngine, engine_for

ECHO = """
import json, sys
request = json.load(sys.stdin)
if any("poison" in text for text in request["texts"]):
    sys.exit("it is poison")
json.dump([[[text, 0, 99]] for text in request["texts"]], sys.stdout)
"""
LIMITS = ToolLimits(cpu_seconds=1, memory_mib=256, wall_seconds=30.0, output_mib=1)


def python(code):
    return Tool((sys.executable, "-I", "-c", code))


def test_a_text_that_ends_the_engine_has_no_fingerprints_and_the_others_have_theirs():
    engine = WalledEngine("echo", python(ECHO), 8, Isolation.SELF)
    made = engine.prints(["a\nb", "poison", "c"])
    assert made == [(Print("a\nb", 0, 1),), (), (Print("c", 0, 0),)]


def test_an_engine_that_never_answers_is_a_mistake_and_not_no_pairs():
    with pytest.raises(ToolError, match="it is poison"):
        WalledEngine("echo", python("import sys; sys.exit('it is poison')"), 8, Isolation.SELF).require()


def test_without_walls_a_program_writes_into_a_folder_that_goes_with_it():
    code = "import os; print(os.environ['PLACE']); open(os.environ['PLACE'] + '/cache', 'w').close()"
    tool = Tool((sys.executable, "-I", "-c", code), environment={"PLACE": BOX})
    place = Path(answer(tool, b"", LIMITS, Isolation.SELF).decode().strip())
    assert place != Path(BOX)
    assert not place.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux' own")
@pytest.mark.parametrize(
    "code", ["while True: pass", "bytearray(1 << 30)", "print('x' * (4 << 20))"], ids=["time", "memory", "output"]
)
def test_a_runaway_ends_at_its_limit(code):
    with pytest.raises(ToolError):
        answer(python(code), b"", LIMITS, Isolation.SELF)


def test_where_nothing_is_installed_both_ways_are_named(monkeypatch):
    monkeypatch.setattr(engines, "dolos_place", lambda folders: None)
    monkeypatch.setattr(engines, "copydetect_place", lambda: None)
    with pytest.raises(UnavailableError, match="neither Dolos' library nor copydetect") as refusal:
        engine_for("", Isolation.SELF, [])
    assert 'pip install "deepgrade[similar]"' in refusal.value.hint
    assert "npm install" in refusal.value.hint


def test_dolos_is_found_in_a_folder_with_node_modules(monkeypatch, tmp_path):
    monkeypatch.setattr(engines.shutil, "which", lambda name: sys.executable)
    (tmp_path / "node_modules" / "@dodona" / "dolos-lib").mkdir(parents=True)
    assert engines.dolos_place([tmp_path]) == (tmp_path / "node_modules").resolve()
