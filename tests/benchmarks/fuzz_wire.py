"""Coverage-guided fuzzing of the wire's decoder: `python tests/benchmarks/fuzz_wire.py --seconds 60`.

`tests/wire/test_fuzz.py` draws and mutates frames on every run of the tests; this goes further where there is time. It
needs atheris (`python -m pip install atheris`), which instruments the decoder. Whatever bytes come, the decoder must
return a value or raise a `WireError`; anything else ends the run, with the bytes in a file `crash-...` in this folder.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

LARGEST_FRAME = 4096


def instrumented() -> tuple[ModuleType, ModuleType]:
    """Return atheris, and the wire with its coverage told."""
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed; it has wheels for Linux: python -m pip install atheris")
    import msgspec  # noqa: F401  (imported before, so that only the wire is instrumented)
    import numpy as np  # noqa: F401

    with atheris.instrument_imports(include=["grader.wire"]):
        from grader import wire
    return atheris, wire


def seeds(wire: ModuleType) -> list[bytes]:
    """Return whole frames to begin with, without their headers."""
    import numpy as np

    values: list[Any] = [
        {"op": "call", "args": (np.ones((2, 3)), np.arange(3), 3), "kwargs": {"stride": 2, (1, 2): None}},
        [1, -1, 2**70, 1.5, "text", b"bytes", None, True, 1j, {1, 2}, frozenset("ab"), slice(1), range(3), ...],
        [np.float32(1), np.str_("ab"), np.array(["ab", "c"]), np.array([True]), np.float64, np.dtype("i4"), float],
        [np.random.default_rng(1), np.random.Generator(np.random.Philox(2))],
        [wire.HandleRef(1, "Value"), wire.CallbackRef(2, "f")],
    ]
    frames = [b"".join(bytes(memoryview(part).cast("B")) for part in wire.encode(value)) for value in values]
    return [frame[4:6] + frame[wire.HEADER_SIZE :] for frame in frames]


def framed(data: bytes) -> bytes:
    """Put a header on that fits, so that changes reach what is behind it; the first two bytes are the tree's length."""
    from grader.wire.frames import pack_header

    body = data[2:]
    return pack_header(min(int.from_bytes(data[:2], "little"), len(body)), len(body)) + body


def main() -> None:
    """Fuzz for a bounded time or number of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="at most so many frames; any number by default")
    options = parser.parse_args()
    atheris, wire = instrumented()

    def one_frame(data: bytes) -> None:
        for frame in (data, framed(data)):
            try:
                wire.decode(frame)
            except wire.WireError:
                continue

    with tempfile.TemporaryDirectory() as corpus:
        for number, frame in enumerate(seeds(wire)):
            Path(corpus, f"seed-{number}").write_bytes(frame)
        bounds = [f"-max_total_time={options.seconds}", f"-runs={options.runs}", f"-max_len={LARGEST_FRAME}"]
        atheris.Setup([sys.argv[0], *bounds, f"-artifact_prefix={Path.cwd()}/", corpus], one_frame)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
