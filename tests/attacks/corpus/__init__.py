"""The attack corpus: one module per family, each a tuple of attacks."""

from tests.attacks.attack import Attack
from tests.attacks.corpus import (
    answers,
    beside,
    callbacks,
    ending,
    escape,
    forms,
    frames,
    hanging,
    imports,
    network,
    objects,
    operators,
    patching,
    processes,
    reading,
    resources,
    sources,
    staying,
    writing,
)

MODULES = (ending, patching, frames, callbacks, objects, answers, reading, network, processes, staying)
MODULES += (resources, hanging, escape, writing, imports, operators, sources, beside, forms)
FAMILIES: dict[str, tuple[Attack, ...]] = {module.__name__.rpartition(".")[2]: module.ATTACKS for module in MODULES}
ATTACKS: dict[str, Attack] = {attack.name: attack for attacks in FAMILIES.values() for attack in attacks}


def family_of(attack: Attack) -> str:
    """Return the family that an attack belongs to."""
    return next(name for name, attacks in FAMILIES.items() if attack in attacks)
