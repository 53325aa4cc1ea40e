"""Answers and exceptions that are too large, too deep, no numbers at all, or meant for the reader's terminal."""

from tests.attacks.corpus.objects import LIAR, liar

ATTACKS = (
    liar(
        "nan_answer",
        "answers with NaN everywhere",
        """
def softmax(x):
    return np.full_like(x, np.nan)
""",
        evidence="not finite|differs",
        no_control="taken only where NaN is what is expected",
    ),
    liar(
        "infinite_answer",
        "answers with infinities",
        """
def softmax(x):
    return np.full_like(x, np.inf)
""",
        no_control="no grader takes it",
        evidence="not finite|differs",
    ),
    liar(
        "object_array",
        "answers with an array of Python objects",
        LIAR
        + """
def softmax(x):
    answer = np.empty(x.shape, object)
    answer[:] = Liar()
    return answer
""",
        control="points",
    ),
    liar(
        "record_array",
        "answers with a structured array and a masked one",
        """
def softmax(x):
    return np.ma.masked_all(x.shape)
def apply(function, x):
    return np.zeros(3, [('a', 'O'), ('b', 'f8')])
""",
        control="points",
    ),
    liar(
        "terabytes_by_stride",
        "answers with an array that claims 8 TB and holds 8 bytes",
        """
def softmax(x):
    return np.broadcast_to(np.float64(1), (10**6, 10**6))
""",
        no_control="a same-process grader runs out of memory",
        evidence="cannot be sent|memory",
    ),
    liar(
        "million_nodes",
        "answers with two million small lists",
        """
def softmax(x):
    return [[] for _ in range(2_000_000)]
""",
        no_control="costs memory, gains nothing",
        evidence="cannot be sent|memory|did not return",
    ),
    liar(
        "deep_nesting",
        "answers with a list 100,000 deep",
        """
def softmax(x):
    answer = []
    for _ in range(100_000):
        answer = [answer]
    return answer
""",
        no_control="crashes a same-process grader",
        evidence="cannot be sent|ended its process",
    ),
    liar(
        "contains_itself",
        "answers with a list that contains itself",
        """
def softmax(x):
    answer = []
    answer.append(answer)
    return answer
""",
        no_control="crashes a same-process grader",
        evidence="cannot be sent",
    ),
    liar(
        "huge_integer",
        "answers with an integer of a million digits",
        """
def softmax(x):
    return 1 << 3_000_000
""",
        no_control="gains nothing",
        evidence="cannot be sent",
    ),
    liar(
        "huge_texts",
        "answers with texts and bytes of the largest size allowed",
        """
def softmax(x):
    return ['\\x1b[31m' * 200_000, b'x' * 4_000_000, '\\u202e' * 1_000_000]
""",
        no_control="gains nothing",
        evidence="cannot be sent|not an array|wrong type|is too large",
    ),
    liar(
        "lone_surrogates",
        "answers and complains in half characters that no encoding takes",
        """
def softmax(x):
    return '\\ud800'
def apply(function, x):
    raise ValueError('\\udcff\\ud800 half')
""",
        no_control="gains nothing",
        evidence="cannot be sent|half",
    ),
    liar(
        "huge_repr",
        "answers with an object whose text is a gigabyte",
        """
class Long:
    def __repr__(self): return 'x' * 10**9
    __str__ = __repr__
def softmax(x):
    return Long()
def apply(function, x):
    raise ValueError(Long())
""",
        no_control="costs memory, gains nothing",
        evidence="not plain data|wrong type|memory",
    ),
    liar(
        "endless_message",
        "raises an exception whose text never comes",
        """
class Slow(Exception):
    def __str__(self):
        while True: pass
def softmax(x):
    raise Slow
""",
        control="hang",
        evidence="did not return in time",
    ),
    liar(
        "exiting_message",
        "raises an exception whose text ends the process",
        """
class Exit(Exception):
    def __str__(self): os._exit(0)
def softmax(x):
    raise Exit
""",
        control="points",
        evidence="exit status 0",
    ),
    liar(
        "escaping_names",
        "raises an exception whose class name and text steer the reader's terminal",
        """
Bad = type('\\x1b[2J\\x1b]0;owned\\x07\\u202e', (Exception,), {})
def softmax(x):
    print('\\x1b[31mred\\x1b]8;;http://localhost\\x07link\\x9b31m')
    raise Bad('\\x1b[1A\\r=cmd|x\\x00\\n\\u2066')
""",
        no_control="shown by what the reports may not contain",
        evidence="red",
    ),
    liar(
        "spreadsheet_formula",
        "fails with a text that a spreadsheet would compute",
        """
def softmax(x):
    raise ValueError('=HYPERLINK("http://localhost")')
raise type('=1+1', (Exception,), {})('=1+1;@SUM(1)')
""",
        no_control="shown by what the reports may not contain",
        evidence="does not load",
    ),
    liar(
        "exception_with_hostile_class",
        "raises an exception whose class lies about its bases and name",
        """
class Meta(type):
    def __getattribute__(cls, name):
        if name in ('__name__', '__mro__'): os._exit(0)
        return type.__getattribute__(cls, name)
class Odd(Exception, metaclass=Meta): ...
def softmax(x):
    raise Odd
""",
        no_control="the exit is shown elsewhere",
        evidence="raised|exit status 0",
    ),
    liar(
        "out_of_memory_by_name",
        "raises MemoryError, NotImplementedError and a policy's refusal, to be counted as not attempted",
        """
class BlockedByPolicy(NotImplementedError, MemoryError): ...
def softmax(x):
    raise BlockedByPolicy('numbers.softmax')
""",
        no_control="gains nothing",
        evidence="numbers.softmax",
    ),
    liar(
        "odd_tensors",
        "answers with sparse, meta and quantized tensors",
        """
import torch
def clip(x, low, high):
    return torch.empty(x.shape, device='meta', dtype=x.dtype)
""",
        no_control="gains nothing",
        helpers=False,
        unit="tensors",
        evidence="cannot be sent|is wrong|wrong type|not an array|a tensor",
    ),
    liar(
        "range_of_millions",
        "answers with a range, a few bytes that the judge would list",
        """
def softmax(x):
    return range(40_000_000)
positives = lambda x: range(10**18)
apply = lambda function, x: [range(10**9)] * 3
""",
        no_control="a same-process grader fills its memory",
        evidence="returned a range",
    ),
    liar(
        "empty_rows",
        "answers with an array of 8 million rows and no byte",
        """
def softmax(x):
    return np.zeros((8_000_000, 0))
def positives(x):
    return np.zeros((2**40, 0, 2**20), "i1")
def apply(function, x):
    return [np.zeros((60_000, 0), "i1")] * 50
""",
        no_control="costs time, gains nothing",
        evidence="too large|cannot be sent",
    ),
    liar(
        "larger_than_the_reference",
        "answers with megabytes where the reference has bytes: arrays, lists, texts, keys",
        """
def softmax(x):
    return np.zeros(1 << 20)
def positives(x):
    return {number: None for number in range(19_000)}
def apply(function, x):
    return [0.5] * 900_000
""",
        no_control="costs memory, gains nothing",
        evidence="is too large",
    ),
    liar(
        "numbers_that_a_test_stumbles_over",
        "answers with numbers under which an unwary test overflows, divides by zero or cannot compare",
        """
def positives(x):
    return float("nan") if len(x) > 45 else 1j * 2.0**1023
def apply(function, x):
    return 2**4000
def softmax(x):
    return np.float64(2) ** 1023 * np.ones_like(x) - np.inf
""",
        no_control="gains nothing",
        evidence="wrong|finite|failed|cannot work with",
    ),
)
