"""Callbacks and handles: what the judge does on behalf of the other side, asked for in ways that it does not expect."""

from tests.attacks.corpus.frames import forged

ATTACKS = (
    forged(
        "million_frames_of_callbacks",
        "asks the judge to call its function again and again, so that the judge works on its behalf for ever",
        """
def apply(function, x):
    while True:
        function(np.ones(1_000_000))
""",
        "did not return in time|not run|too large",
    ),
    forged(
        "slow_callback",
        "lets the judge compute on the largest arrays that it may send",
        """
def apply(function, x):
    big = np.ones(8_000_000)
    while True:
        function(big)
""",
        "did not return in time|not run|too large",
    ),
    forged(
        "cheap_questions",
        "asks the judge's slowest function again and again, so that the time that passes is the judge's own",
        """
def apply(function, x):
    while isinstance(x, float):
        function(1.0)
    return x
""",
        "did not return in time|not run|too large",
    ),
    forged(
        "callback_with_odd_numbers",
        "calls functions of the judge by numbers that it was never given",
        """
def softmax(x):
    for number in (-1, 10**9, 2**200, True, "0", None, 1.0, (), [0], {}):
        send(frame(("callback", number, (), {}, ())))
        size = struct.unpack("<4sIQ", os.read(3, 16))[2]
        answer = b""
        while len(answer) < size:
            answer += os.read(3, size - len(answer))
        if b"refuse" not in answer:
            breach("the judge called number " + repr(number))
    raise RuntimeError("stopped: every number was refused")
""",
        "stopped: every number was refused",
    ),
    forged(
        "callback_with_odd_arguments",
        "calls a function of the judge with too many arguments, wrong names and values that it cannot work with",
        """
def apply(function, x):
    told = []
    for args, kwargs in (((), {}), ((1, 2), {}), (("x",), {"values": 1}), ((None,), {}), (({"a": b"c"},), {})):
        try:
            told.append(str(function(*args, **kwargs)))
        except Exception as error:
            told.append(type(error).__name__ + ": " + str(error))
    raise RuntimeError("stopped: " + " | ".join(told))
""",
        "stopped: TypeError",
    ),
    forged(
        "callback_of_lies",
        "calls a function of the judge with an array of its own making and takes the answer apart",
        """
def apply(function, x):
    answer = function(x)
    leaked = [name for name in ("__globals__", "__closure__", "__code__", "gi_frame") if hasattr(function, name)]
    held = {name: value for name, value in vars(sys.modules["builtins"]).items() if "CAN" "ARY" in str(value)}
    cells = [str(cell.cell_contents) for cell in function.__closure__ or ()]
    claim([text for text in cells if "CAN" "ARY" in text] + list(held))
""",
        "stopped: nothing found",
    ),
    forged(
        "handle_with_odd_numbers",
        "answers with objects that it never had, and with the largest number",
        """
def softmax(x):
    send(frame(("ok", [HandleRef(2**63 - 1, "ndarray"), HandleRef(0, "softmax")], (x,), {})))
    time.sleep(9)
Tally = lambda: [HandleRef(7, "Tally")]
""",
        "is not|is wrong|wrong type|has no attribute",
    ),
    forged(
        "handle_below_zero",
        "answers with an object of number -1 and an unprintable name",
        """
def softmax(x):
    send(raw(bytes([0x92, 0xa2]) + b'ok' + bytes([0xc7, 3, 9, 0xff, 0xff, 0xff])))
    time.sleep(9)
""",
        "could not be read|is too large|a form that no worker sends",
    ),
    forged(
        "functions_for_the_judge",
        "sends the judge a function of the judge's own as an answer",
        """
def softmax(x):
    send(frame(('ok', CallbackRef(0, 'check'))))
    time.sleep(9)
""",
        "could not be read|is too large",
    ),
    forged(
        "hoard_of_callbacks",
        "calls the judge's function thirty times with 64 MiB, which a test that notes its calls would keep",
        """
def apply(function, x):
    for _ in range(30):
        function(np.ones(8 << 20))
    return x
""",
        "too large",
    ),
    forged(
        "callback_of_digits",
        "calls the judge's function with an integer whose triple is too long to travel",
        """
def apply(function, x):
    return function(2**8190) if isinstance(x, float) else function(2**4090)
""",
        "too large|cannot be sent",
    ),
    forged(
        "cache_at_the_cap",
        "answers with as much as may come in, to be sent out again inside a larger request",
        """
def apply(function, x):
    return function([0] * 999_980)
def positives(x):
    return [0] * 999_980
""",
        "too large",
    ),
    forged(
        "bytes_in_small_calls",
        "calls the judge's function ten thousand times with as much as one call may have",
        """
def apply(function, x):
    while isinstance(x, float):
        function(np.ones(8000))
    for _ in range(10_000):
        function(np.ones(8000))
    return x
""",
        "too large together|did not return in time|not run",
    ),
)
