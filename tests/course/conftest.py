"""The tiny course, for the tests of this room to use and to break."""

from tests.tiny_course import course, root

__all__ = ["course", "root"]
