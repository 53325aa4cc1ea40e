"""The one error of this room."""


class WireError(Exception):
    """A frame that is malformed or over a cap, or a value that is not plain data."""
