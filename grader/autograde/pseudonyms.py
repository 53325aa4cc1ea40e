"""Names for a list that is shown to the class: who has one knows it from the instructor, nobody else can find it out.

They follow from the course's secret and the student's id, so they are the same in every list of a course.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable

_ADJECTIVES = """
agile amber bold brave bright brisk calm clear clever cosy crisp daring deft eager early fair fleet fond frank fresh
gallant gentle glad grand green happy hardy hazel honest jolly keen kind light lively loyal lucky mellow merry mild neat
nimble noble open patient plain polite proud quick quiet rapid ready royal smart snug spry steady sunny swift tidy vivid
warm witty young zesty
"""
_ANIMALS = """
badger beaver bison bittern bream buzzard camel carp cheetah crane cricket curlew deer dolphin dormouse eagle egret
eider elk falcon ferret finch fox gecko gibbon goose grouse hare hedgehog heron ibex ibis jackdaw jay kestrel kite
lapwing lark lemur linnet lizard lynx marten merlin mole moose newt osprey otter owl panda plover puffin quail raven
robin salmon seal shrew stork swan tapir tern wren
"""
ADJECTIVES, ANIMALS = tuple(_ADJECTIVES.split()), tuple(_ANIMALS.split())
NUMBERS = 90  # from 10 on: all have two digits


def pseudonyms(secret: str, students: Iterable[str]) -> dict[str, str]:
    """Return a name for each student.

    Parameters
    ----------
    secret : str
        The course's.
    students : iterable of str
        Their ids. Two who would have the same name get a longer one each.

    Returns
    -------
    dict of str to str
        By id: ``brisk-otter-17``.
    """
    digests = {student: _digest(secret, student) for student in students}
    short = {student: _name(digest) for student, digest in digests.items()}
    taken = Counter(short.values())
    return {
        student: name if taken[name] == 1 else f"{name}-{digests[student].hex()[-8:]}"
        for student, name in short.items()
    }


def _digest(secret: str, student: str) -> bytes:
    return hmac.new(secret.encode(), b"pseudonym\0" + student.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _name(digest: bytes) -> str:
    rest = int.from_bytes(digest[:16], "big")
    rest, adjective = divmod(rest, len(ADJECTIVES))
    rest, animal = divmod(rest, len(ANIMALS))
    return f"{ADJECTIVES[adjective]}-{ANIMALS[animal]}-{10 + rest % NUMBERS}"
