"""Arguments and answers taken apart into tensors and a template, and put together again.

A template is plain data: ``("tensor", number)`` for a tensor, ``("tuple", parts)``, ``("list", parts)``,
``("dict", {name: part})``, and ``("value", value)`` for everything else.
"""

from collections.abc import Sequence
from typing import Any

Template = tuple[str, Any]


def apart(value: Any, tensors: list[Any]) -> Template:
    """Return the template of a value, and append its tensors to a list.

    Examples
    --------
    >>> apart((1, [2.5]), [])
    ('tuple', [('value', 1), ('list', [('value', 2.5)])])
    """
    import torch

    if type(value) is torch.Tensor:
        tensors.append(value)
        return ("tensor", len(tensors) - 1)
    if type(value) in (tuple, list):
        return (type(value).__name__, [apart(part, tensors) for part in value])
    if type(value) is dict:
        return ("dict", {name: apart(part, tensors) for name, part in value.items()})
    return ("value", value)


def together(template: Template, tensors: Sequence[Any]) -> Any:
    """Return the value of a template with these tensors in it.

    Examples
    --------
    >>> together(("tuple", [("tensor", 1), ("value", 3)]), ["a", "b"])
    ('b', 3)
    """
    kind, content = template
    if kind == "tensor":
        return tensors[content]
    if kind in ("tuple", "list"):
        parts = [together(part, tensors) for part in content]
        return tuple(parts) if kind == "tuple" else parts
    if kind == "dict":
        return {name: together(part, tensors) for name, part in content.items()}
    return content
