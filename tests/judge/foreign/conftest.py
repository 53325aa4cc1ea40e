"""A suite that knows nothing of deepgrade, and happens to use its names."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--subject", default="physics")
    parser.addoption("--replay-seed", type=int, default=0)


def pytest_configure(config):
    config.addinivalue_line("markers", "task: a task of this project")


@pytest.fixture
def student(request):
    return request.config.getoption("--subject")


@pytest.fixture(scope="session")
def race():
    return "human"
