"""Controls: each attack once more where there are no walls. One that does nothing there proves nothing behind them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.attack import Attack
from tests.attacks.corpus import ATTACKS
from tests.attacks.place import Place, besieged

NAIVE = Path(__file__).with_name("naive.py")
SECONDS = 30.0  # importing torch takes its time
HANG_SECONDS = 2.0  # who does not end within these does not end
WRONG = Attack(
    "plainly_wrong", "is plainly wrong, without any attack: the grader without walls must see that", "softmax = wrong\n"
)


@dataclass
class Controls:
    """Effects of the attacks without walls."""

    endings: dict[str, dict[str, object]]
    heard: set[str]
    marked: set[str]

    def live(self, attack: Attack) -> bool:
        """Tell whether an attack did what it is meant to do."""
        ending = self.endings[attack.name]
        signs = {
            "points": bool(ending["points"]),
            "hang": bool(ending["hang"]),
            "breach": "BREACH" in str(ending["output"]),
            "canary": "CANARY-" in str(ending["output"]),
            "knock": attack.name in self.heard,
            "mark": attack.name in self.marked,
        }
        return signs[attack.control]


def run_controls() -> Controls:
    """Run every attack that has a control, each in a process without walls."""
    chosen = [WRONG, *(attack for attack in ATTACKS.values() if attack.control and attack.for_this_machine)]
    with besieged() as place:
        done = _run(place, chosen)
        names = [attack.name for attack in chosen]
        heard = {name for name in names if place.heard(name)}
        return Controls(done, heard, {name for name in names if (place.marks / name).exists()})


def _run(place: Place, attacks: list[Attack]) -> dict[str, dict[str, object]]:
    sources = [
        {
            "name": attack.name,
            "source": attack.source(place.filled_in),
            "seconds": HANG_SECONDS if attack.control == "hang" else SECONDS,
        }
        for attack in attacks
    ]
    program = NAIVE.read_text(encoding="utf-8").replace("@CANARY@", place.canaries["SUITE"])
    naive = place.root / "naive.py"
    naive.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(naive)],
        input=json.dumps(sources),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "DEEPGRADE_SECRET": place.canaries["SECRET"]},
    )
    results: dict[str, dict[str, object]] = json.loads(done.stdout)
    return results
