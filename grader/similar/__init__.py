"""Similar work in a class: which hand-ins share code that is neither handed out, known nor everybody's.

`material` reads what is compared and what is known, `engines` asks Dolos or copydetect for fingerprints, behind walls,
and `comparison` finds who shares rare ones. The outcome is a hint to a person, never a verdict.

Door: `comparison.compare`, `engines.engine_for`, `material.known_texts`, `engines.INSTALL_DOLOS`.
"""
