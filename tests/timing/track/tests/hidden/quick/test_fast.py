"""Races."""

from grader.judge import task


@task("cube_fast", points=3)
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("cube_fast", rtol=1e-4, atol=1e-4)


@task("cube_fast", points=3)
def test_speed_on_a_gpu(student, race):
    race.on_gpu("cube_fast", rtol=1e-4, atol=1e-4)


@task("broken_fast", points=3)
def test_speed_of_nothing(student, race):
    race.on_cpu("broken_fast", rtol=1e-4, atol=1e-4)
