"""Data-only codec and framing between the judge (trusted) and a worker (untrusted), the same on both sides.

A value travels as one frame: a fixed header, a tagged tree in msgpack, and the bytes of its arrays. No frame names
code to run, and there is no pickle. A frame that is malformed or over its size limits raises `WireError` and nothing
else. This package knows nothing of calls, students or grading: its callers give meaning to handles and callbacks.

Door: `encode`, `decode`, `SizeLimits`, `WireError`, `read_frame_into`, `write_frame`, `HandleRef`, `CallbackRef`,
`SharedRef`.
"""

from grader.wire.codec import DEFAULT_SIZE_LIMITS, NotAnAnswer, OverSizeLimit, SizeLimits, WireError
from grader.wire.decoder import decode
from grader.wire.encoder import encode
from grader.wire.frames import HEADER_SIZE, body_length, frame_size, read_frame_into, write_frame
from grader.wire.remote_objects import CallbackRef, HandleRef, SharedRef, class_name, clean_name

__all__ = [
    "DEFAULT_SIZE_LIMITS",
    "HEADER_SIZE",
    "CallbackRef",
    "HandleRef",
    "NotAnAnswer",
    "OverSizeLimit",
    "SharedRef",
    "SizeLimits",
    "WireError",
    "body_length",
    "class_name",
    "clean_name",
    "decode",
    "encode",
    "frame_size",
    "read_frame_into",
    "write_frame",
]
