"""One mistake in the course costs one task: two famous ones, graded with and without second chances."""

from grader.course.registry import load_course
from grader.proof.collateral import measure_collateral
from tests.doors.environments import ROOT


def test_one_mistake_in_the_course_costs_one_task() -> None:
    """Rows of im2col in the order (u, v, c) cost only im2col; LSTM gates f, i, g, o only the two passes of the step."""
    names = {"channels_last", "forget_gate_on_the_new_content"}
    measured = measure_collateral(load_course(ROOT), ["convolution", "rnn"], names=names)
    by_name = {cost.name: cost for unit in measured for cost in unit.costs}
    assert by_name.keys() == names
    assert all(cost.lost > 0 and len(cost.before) > 4 for cost in by_name.values())
    assert all(cost.elsewhere == {} for cost in by_name.values())
    assert by_name["channels_last"].pairs == {}
    assert by_name["forget_gate_on_the_new_content"].pairs.keys() <= {"lstm_step_backward"}
