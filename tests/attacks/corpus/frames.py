"""Forging frames: bytes on the judge's channel that this engine's worker would never send."""

from tests.attacks.attack import Attack

HERE = "acts on this engine's own channel: the frame is shown to arrive by how its submission ends"

FRAMES = """
import struct
from grader.wire import encode, HandleRef, CallbackRef
def frame(value):
    return b"".join(bytes(part) for part in encode(value, hook=lambda value: HandleRef(0, "x")))
def send(data):
    view = memoryview(data)
    while view:
        view = view[os.write(3, view):]
def header(tree, body, magic=b"DGW\\x01"):
    return struct.pack("<4sIQ", magic, tree, body)
def raw(tree):
    return header(len(tree), len(tree)) + tree
"""


def forged(name: str, tries: str, body: str, evidence: str, gets_through: str = "") -> Attack:
    """Return an attack on the channel."""
    return Attack(name, tries, FRAMES + body, no_control=HERE, evidence=evidence, gets_through=gets_through)


ATTACKS = (
    forged(
        "junk_frame",
        "sends random bytes",
        """
def softmax(x):
    send(os.urandom(1000))
    time.sleep(9)
""",
        "could not be read|is too large",
    ),
    forged(
        "half_a_frame",
        "sends the beginning of a frame and stays",
        """
def softmax(x):
    send(frame(('ok', 1.0))[:20])
    time.sleep(9)
""",
        "did not return in time",
    ),
    forged(
        "huge_header",
        "announces 2**60 bytes",
        """
def softmax(x):
    send(header(10, 2**60))
    time.sleep(9)
""",
        "could not be read|is too large",
    ),
    forged(
        "greedy_header",
        "announces as much as is allowed, and sends nothing: the judge allocates for many at once",
        """
def softmax(x):
    send(header(16 << 20, (256 << 20) - 16))
    time.sleep(9)
""",
        "did not return in time|is too large",
    ),
    forged(
        "other_version",
        "speaks another version",
        """
def softmax(x):
    send(header(1, 1, b'DGW\\x02') + b'\\xc0')
    time.sleep(9)
""",
        "could not be read|is too large",
    ),
    forged(
        "frame_ahead_of_time",
        "answers the next question before it is asked",
        """
def softmax(x):
    send(frame(('ok', np.full_like(x, 0.2))) * 3)
    time.sleep(9)
""",
        "could not be read|is too large",
    ),
    forged(
        "late_second_answer",
        "lets a thread answer once more, after the judge has gone on",
        """
def later():
    time.sleep(0.02)
    send(frame(("ok", True, (), {})))
def softmax(x):
    threading.Thread(target=later).start()
    return wrong(x)
positives = softmax
""",
        "is wrong|wrong type|could not be read|is too large",
    ),
    forged(
        "replayed_frame",
        "sends the judge's own request back to it",
        """
def softmax(x):
    send(frame(("call", "target", "softmax", (x,), {}, False)))
    time.sleep(9)
""",
        "a form that no worker sends",
    ),
    forged(
        "nested_frame",
        "sends ten million containers inside one another",
        """
def softmax(x):
    send(raw(b'\\x91' * 10_000_000 + b'\\xc0'))
    time.sleep(9)
""",
        "could not be read|is too large",
    ),
    forged(
        "endless_frame_stream",
        "fills the channel for as long as it is read",
        """
def softmax(x):
    while True:
        send(frame(('ok', 1.0)) * 100)
""",
        "could not be read|is too large",
    ),
    forged(
        "wrong_forms",
        "sends frames that are well-formed and mean nothing",
        """
FORMS = iter([("ok",), ["ok", 1.0], "ok", {"ok": 1.0}, ("ok", 1, 2, 3, 4), ("error", "text"), ("error", {}, 1), None])
def softmax(x):
    send(frame(next(FORMS)))
    time.sleep(9)
apply = lambda function, x: softmax(x)
positives = softmax
""",
        "a form that no worker sends",
    ),
    forged(
        "forged_verdicts",
        "raises what a grader might take for a skip, a mistake of its own, or an expected refusal",
        """
KINDS = ("Skipped", "GraderError", "GRADER_ERROR", "CheckFailed", "OutcomeException", "AssertionError", "ValueError")
def softmax(x):
    told = {"kinds": KINDS, "text": "passed" * 9, "where": ("x",) * 99, "phase": "skipped", "credit": 1.0, "points": 9}
    send(frame(("error", told)))
    time.sleep(9)
""",
        "raised Skipped",
    ),
    forged(
        "crowded_error",
        "tells of an exception with fields of every wrong type and size",
        """
def softmax(x):
    told = {"kinds": [1, 2], "text": ["x"] * 9, "where": {"a": 1}, "phase": 7, 5: 6, "more": "x" * 3_000_000}
    send(frame(("error", told)))
    time.sleep(9)
""",
        "raised an exception|is too large",
    ),
    forged(
        "pickle_payload",
        "sends a pickle that would run a command where it is loaded, as bytes, as an array and as the frame itself",
        """
import pickle
class Payload:
    def __reduce__(self):
        return os.system, ("touch @MARKS@/@NAME@",)
def softmax(x):
    return pickle.dumps(Payload())
def apply(function, x):
    return np.frombuffer(pickle.dumps(Payload()), np.uint8)
def positives(x):
    send(pickle.dumps(Payload()))
    time.sleep(9)
""",
        "wrong type",
    ),
    forged(
        "extension_types",
        "sends a frame of msgpack's extension types, timestamps and colliding keys",
        """
def softmax(x):
    keys = (struct.pack(">Q", (2**61 - 1) * number % 2**64) for number in range(65536))
    send(raw(b"\\x92\\xa2ok\\xdf\\x00\\x01\\x00\\x00" + b"".join(b"\\xcf" + key + b"\\xc0" for key in keys)))
    time.sleep(9)
""",
        "could not be read|is too large|is wrong|not an array|wrong type",
    ),
    forged(
        "passes_descriptors",
        "sends open descriptors along with the bytes",
        """
def softmax(x):
    channel = socket.socket(fileno=3)
    data = frame(("ok", wrong(x)))
    socket.send_fds(channel, [data[:8]], [0, 1, 2] * 50)
    socket.send_fds(channel, [data[8:]], [0, 1, 2] * 50)
    time.sleep(9)
""",
        "stopped|is wrong|differs|did not return in time|raised|ended its process",
    ),
)
