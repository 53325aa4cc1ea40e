"""Timed tests: student and reference in workers of their own, CPU clocks read from outside, ratios with an interval.

`race` is what a test sees. Everything else is one idea each: `clock` charges a worker's CPU time, `pairs` asks two
workers in random order, `rounds` does so with one pair of workers after the other, `statistics` turns ratios into a
median and its interval, `stopping` says when there are enough, `gate` says whether this machine can be believed, `idle`
and `slowed` whose noise it is, `tiers` what a ratio earns, `words` how it is told. For a card there are `on_device` and
`batches`, `card_state` for its clock, `referee` for judges that fork, and `alone` for one race at a time.
"""

from grader.judge.timing.race import Race

__all__ = ["Race"]
