"""The trusted side of grading: hidden suites, references, comparison, diagnosis, verdicts.

A test module imports `task`, which gives a test its task and its points, `check`, which compares an answer,
`to_torch`, which turns arrays into tensors for the reference, `layouts`, which gives arrays other memory layouts, and
`misconception`, which registers a wrong answer.

Door: `check`, `layouts`, `misconception`, `task`, `to_torch`, `judges.open_judge`, `judges.require_walls`,
`client.grade_once`, `protocol.Job`, `protocol.PUBLIC_SECRET`.
"""

from grader.judge.authoring import misconception, task
from grader.judge.comparison import check, to_torch
from grader.judge.memory_layouts import LAYOUTS, in_layout, layouts

__all__ = ["LAYOUTS", "check", "in_layout", "layouts", "misconception", "task", "to_torch"]
