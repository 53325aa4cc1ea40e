"""Tags: the first element of every array in the msgpack tree, which says what the rest of it encodes.

None, bool, 64-bit int, float, str and bytes represent themselves; everything else is `[tag, field, ...]`.
"""

from typing import Final

LIST: Final = 0  # items
TUPLE: Final = 1  # items
DICT: Final = 2  # keys, values
SET: Final = 3  # items
FROZENSET: Final = 4  # items
INTEGER: Final = 5  # two's complement, little-endian
COMPLEX: Final = 6  # real, imaginary
SLICE: Final = 7  # start, stop, step
RANGE: Final = 8  # start, stop, step
ELLIPSIS: Final = 9
TYPE: Final = 10  # name
ARRAY: Final = 11  # dtype, shape; its bytes are the next buffer
SCALAR: Final = 12  # dtype, bytes
TEXT_SCALAR: Final = 13  # str or bytes
DTYPE: Final = 14  # dtype
TENSOR: Final = 15  # dtype, shape, requires_grad; its bytes are the next buffer
TORCH_DTYPE: Final = 16  # name
GENERATOR: Final = 17  # bit generator, state
TORCH_GENERATOR: Final = 18  # state
HANDLE: Final = 19  # number, kind
CALLBACK: Final = 20  # number, name
LAID_OUT: Final = 21  # array or tensor, axes, steps
