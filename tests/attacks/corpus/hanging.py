"""Never coming back: loops, waits and computations that no handler interrupts."""

from tests.attacks.corpus.resources import SLOW, eater

ATTACKS = (
    eater(
        "endless_loop_in_c",
        "stays in a loop that no Python signal handler interrupts",
        """
def softmax(x):
    sum(iter(int, 1))
""",
    ),
    eater(
        "endless_loop",
        "loops for ever and catches everything",
        """
def softmax(x):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    ),
    eater(
        "sleeps",
        "sleeps",
        """
def softmax(x):
    time.sleep(1000)
""",
    ),
    eater(
        "regex_catastrophe",
        "matches a pattern that takes exponential time",
        """
import re
def softmax(x):
    re.match('(a+)+$', 'a' * 60 + 'b')
""",
    ),
    eater(
        "big_power",
        "computes a power of billions of digits",
        """
def softmax(x):
    return 7 ** 7 ** 10
""",
        evidence=SLOW + "|memory",
    ),
    eater(
        "endless_product",
        "multiplies matrices without end, in code that holds no lock",
        """
def softmax(x):
    big = np.ones((1500, 1500))
    while True:
        big @ big
""",
    ),
    eater(
        "waits_on_a_lock",
        "waits for a lock that nobody frees",
        """
def softmax(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
""",
    ),
    eater(
        "waits_for_itself",
        "reads from a pipe that nobody writes to",
        """
def softmax(x):
    os.read(os.pipe()[0], 1)
""",
    ),
    eater(
        "loads_for_ever",
        "never finishes being imported",
        """
while True:
    pass
""",
    ),
    eater(
        "just_below_the_limit",
        "burns nearly as much as every call may take, in every call of every test",
        """
def burn(*args):
    end = time.monotonic() + 1.3
    while time.monotonic() < end: pass
    return 0.0
softmax = apply = positives = burn
class Tally:
    def show(self, number): return burn()
""",
        no_control="slow, not endless",
        evidence="is wrong|is not an array|wrong type|did not return",
    ),
    eater(
        "compiles_for_ever",
        "is a file that the compiler chokes on",
        "softmax = " + "(" * 5000 + "1" + ")" * 5000 + "\n",
        no_control="fails in every interpreter",
        evidence="does not load|ended its process",
    ),
    eater(
        "constant_folding",
        "is a file whose constants take long to compute",
        "softmax = [" + "2 ** 100000 * 3 ** 10000," * 500 + "][0] ** 10**9\n",
        no_control="fails in every interpreter",
        evidence="does not load|did not return|memory|loading|callable|ended",
    ),
    eater(
        "colliding_keys",
        "fills a dictionary with keys that all collide",
        """
def softmax(x):
    return {(2**61 - 1) * number: 0 for number in range(1, 60_000)}
""",
        no_control="slow, not endless",
        evidence=SLOW + "|cannot be sent|wrong type",
    ),
)
