"""The toy course, shared with other rooms."""

import pytest

from tests import toy_class


def pytest_configure(config: pytest.Config) -> None:
    """Share what is slow to make."""
    toy_class.share(config)
