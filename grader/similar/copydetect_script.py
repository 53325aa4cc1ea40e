"""Script that runs behind the walls: fingerprints of texts by copydetect, one JSON object in, one out.

It imports nothing of the engine's.
"""

import bisect
import json
import sys
from typing import Any

Print = tuple[str, int, int]


def fingerprints(text: str, length: int) -> list[Print]:
    """Return each fingerprint of a text with its first and last line, from 0."""
    from copydetect.utils import filter_code, get_document_fingerprints

    code, offsets = filter_code(text, "file.py", "python")
    if len(code) < length:
        return []
    starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]
    filtered = [int(place) for place, _ in offsets]

    def line(place: int) -> int:
        entry = bisect.bisect_left(filtered, place) - 1
        return bisect.bisect_right(starts, place + (int(offsets[entry][1]) if entry >= 0 else 0)) - 1

    _, places = get_document_fingerprints(code, length, 1)
    return [
        (str(value), line(int(place)), line(int(place) + length - 1))
        for value, where in places.items()
        for place in where
    ]


def main() -> None:
    """Answer one request on the standard streams."""
    request: dict[str, Any] = json.load(sys.stdin)
    json.dump([fingerprints(text, request["length"]) for text in request["texts"]], sys.stdout)


if __name__ == "__main__":
    main()
