"""People of the roster behind a platform's names: by its own ids, by email, by login; never by a likeness."""

from collections.abc import Callable, Iterator, Sequence

from grader.records.grades import Person
from grader.submissions.platforms.records import Delivery, Identity

ID_COLUMNS = {"canvas": "canvas_id", "moodle": "moodle_id", "gradescope": "gradescope_id"}
"""Column of the roster with a platform's own ids, by layout."""

LOGIN_COLUMNS = ("github", "sis_login")


def identifier(people: Sequence[Person]) -> Callable[[Delivery], str]:
    """Return a function that names the person behind a delivery by the roster's id.

    Parameters
    ----------
    people : sequence of Person

    Returns
    -------
    callable
        Returns the delivery's own name where no person of the roster, or more than one, has the ids in it.
    """
    listed = {person.id for person in people}
    owners: dict[tuple[str, str], set[str]] = {}
    for person in people:
        for key in _keys_of_person(person):
            owners.setdefault(key, set()).add(person.id)

    def student_of(delivery: Delivery) -> str:
        if delivery.student in listed:
            return delivery.student
        for identity in delivery.people:
            for key in _keys_of_identity(identity):
                if len(owners.get(key, ())) == 1:
                    return next(iter(owners[key]))
        return delivery.student

    return student_of


def _keys_of_person(person: Person) -> Iterator[tuple[str, str]]:
    yield "id", person.id
    if person.email:
        yield "email", person.email.casefold()
    for column, value in person.platforms.items():
        yield column, value.casefold() if column in LOGIN_COLUMNS else value


def _keys_of_identity(identity: Identity) -> Iterator[tuple[str, str]]:
    """Yield what may be looked up, the surest first."""
    column = ID_COLUMNS.get(identity.platform)
    if column and identity.id:
        yield column, identity.id
    if identity.email:
        yield "email", identity.email.casefold()
    if identity.login:
        yield from ((column, identity.login.casefold()) for column in LOGIN_COLUMNS)
        yield "id", identity.login
