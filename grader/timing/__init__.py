"""Timed tests: student and reference in separate workers, CPU clocks read from outside, ratios with intervals.

`plugin` provides the fixture `race`. `pairs` calls two workers in random order and charges their CPU time; `rounds`
repeats that with fresh workers, and computes the median ratio and its interval; `noise` checks whether the machine is
quiet enough. For a GPU there are `on_device` and `batches`, `gpu_race` for judges that fork, and `gpu_state` for its
clock and for one race at a time. `calibrate` and `bench` measure for authors and students.

Door: `Race`, `bench.Bench`, `calibrate.calibrate`, `hardware.devices`, `closeness.noting_comparisons`.
"""

from grader.timing.race import Race

__all__ = ["Race"]
