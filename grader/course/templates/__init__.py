"""Texts that the course's commands write out, with `{{names}}` to fill in."""

from importlib.resources import files


def fill(name: str, **values: str) -> str:
    """Return a template's text with every ``{{key}}`` replaced by its value.

    Parameters
    ----------
    name : str
        The template's path inside this package.
    **values : str

    Examples
    --------
    >>> fill("bundle/requirements.txt", wheel="deepgrade-1.0-py3-none-any.whl").splitlines()[-1]
    './deepgrade-1.0-py3-none-any.whl'
    """
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    return text
