"""How fast the wire is: small calls, and large arrays, alone and through a socket to another process.

Run with `python tests/benchmarks/wire.py`. Prints figures beside their goals; exits with 1 if one is missed.
"""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from grader.wire import decode, encode, read_frame_into, write_frame

CALL_GOAL_US = 60.0
CODEC_GOAL_US = 15.0
ARRAY_GOAL_GBS = 1.0
SIZES_MB = (1, 16, 100)
CALLS = 5000


def show(what: str, figure: float, unit: str, goal: float | None = None) -> bool:
    """Print one figure beside its goal, and return whether it meets it: microseconds below, GB/s above."""
    met = goal is None or (figure <= goal if unit == "us" else figure >= goal)
    remark = "" if goal is None else f"goal {'<=' if unit == 'us' else '>='} {goal:g}: {'met' if met else 'MISSED'}"
    print(f"  {what:<58}{figure:8.2f} {unit:<5} {remark}".rstrip(), flush=True)  # noqa: T201 - a script that prints
    return met


def read_into(connection: socket.socket) -> Callable[[memoryview], None]:
    """Return a function that fills a memoryview from a socket."""

    def fill(view: memoryview) -> None:
        while view:
            count = connection.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]

    return fill


def answer(connection: socket.socket) -> None:
    """Decode one frame and send it back: of a call only its first argument, as a function that returns it would."""
    value = decode(read_frame_into(read_into(connection)))
    reply = {"op": "return", "value": value["args"][0]} if isinstance(value, dict) else value
    write_frame(connection.sendall, encode(reply))


def bounce(connection: socket.socket) -> None:
    """Send a few bytes back as they are: what the socket costs without the wire."""
    data = connection.recv(4096)
    if not data:
        raise EOFError
    connection.sendall(data)


@contextmanager
def other_process(serve: Callable[[socket.socket], None]) -> Iterator[socket.socket]:
    """Fork a process that serves one request after another, and give the socket to it."""
    here, there = socket.socketpair()
    child = os.fork()
    if not child:
        here.close()
        with suppress(EOFError):
            while True:
                serve(there)
        os._exit(0)
    there.close()
    try:
        yield here
    finally:
        here.close()
        os.waitpid(child, 0)


def seconds(action: Callable[[], object], times: int) -> float:
    """Return the median time of one call."""
    spent = []
    for _ in range(times):
        start = perf_counter()
        action()
        spent.append(perf_counter() - start)
    return median(spent)


def joined(parts: list[bytes | memoryview]) -> np.ndarray:
    """Copy a frame's parts into memory of its own, as a stream would."""
    frame = np.empty(sum(map(len, parts)), np.uint8)
    position = 0
    for part in parts:
        frame[position : position + len(part)] = np.frombuffer(part, np.uint8)
        position += len(part)
    return frame


def through_codec(value: Any) -> object:
    """Encode a value, copy its frame once, and decode it."""
    return decode(joined(encode(value)))


def bare_trip(connection: socket.socket, data: bytes) -> bytes:
    """Send a few bytes and receive them again."""
    connection.sendall(data)
    return connection.recv(4096)


def round_trip(connection: socket.socket, value: Any) -> object:
    """Send a value and receive it again."""
    write_frame(connection.sendall, encode(value))
    return decode(read_frame_into(read_into(connection)))


def small_calls(connection: socket.socket) -> list[bool]:
    """Time a call with two small arrays, and its way to another process and back."""
    x = np.ones((3, 4))
    call = {"op": "call", "module": "conv", "name": "f", "args": (x, x, 3), "kwargs": {"stride": 2}}
    frame = joined(encode(call))
    print("Small call: a dictionary with two 3x4 arrays, a number and a keyword")  # noqa: T201
    return [
        show("encode", 1e6 * seconds(lambda: encode(call), CALLS), "us"),
        show("decode", 1e6 * seconds(lambda: decode(frame), CALLS), "us"),
        show("encode, copy, decode", 1e6 * seconds(lambda: through_codec(call), CALLS), "us", CODEC_GOAL_US),
        show("None there and back", 1e6 * seconds(lambda: round_trip(connection, None), CALLS), "us"),
        show("call there, array back", 1e6 * seconds(lambda: round_trip(connection, call), CALLS), "us", CALL_GOAL_US),
    ]


def bare_socket() -> None:
    """Time a socket without the wire: the machine's own share of every figure with two processes."""
    with other_process(bounce) as connection:
        show(
            "400 bytes there and back without the wire",
            1e6 * seconds(lambda: bare_trip(connection, bytes(400)), CALLS),
            "us",
        )


def large_arrays(connection: socket.socket) -> list[bool]:
    """Time arrays alone and to another process and back, in bytes moved one way per second."""
    results = []
    for name, size in [(name, size) for name in ("float64", "float32") for size in SIZES_MB]:
        count = size * 10**6 // np.dtype(name).itemsize
        whole = np.ones(2 * count, dtype=name)
        times = max(3, 100 // size)
        for layout, array in (("contiguous", whole[:count]), ("every second", whole[::2])):
            results += one_array(connection, array, f"{size:3d} MB {name}, {layout}", times)
    return results


def one_array(connection: socket.socket, array: np.ndarray, label: str, times: int) -> list[bool]:
    """Time one array alone and to another process and back."""
    gigabytes = array.nbytes / 1e9
    alone = gigabytes / seconds(lambda: through_codec(array), times)
    moved = 2 * gigabytes / seconds(lambda: round_trip(connection, array), times)
    return [
        show(f"{label}: codec", alone, "GB/s", ARRAY_GOAL_GBS),
        show(f"{label}: there and back", moved, "GB/s", ARRAY_GOAL_GBS),
    ]


def main() -> int:
    """Measure everything, and return the exit code."""
    with other_process(answer) as connection:
        results = small_calls(connection)
        bare_socket()
        print("Arrays, 2 x bytes / time where they go there and back")  # noqa: T201
        results += large_arrays(connection)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
