"""Lying objects: answers that claim to be equal, to be short, or to be something else."""

from typing import Any

from tests.attacks.attack import Attack

REFUSED = "not plain data|wrong type|is not an array|is wrong|cannot be sent|cannot work with|differs"

LIAR = """
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = None
    def __bool__(self): return True
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __len__(self): return 1
    def __float__(self): return 1.0
"""


def liar(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack by what it answers."""
    return Attack(name, tries, body, evidence=options.pop("evidence", REFUSED), **options)


ATTACKS = (
    liar(
        "equal_to_everything",
        "answers with an object that is equal to everything",
        LIAR
        + """
def softmax(x):
    return Liar()
""",
        control="points",
    ),
    liar(
        "equal_where_the_test_asks",
        "answers an unwary `assert answer == expected` with an object that says yes",
        LIAR
        + """
def positives(x):
    return Liar()
""",
        control="points",
        evidence="positives|cannot work with",
    ),
    liar(
        "difference_of_nothing",
        "answers an unwary `abs(answer - expected) < tolerance` with an object whose every difference is zero",
        """
class Near:
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = lambda self, other=None: 0.0
def positives(x):
    return Near()
""",
        control="points",
        evidence="positives|cannot work with|wrong",
    ),
    liar(
        "learns_from_the_comparison",
        "answers with an object that is told the expected value when it is compared, and then becomes it",
        """
class Thief:
    def __eq__(self, other):
        print("seen", other)
        return self is not other
    __hash__ = None
def positives(x):
    return Thief()
softmax = positives
""",
        control="points",
        evidence="cannot work with|is not|wrong|failed",
    ),
    liar(
        "array_that_is_equal",
        "answers with an ndarray subclass whose every comparison is true",
        """
class Yes(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return np.ones(self.shape, bool)
    def __array_function__(self, function, types, args, kwargs): return True
def softmax(x):
    return wrong(x).view(Yes)
""",
        control="points",
    ),
    liar(
        "array_protocol",
        "answers with an object that becomes whatever array it is compared with",
        """
class Chameleon:
    __array_priority__ = 1e9
    def __array__(self, dtype=None, copy=None):
        frame = sys._getframe()
        while frame:
            for name in ("expected", "reference", "desired"):
                if isinstance(frame.f_locals.get(name), np.ndarray):
                    return frame.f_locals[name]
            frame = frame.f_back
        return np.zeros(5)
def softmax(x):
    return Chameleon()
""",
        control="points",
    ),
    liar(
        "float_that_is_equal",
        "answers with subclasses of float, int and str whose comparisons are true",
        """
class F(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    __hash__ = None
class I(int):
    def __eq__(self, other): return True
    __hash__ = None
def softmax(x):
    return F(1.0)
def positives(x):
    return I(3)
""",
        control="points",
    ),
    liar(
        "endless_list",
        "answers with a list subclass that has no end",
        """
class Endless(list):
    def __iter__(self):
        while True: yield 1.0
    def __len__(self): return 3
def softmax(x):
    return Endless([1.0])
""",
        no_control="a same-process grader hangs and fills its memory",
    ),
    liar(
        "endless_generator",
        "answers with an iterator that has no end",
        """
def softmax(x):
    return iter(int, 1)
""",
        no_control="a same-process grader hangs and fills its memory",
    ),
    liar(
        "dict_and_tuple_that_lie",
        "answers with dict and tuple subclasses whose items change at every look",
        """
import random
class D(dict):
    def items(self): return [(random.random(), self)]
    def __eq__(self, other): return True
class T(tuple):
    def __iter__(self): return iter([self, self])
    def __eq__(self, other): return True
    __hash__ = None
def softmax(x):
    return T([D(a=1)])
""",
        control="points",
    ),
    liar(
        "lying_class",
        "answers with an object that says it is an ndarray",
        LIAR
        + """
class Fake(Liar):
    @property
    def __class__(self): return np.ndarray
    dtype, shape, ndim, size = np.dtype("f8"), (2, 5), 2, 10
def softmax(x):
    return Fake()
""",
        control="points",
    ),
    liar(
        "namedtuple_with_code",
        "answers with a tuple whose iterator runs code of its own while it is encoded",
        """
class Trap(tuple):
    _fields = ("a",)
    def __iter__(self):
        while True: yield Trap((1,))
def softmax(x):
    return Trap((1,))
""",
        no_control="a same-process grader hangs and fills its memory",
        evidence="did not return in time|memory|cannot be sent|ended its process",
    ),
    liar(
        "handle_of_endless_length",
        "answers with an object that is 10**12 long and gives itself at every index",
        """
class Hall:
    def __len__(self): return 10**12
    def __getitem__(self, index): return self
    def __iter__(self):
        while True: yield self
    def show(self, number): return self
    total = property(lambda self: self)
def Tally():
    return Hall()
softmax = positives = lambda x: Hall()
""",
        no_control="a same-process grader hangs and fills its memory",
    ),
    liar(
        "attribute_traps",
        "answers with an object whose every attribute exits, sleeps or raises",
        """
class Trap:
    def __getattribute__(self, name): os._exit(0)
def Tally():
    return Trap()
""",
        no_control="the exit is shown elsewhere",
        evidence="exit status 0",
    ),
    liar(
        "tensor_subclass",
        "answers with a Tensor subclass that agrees with everything",
        """
import torch
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
def clip(x, low, high):
    return torch.zeros_like(x).as_subclass(Yes)
softmax = lambda x: torch.zeros(x.shape).as_subclass(Yes)
""",
        control="points",
        evidence="__torch_function__ is not allowed",
        helpers=False,
        unit="tensors",
    ),
)
