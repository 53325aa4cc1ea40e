"""Races, and nothing else."""

from grader.judge import task


@task("cube_fast", points=3)
def test_speed_of_cubes(student, race):
    race.on_cpu("cube_fast", rtol=1e-4, atol=1e-5)


@task("power_fast", points=3)
def test_speed_of_powers(student, race):
    race.on_cpu("power_fast", rtol=1e-4, atol=1e-5)
