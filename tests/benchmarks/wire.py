"""Speed of the wire: small calls, and large arrays, alone and through a socket to another process.

Run with `python tests/benchmarks/wire.py`. Prints figures beside their goals; exits with 1 if one is missed.

A small call is one of two requests in the form that the judge sends, answered by a forked process that decodes it,
calls a function that returns its first argument at once, and encodes the answer. The time from before `encode` to
after `decode` is all overhead, the socket and both changes of process included:

- the scalar call `f(2, 0.5, stride=1)`, answered with a number;
- the array call `f(x, x, stride=1)` with 3x4 arrays of float64, answered with one.

All figures are medians. Those of one call or array take turns, so a busy moment falls on all of them; still, only a
machine with an idle core for each process shows what the wire itself costs: the first line tells how busy it is.

An array's figure alone is that of `encode`, one copy into a frame of its own (a stream does as much) and `decode`. The
frame is fresh memory, so the figure holds the page faults of its first use; an array that is not contiguous is gathered
into fresh memory before, a second time the same. The lines "copy" show what the machine takes for such copies alone.
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

from grader.metering.processes import usable_cores
from grader.wire import decode, encode, read_frame_into, write_frame

CALL_GOAL_US = 60.0
ARRAY_GOAL_GBS = 1.0
SIZES_MB = (1, 16, 100)
CALLS = 5000
TURN = 50  # calls of one kind before the next kind has its turn
SCALAR_CALL = ("call", "conv", "f", (2, 0.5), {"stride": 1}, False)
ARRAY_CALL = ("call", "conv", "f", (np.ones((3, 4)), np.ones((3, 4))), {"stride": 1}, False)


def show(what: str, figure: float, unit: str, goal: float | None = None) -> bool:
    """Print one figure beside its goal, and return whether it meets it: microseconds below, GB/s above."""
    met = goal is None or (figure <= goal if unit == "us" else figure >= goal)
    remark = "" if goal is None else f"goal {'<=' if unit == 'us' else '>='} {goal:g}: {'met' if met else 'MISSED'}"
    print(f"  {what:<58}{figure:8.2f} {unit:<5} {remark}".rstrip(), flush=True)
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


def first_argument(x: Any, _: Any, stride: int) -> object:
    """Stand for the student's function."""
    return x


def answer(connection: socket.socket) -> None:
    """Decode one frame; answer a request by calling the function, and send anything else back."""
    value = decode(read_frame_into(read_into(connection)))
    if isinstance(value, tuple):
        _, _, _, args, kwargs, _ = value
        value = ("ok", first_argument(*args, **kwargs))
    write_frame(connection.sendall, encode(value))


def bounce(connection: socket.socket) -> None:
    """Send a few bytes back as they are: what the socket costs without the wire."""
    data = connection.recv(4096)
    if not data:
        raise EOFError
    connection.sendall(data)


@contextmanager
def other_process(serve: Callable[[socket.socket], None]) -> Iterator[socket.socket]:
    """Fork a process that serves one request after another, and give the socket to it."""
    client, server = socket.socketpair()
    child = os.fork()
    if not child:
        client.close()
        with suppress(EOFError):
            while True:
                serve(server)
        os._exit(0)
    server.close()
    try:
        yield client
    finally:
        client.close()
        os.waitpid(child, 0)


def seconds(actions: list[Callable[[], object]], times: int, turn: int = 1) -> list[float]:
    """Return the median time of one call of each action; they take turns of so many calls."""
    spent: list[list[float]] = [[] for _ in actions]
    for _ in range(-(-times // turn)):
        for action, durations in zip(actions, spent, strict=True):
            for _ in range(turn):
                start = perf_counter()
                action()
                durations.append(perf_counter() - start)
    return list(map(median, spent))


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


def small_calls(connection: socket.socket, bare: socket.socket) -> list[bool]:
    """Time small calls, alone and to another process and back, beside what the socket takes without the wire."""
    results = []
    for name, request in (("scalar call", SCALAR_CALL), ("array call", ARRAY_CALL)):
        parts = encode(request)
        frame = joined(parts)
        lines: list[tuple[str, Callable[[], object], float | None]] = [
            ("encode the request", lambda request=request: encode(request), None),
            ("decode the request", lambda frame=frame: decode(frame), None),
            ("its bytes there and back without the wire", lambda frame=frame: bare_trip(bare, frame), None),
            ("None there and back", lambda: round_trip(connection, None), None),
            ("request there, answer back", lambda request=request: round_trip(connection, request), CALL_GOAL_US),
        ]
        times = seconds([action for _, action, _ in lines], CALLS, TURN)
        for (what, _, goal), time in zip(lines, times, strict=True):
            results.append(show(f"{name}: {what}", 1e6 * time, "us", goal))
    return results


def large_arrays(connection: socket.socket) -> list[bool]:
    """Time arrays alone and to another process and back, in bytes moved one way per second."""
    results = []
    for name, size in [(name, size) for name in ("float64", "float32") for size in SIZES_MB]:
        count = size * 10**6 // np.dtype(name).itemsize
        whole = np.ones(2 * count, dtype=name)
        times = max(5, 100 // size)
        for layout, array in (("contiguous", whole[:count]), ("every second", whole[::2])):
            results += one_array(connection, array, f"{size:3d} MB {name}, {layout}", times)
    return results


def one_array(connection: socket.socket, array: np.ndarray, label: str, times: int) -> list[bool]:
    """Time one array alone and to another process and back, beside one copy into fresh memory."""
    copy, alone, moved = seconds(
        [array.copy, lambda: through_codec(array), lambda: round_trip(connection, array)], times
    )
    gigabytes = array.nbytes / 1e9
    return [
        show(f"{label}: copy", gigabytes / copy, "GB/s"),
        show(f"{label}: codec", gigabytes / alone, "GB/s", ARRAY_GOAL_GBS),
        show(f"{label}: there and back", 2 * gigabytes / moved, "GB/s", ARRAY_GOAL_GBS),
    ]


def main() -> int:
    """Measure everything, and return the exit code."""
    load = f"load {os.getloadavg()[0]:.1f} on {usable_cores()} cores"
    print(f"{load}; the goals are for a quiet machine, where it is near 0")
    with other_process(answer) as connection, other_process(bounce) as bare:
        print("Small calls")
        results = small_calls(connection, bare)
        print("Arrays, 2 x bytes / time where they go there and back")
        results += large_arrays(connection)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
