"""What is wrong with a value or a frame."""


class WireError(Exception):
    """A frame that is malformed or over a cap, or a value that is not plain data."""


class OverCap(WireError):
    """A frame or a value that is larger than it may be.

    Parameters
    ----------
    message : str
    size : int, optional
        How large it is in bytes, where that is known.
    """

    def __init__(self, message: str, size: int = 0) -> None:
        super().__init__(message)
        self.size = size


class NotAnAnswer(WireError):
    """Data that stands for much more than it is, which this side does not take."""
