"""Fixtures of the Python tests: one server per test file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "harness"))

from vestibule import Server  # noqa: E402  (the path above must come first)


@pytest.fixture(scope="module")
def server():
    """A server for this file, stopped as an operator would stop it."""
    running = Server()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def workos(server):
    """The official SDK, pointed at that server."""
    return server.sdk()
