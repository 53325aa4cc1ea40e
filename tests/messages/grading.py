"""Runs many jobs in one judge: `python -m tests.messages.grading ROOT UNIT`, jobs on standard input, records out.

It is what `grade run` starts for one job (`grader.judge.service.once`), with the suites collected once.
"""

import os
import sys
from pathlib import Path

import msgspec

from grader.judge.collection import run_session
from grader.judge.protocol import Job
from grader.judge.service import folders
from grader.judge.session import WarmSession
from grader.metering.processes import use_one_thread
from grader.records import Isolation, TestRecord
from grader.sandbox.launcher import launcher_for


def main(root: Path, unit: str) -> None:
    """Write the records of each job as one line of JSON."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    jobs = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Job])
    launcher = launcher_for(Isolation.SELF)

    def serve(session) -> None:
        use_one_thread()
        warm = WarmSession(session)
        for job in jobs:
            records: list[TestRecord] = []
            warm.grade(job, launcher, records.append)
            out.write(msgspec.json.encode(records) + b"\n")

    try:
        run_session(root, folders(root, (unit,), hidden=False), serve)
    finally:
        launcher.close()
        out.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
