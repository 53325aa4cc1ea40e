"""Timed tests: student and reference in workers of their own, CPU clocks read from outside, ratios with an interval.

`plugin` gives tests the fixture `race`. `pairs` asks two workers in random order and charges their CPU time, `rounds`
does so with one pair of workers after the other, `statistics` turns ratios into a median and its interval, `noise` says
whether this machine can be believed. For a card there are `on_device` and `batches`,
`card_state` for its clock, `subprocess_race` for judges that fork, and `gpu_lock` for one race at a time.
`calibrate` and `bench` measure for authors and students.

Door: `Race`, `bench.Bench`, `calibrate.calibrate`, `processor.devices`, `dry_run.noting_comparisons`.
"""

from grader.timing.race import Race

__all__ = ["Race"]
