"""The trusted side: hidden suites, references, comparison, verdicts.

What a test module needs stands here: `task` gives a test its task and its points, `check` compares an answer,
`to_torch` turns arrays into tensors for the reference, `misconception` registers a wrong answer that students give.
"""

from grader.judge.authoring import misconception, task
from grader.judge.comparison import check, to_torch

__all__ = ["check", "misconception", "task", "to_torch"]
