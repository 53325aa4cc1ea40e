"""Functions in canonical form: what does not tell who wrote them is gone, and every line knows where it stood."""

from grader.submissions.definitions import definitions

SOURCE = '''\
"""A file."""

import numpy as np

SIZE = 3


class Net:
    """A net."""

    depth: int = 2

    @property
    def size(self) -> int:
        """Return it."""
        return (
            self.depth  # the depth
            * SIZE
        )


def f(x: int) -> int:
    match x:
        case 1:
            return 2
    if x:
        pass
    else:
        x = 1
    return x
'''


def test_each_function_stands_alone_without_comments_and_annotations():
    net, rest, function, loose = definitions([SOURCE])[0]
    assert (net.name, net.text) == ("Net.size", "def size(self):\n    return self.depth * SIZE")
    assert net.spans == ((14, 14), (16, 19))
    assert (rest.name, rest.text) == ("Net", "depth = 2")
    assert (loose.name, loose.text) == ("", "SIZE = 3")
    lines = dict(zip(function.text.split("\n"), function.spans, strict=True))
    assert lines["    match x:"] == (23, 23)
    assert lines["            return 2"] == (25, 25)
    assert lines["        x = 1"] == (29, 29)


def test_a_file_with_a_syntax_error_stays_as_it_is():
    (broken,) = definitions(["x = 1\ndef f(:\n"])[0]
    assert broken.text.startswith("x = 1\ndef f(:")
    assert broken.spans[1] == (2, 2)
