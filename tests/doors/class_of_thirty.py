"""A course of five small units, and a class of thirty that hands each of them in on another platform."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from grader.course.cut import build_exercises
from grader.course.registry import Course, load_course
from tests.toy_course import write

UNITS = ("perceptron", "backprop", "convolution", "rnn", "dropout_batchnorm")
PLATFORMS = ("canvas", "moodle", "gradescope", "nbgrader", "classroom")
DUE = datetime(2026, 11, 2, 22, 59, tzinfo=UTC)  # the first unit's; the others are due a week after each other

NAMES = """
Anna Adler, Ben Berg, Carla Cohn, David Díaz, Élodie Dupont, Farid El-Sayed, Greta Fuchs, Hiro Tanaka,
Ines Ibáñez, Jörg Jäger, Katarzyna Kowalska, Liam O'Connor, Mei Lin, Nikolai Orlov, Olga Petrova, Pia Quast,
Quentin Roy, Rosa Santos, Sven Thorvaldsson, Tariq Usman, Ursula von der Heide, Víctor Vega, Wanda Wójcik,
Xin Xu, Yara Yilmaz, Zoë Zimmer, Aaron Abel, Bjørk Guðmundsdóttir, Chidi Okonkwo, Dana Dropped
"""

RULES = """
[grading]
zone = "Europe/Berlin"
dropped = 1

[due]
{due}

[late]
percent_per_day = 10
grace_minutes = 15
cut_off_days = 7
free_days = 1
"""

UNIT = """\
title = "{title}"

[[task]]
name = "{unit}_forward"
file = "{file}"
title = "The first half"
minutes = 10
difficulty = 1
hints = ["What goes in?", "What comes out?", "Multiply."]

[[task]]
name = "{unit}_backward"
file = "{file}"
title = "The second half"
minutes = 15
difficulty = 2
hints = ["What comes back?", "Mind the sign.", "Divide."]
"""

SOLUTION = '''\
"""{title}."""


def {unit}_forward(x):
    """Return the input times {factor}."""
    ### BEGIN SOLUTION
    return {factor} * x
    ### END SOLUTION


def {unit}_backward(x):
    """Return the input by {factor}."""
    ### BEGIN SOLUTION
    return x / {factor}
    ### END SOLUTION
'''

SUITE = '''\
"""Tests."""

from grader.judge import check, task


@task("{unit}_forward", points={few}{about})
def test_{unit}_forward_{what}(student, rng):
    x = float(rng.normal())
    check(student.{unit}_forward(x)).equals({factor} * x)


@task("{unit}_backward", points={many}{about})
def test_{unit}_backward_{what}(student, rng):
    x = float(rng.normal())
    check(student.{unit}_backward(x)).equals(x / {factor})
'''

WRONG = '''\
"""Wrong answers."""

from grader.judge import misconception


@misconception("{unit}_backward", "It is multiplied once more. Divide.")
def multiplied_again(x):
    return {factor} * x
'''


def make_course(root: Path) -> Course:
    """Write the course into a folder, its exercises built."""
    due = "\n".join(f"{unit} = {_due(unit):%Y-%m-%dT23:59:00}" for unit in UNITS)
    names = ", ".join(f'"{unit}"' for unit in UNITS)
    registry = f'[course]\nname = "night"\ntitle = "Deep learning"\nunits = [{names}]\n'
    write(root / "course.toml", registry + RULES.format(due=due))
    for number, unit in enumerate(UNITS):
        fields = {"unit": unit, "title": f"Unit {number + 1}: {unit}", "file": file_of(unit), "factor": number + 2}
        hidden, visible = ', about="random numbers"', ""
        write(root / "exercises" / unit / "unit.toml", UNIT.format(**fields))
        write(root / "solutions" / unit / f"{file_of(unit)}.py", SOLUTION.format(**fields))
        tests = root / "tests/hidden" / unit
        write(
            tests / f"test_{file_of(unit)}.py",
            SUITE.format(**fields, few=8, many=24 + number, about=hidden, what="agrees_with_the_definition"),
        )
        write(tests / "misconceptions.py", WRONG.format(**fields))
        write(tests / "variants.py", '"""None."""\n')
        write(
            root / "exercises" / unit / f"test_{file_of(unit)}.py",
            SUITE.format(**fields, few=2, many=4, about=visible, what="matches_the_example"),
        )
    course = load_course(root)
    build_exercises(root, course)
    return course


def file_of(unit: str) -> str:
    """Return the stem of a unit's only file."""
    return {"perceptron": "neuron", "backprop": "graph", "convolution": "conv", "rnn": "cells"}.get(unit, "layers")


def _due(unit: str) -> datetime:
    return DUE + timedelta(weeks=UNITS.index(unit))


class Member(Struct, frozen=True):
    """One of the class, with ids on all platforms."""

    number: int
    name: str

    @property
    def id(self) -> str:
        """Id in the roster."""
        return f"s{4000 + self.number}"

    @property
    def login(self) -> str:
        """Name on GitHub."""
        letters = "".join(letter for letter in self.name.lower() if letter.isascii() and letter.isalpha())
        return f"{letters}-{self.number}"

    @property
    def email(self) -> str:
        """Address."""
        return f"{self.login}@uni.example"


CLASS = tuple(Member(number, name.strip()) for number, name in enumerate(NAMES.replace("\n", " ").split(","), 1))
ANNA, BEN, CARLA, DAVID, ELODIE, FARID, GRETA, HIRO = CLASS[:8]
DANA = CLASS[-1]


def roster() -> str:
    """Return the class's roster."""
    rows = ["id,name,email,section,extra_days,group,status,canvas_id,moodle_id,gradescope_id,github"]
    for member in CLASS:
        section, days = "AB"[member.number % 2], 2 if member is HIRO else ""
        group, status = "", "withdrawn" if member is DANA else ""
        number = member.number
        ids = f"{1000 + number},{2000 + number},{member.id},{member.login}"
        rows.append(f"{member.id},{member.name},{member.email},{section},{days},{group},{status},{ids}")
    return "\n".join(rows) + "\n"


def answer(member: Member, unit: str, attempt: int = 1) -> str:
    """Return what somebody writes: right, half, or wrong, as it happens to be."""
    factor = UNITS.index(unit) + 2
    luck = (7 * member.number + 3 * UNITS.index(unit)) % 5 + 2 * (attempt - 1)
    backward = f"x / {factor}" if luck > 1 else f"{factor} * x"
    forward = f"{factor} * x" if luck else "x"
    return (
        f'"""My answers."""\n\n\ndef {unit}_forward(x):\n    return {forward}\n\n\n'
        f"def {unit}_backward(x):\n    return {backward}\n"
    )


def notebook(member: Member, unit: str) -> str:
    """Return somebody's answers as a notebook."""
    cell = {"cell_type": "code", "source": f"# {file_of(unit)}.py\n{answer(member, unit)}", "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write_downloads(folder: Path) -> dict[str, Path]:
    """Write what each platform gives an instructor, by unit."""
    return {
        "perceptron": _zipped(folder / "submissions.zip", dict(_canvas("perceptron"))),
        "backprop": _zipped(folder / "DL2026-Backprop-4711.zip", dict(_moodle("backprop"))),
        "convolution": _zipped(folder / "assignment_77_export.zip", dict(_gradescope("convolution"))),
        "rnn": _unpacked(folder / "nbgrader", dict(_nbgrader("rnn"))) / "submitted",
        "dropout_batchnorm": _unpacked(folder / "clones", dict(_classroom("dropout_batchnorm"))),
    }


def _canvas(unit: str) -> Iterator[tuple[str, str | bytes]]:
    """Yield one file per person: one late, one sent twice, one a RAR archive, one of somebody unknown."""
    for member in CLASS[:28]:
        late = "LATE_" if member in (BEN, CARLA) else ""
        begin = f"{_letters(member.name)}_{late}{1000 + member.number}_{7000 + member.number}_"
        if member is DAVID:
            yield f"{begin}homework.rar", b"Rar!\x1a\x07\x00"
        elif member is ELODIE:
            yield f"{begin}neuron.py", answer(member, unit)
            yield f"{_letters(member.name)}_{late}{1000 + member.number}_7999_neuron-1.py", answer(member, unit, 2)
        elif member.number % 3:
            yield f"{begin}neuron.py", answer(member, unit)
        else:
            yield f"{begin}perceptron.zip", zipped({"perceptron/neuron.py": answer(member, unit), ".DS_Store": "x"})
    yield "strangerdrew_9999_7998_neuron.py", answer(CLASS[-2], unit)


def _moodle(unit: str) -> Iterator[tuple[str, str | bytes]]:
    """Yield a folder per person: a notebook, a file of another unit, a renamed file."""
    for member in CLASS[:29]:
        folder = f"{member.name}_{2000 + member.number}_assignsubmission_file_"
        if member is FARID:
            yield f"{folder}/graph.ipynb", notebook(member, unit)
        elif member is GRETA:
            yield f"{folder}/neuron.py", answer(member, "perceptron")
        elif member.number % 4:
            yield f"{folder}/graph.py", "\ufeff" + answer(member, unit).replace("\n", "\r\n")
        else:
            yield f"{folder}/Homework 2/graph (1).py", answer(member, unit)


def _gradescope(unit: str) -> Iterator[tuple[str, str | bytes]]:
    """Yield a folder per submission, the people in the metadata: two in a group, three late, one who came twice."""
    late = {BEN.id: 30, CARLA.id: 50, HIRO.id: 40}  # hours
    metadata = ["---"]
    again = Member(GRETA.number, GRETA.name)
    for member in (*CLASS[:28], again):
        if member is FARID:
            continue  # is in Elodie's group
        folder = f"submission_{88000 + member.number + 1000 * (member is again)}"
        handed_in = _due(unit) + timedelta(hours=late.get(member.id, -2 if member is again else -5))
        people = (ELODIE, FARID) if member is ELODIE else (member,)
        metadata += [f"{folder}:", "  :submitters:"]
        for person in people:
            metadata += [f"  - :name: {person.name}", f"    :sid: {person.id}", f"    :email: {person.email}"]
        metadata += [f"  :created_at: {handed_in:%Y-%m-%d %H:%M:%S.000000000} Z", "  :score: 0.0"]
        yield f"assignment_77_export/{folder}/conv.py", answer(member, unit, 1 + (member is again))
    yield "assignment_77_export/submission_metadata.yml", "\n".join(metadata) + "\n"


def _nbgrader(unit: str) -> Iterator[tuple[str, str | bytes]]:
    """Yield nbgrader's folder: most in time, one after the cut-off, one within the grace."""
    late = {BEN.id: timedelta(days=9), CARLA.id: timedelta(minutes=10)}
    for member in CLASS[:29]:
        folder = f"submitted/{member.id}/{unit}"
        handed_in = _due(unit) + late.get(member.id, timedelta(hours=-3))
        yield f"{folder}/timestamp.txt", f"{handed_in:%Y-%m-%d %H:%M:%S} UTC"
        if member is FARID:
            yield f"{folder}/cells.ipynb", notebook(member, unit)
        else:
            yield f"{folder}/cells.py", answer(member, unit)


def _classroom(unit: str) -> Iterator[tuple[str, str | bytes]]:
    """Yield clones of repositories, with what GitHub and students leave in them."""
    for member in CLASS[:29]:
        folder = f"dl2026-{unit.replace('_', '-')}-{member.login}"
        yield f"{folder}/.git/HEAD", "ref: refs/heads/main\n"
        yield f"{folder}/README.md", "# My homework\n"
        if member is not GRETA:
            yield f"{folder}/src/layers.py", answer(member, unit)


def times_table() -> str:
    """Return the times of two late hand-ins on Canvas, by the instructor's word."""
    return (
        "student,unit,handed_in\n"
        f"{BEN.id},perceptron,{_due('perceptron') + timedelta(hours=30):%Y-%m-%dT%H:%M+00:00}\n"
        f"{CARLA.id},perceptron,{_due('perceptron') + timedelta(hours=60):%Y-%m-%dT%H:%M+00:00}\n"
    )


def canvas_table() -> str:
    """Return Canvas's gradebook as it exports it, with one column that is none of ours."""
    rows = [
        "Student,ID,SIS User ID,SIS Login ID,Section,Unit 1: perceptron (5101),Quiz (5102),Current Score,Final Score",
        "    Points Possible,,,,,38.0,10.0,(read only),(read only)",
    ]
    for member in CLASS:
        given, _, family = member.name.partition(" ")
        rows.append(f'"{family}, {given}",{1000 + member.number},,{member.login},"DL, {member.number % 2}",,7.5,75,50')
    rows.append('"Student, Test",9000,,,,,,,')
    return "\n".join(rows) + "\n"


def moodle_table() -> str:
    """Return Moodle's worksheet as it is downloaded."""
    rows = [
        '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
        '"Last modified (grade)","Feedback comments"'
    ]
    for member in CLASS:
        status = "Submitted for grading - " if member is not DANA else "No submission - "
        rows.append(f'"Participant {2000 + member.number}","{member.name}",{member.email},"{status}",,39.00,Yes,-,')
    return "\n".join(rows) + "\n"


def _letters(name: str) -> str:
    given, _, family = name.partition(" ")
    return "".join(letter for letter in (family + given).lower() if letter.isalnum())


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return files as a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def _zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(files))
    return path


def _unpacked(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def write_night(folder: Path) -> dict[str, Path]:
    """Write the roster, the downloads and the platforms' tables into a folder; return the downloads by unit."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "roster.csv", roster())
    write(folder / "times.csv", times_table())
    write(folder / "canvas-gradebook.csv", canvas_table())
    write(folder / "worksheet.csv", moodle_table())
    return write_downloads(folder)
