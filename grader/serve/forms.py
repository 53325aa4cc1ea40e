"""Forms as browsers send them: fields by name, and the decision that one asks for."""

import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records.grades import AdjustmentKind

MOST_FIELDS = 20

KINDS = {
    AdjustmentKind.POINTS: "add points (or take some: −2)",
    AdjustmentKind.BONUS: "bonus points beyond the maximum",
    AdjustmentKind.SET: "points in place of all others",
    AdjustmentKind.EXTEND: "days by which it is due later",
    AdjustmentKind.EXCUSE: "excuse: the unit does not count",
    AdjustmentKind.COMMENT: "a comment, without points",
}
"""Kinds of decisions, as the form offers them."""

WITHOUT_NUMBER = (AdjustmentKind.EXCUSE, AdjustmentKind.COMMENT)


class FormError(DeepgradeError):
    """A form that cannot be done as it is filled in."""


class Decision(Struct, frozen=True):
    """A form's request: a kind with its number and reason, or to take back the latest decision."""

    kind: AdjustmentKind
    value: float = 0.0
    reason: str = ""
    takes_back: bool = False


def fields_of(body: bytes) -> dict[str, str]:
    """Return the fields of a form.

    Raises
    ------
    FormError
        If it has too many.
    """
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise FormError("this is no form of these pages") from None
    return dict(pairs)


def decision_of(fields: Mapping[str, str]) -> Decision:
    """Return the decision that a form asks for.

    Raises
    ------
    FormError
        If a field is missing or no number.
    """
    if fields.get("take_back"):
        return Decision(AdjustmentKind.POINTS, takes_back=True)
    kinds = {kind.value: kind for kind in KINDS}
    kind, reason = kinds.get(fields.get("kind", "")), fields.get("reason", "").strip()
    if kind is None:
        raise FormError("choose what to do")
    if not reason:
        raise FormError("a decision needs its reason, for whoever asks later")
    return Decision(kind, 0.0 if kind in WITHOUT_NUMBER else _number(fields.get("value", ""), kind), reason)


def _number(text: str, kind: AdjustmentKind) -> float:
    """Return a number as people type it: with a decimal comma, or the minus of typography."""
    try:
        value = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        raise FormError("write a number, such as 3 or −1.5") from None
    if not math.isfinite(value):
        raise FormError("write a number, such as 3 or −1.5")
    if kind is not AdjustmentKind.POINTS and value < 0:
        raise FormError("only points can be taken away: this number is 0 or more")
    if kind is AdjustmentKind.EXTEND and value != int(value):
        raise FormError("a unit is due a whole number of days later")
    return value
