"""Where the student's code runs: processes, their limits, the channel to them, and how they are ended."""
