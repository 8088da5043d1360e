import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from checks import nothing_changes  # noqa: E402  (the path above must come first)


@pytest.fixture(scope="module", autouse=True)
def no_limits(server):
    """So many requests in a row would be held up; what limits hold up has tests of its own."""
    server.raise_limits()


@pytest.fixture(scope="class")
def unchanged(server):
    """After all tests of a class together, nothing has changed. Looking after each of them would take minutes."""
    with nothing_changes(server):
        yield server
