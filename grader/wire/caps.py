"""How large a frame may be, in every direction in which it can grow."""

from msgspec import Struct


class Caps(Struct, frozen=True):
    """Upper bounds of one frame. Both sides hold to them: the encoder before it sends, the decoder before it allocates.

    Attributes
    ----------
    frame_bytes : int
        The whole frame, and any one array of it. An array without entries counts as large as its other sizes make it:
        8 million empty rows are 8 million objects to whoever walks over them.
    header_bytes : int
        The msgpack tree: everything but the arrays' bytes.
    nodes : int
        Objects in the msgpack tree. A number in a list is one; a container or an array is a handful; a tensor counts
        as 10 and a random generator as 1000 more, because they cost that much more time to rebuild.
    depth : int
        Containers inside one another.
    text_bytes : int
        One string in UTF-8, or one bytes object.
    int_bytes : int
        One integer beyond 64 bits. The default keeps it short enough for `str`, which refuses more than 4300 digits.
    keys : int
        Dictionary keys and set elements other than strings, in the whole frame. Hashes of numbers and tuples are not
        random, so keys can be made up to collide, and a dictionary of them takes quadratic time.
    ranges : bool
        Whether a `range` may travel: a few bytes of it are as many numbers as somebody lists.
    """

    frame_bytes: int = 256 << 20
    header_bytes: int = 16 << 20
    nodes: int = 1_000_000
    depth: int = 64
    text_bytes: int = 4 << 20
    int_bytes: int = 1024
    keys: int = 20_000
    ranges: bool = True


DEFAULT_CAPS = Caps()
