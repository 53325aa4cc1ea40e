"""`make attacks`: grade the corpus behind the walls, print what became of each attack, then one line."""

import sys

from rich.console import Console
from rich.table import Table

from grader.errors import UnavailableError
from tests.attacks.corpus import ATTACKS, FAMILIES
from tests.attacks.siege import Siege, besiege

WIDTH = 150


def main() -> int:
    """Print the table; return 1 unless every attack was contained."""
    console = Console(width=WIDTH)
    try:
        siege = besiege()
    except UnavailableError as error:
        console.print(f"the attacks cannot be run here: {error.message}\n{error.hint}", markup=False)
        return error.exit_code
    problems = {name: siege.problems(attack) for name, attack in ATTACKS.items()}
    console.print(_table(siege, problems))
    for name, found in problems.items():
        for problem in found:
            console.print(f"{name}: {problem}", markup=False, style="red")
    for harm in siege.damage:
        console.print(f"the run: {harm}", markup=False, style="red")
    contained = sum(not found for found in problems.values())
    sys.stdout.write(f"{len(ATTACKS)} attacks, {contained} contained, {siege.gained():g} points gained\n")
    return int(contained < len(ATTACKS) or bool(siege.damage) or siege.gained() > 0)


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
