"""`make attacks`: grade the corpus and race the cheats behind the walls; print what became of each, and the cost."""

import sys

from rich.console import Console
from rich.table import Table

from grader.errors import UnavailableError
from tests.attacks.cheats import CHEATS
from tests.attacks.corpus import ATTACKS, FAMILIES
from tests.attacks.racing import Meeting, race_all
from tests.attacks.siege import Siege, besiege

WIDTH = 150


def main() -> int:
    """Print the tables; return 1 unless every attack was contained and no cheat has earned anything."""
    console = Console(width=WIDTH)
    try:
        siege, meeting = besiege(), race_all()
    except UnavailableError as error:
        console.print(f"the attacks cannot be run here: {error.message}\n{error.hint}", markup=False)
        return error.exit_code
    problems = {name: siege.problems(attack) for name, attack in ATTACKS.items()}
    console.print(_table(siege, problems))
    for name, lines in problems.items():
        for problem in lines:
            console.print(f"{name}: {problem}", markup=False, style="red")
    for harm in siege.damage:
        console.print(f"the run: {harm}", markup=False, style="red")
    cheated = _show_races(console, meeting)
    contained = sum(not lines for lines in problems.values())
    sys.stdout.write(f"{len(CHEATS)} cheats against the clock, {len(CHEATS) - cheated} earned nothing\n")
    sys.stdout.write(f"the judge: {_cost(siege)}\n")
    gained, excused = siege.gained(), siege.excused()
    sys.stdout.write(
        f"{len(ATTACKS)} attacks, {contained} contained, {gained:g} points gained, {excused:g} points excused\n"
    )
    return int(contained < len(ATTACKS) or bool(siege.damage) or gained > 0 or excused > 0 or cheated > 0)


def _cost(siege: Siege) -> str:
    """Say what the judge needed, all submissions together and the most costly one."""
    timings = {name: result.timing for (name, _), result in siege.results.items()}
    hungry = max(timings, key=lambda name: timings[name].judge_mib)
    slow = max(timings, key=lambda name: timings[name].judge_cpu)
    together = sum(timing.judge_cpu for timing in timings.values())
    return (
        f"at most {timings[hungry].judge_mib:.0f} MiB ({hungry}) and {timings[slow].judge_cpu:.1f} s of CPU time "
        f"({slow}) for one submission, {together:.0f} s for all of them, "
        f"{siege.seconds:.0f} s on the wall"
    )


def _show_races(console: Console, meeting: Meeting) -> int:
    """Print what became of each cheat; return how many got through."""
    table = Table("cheat", "what happened", "earned nothing", box=None, title="races")
    problems = {name: meeting.problems(cheat) for name, cheat in CHEATS.items()}
    for name, cheat in CHEATS.items():
        table.add_row(name, meeting.happened(cheat)[:90], "NO" if problems[name] else "yes")
    console.print(table)
    for name, lines in problems.items():
        for problem in lines:
            console.print(f"{name}: {problem}", markup=False, style="red")
    return sum(map(bool, problems.values()))


def _table(siege: Siege, problems: dict[str, list[str]]) -> Table:
    table = Table(
        "attack",
        "family",
        "what happened",
        "contained",
        box=None,
        title=f"{siege.seconds:.0f} s, {siege.replaced} zygotes replaced",
    )
    for family, attacks in FAMILIES.items():
        for attack in attacks:
            sign = f"NO {attack.gets_through and '(known)'}" if problems[attack.name] else "yes"
            table.add_row(attack.name, family, siege.happened(attack)[:90], sign)
    return table


if __name__ == "__main__":
    sys.exit(main())
