"""`vestibule backup` of a large file: the server answers meanwhile, and the copy comes to an end though writes go on."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from test_commands import command
from vestibule import ENGINE, Server, unique

BALLAST_MEGABYTES = 200
# An answer takes milliseconds; what waited for the copy would take as long as that.
ANSWER_SECONDS_MAX = 2


@pytest.fixture
def server():
    running = Server()
    running.raise_limits()
    yield running
    running.stop()


def fill(server: Server) -> None:
    """Makes the database so large that a copy of it has many pieces."""
    with sqlite3.connect(server.folder / "data" / "vestibule.db", timeout=30) as database:
        database.execute("CREATE TABLE ballast (piece BLOB)")
        for _ in range(BALLAST_MEGABYTES):
            database.execute("INSERT INTO ballast VALUES (randomblob(1000000))")
    database.close()


@contextmanager
def writing(server: Server) -> Iterator[list[tuple[str, float, float]]]:
    """Creates organizations one after another; each with when it was answered and how long that took."""
    written: list[tuple[str, float, float]] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            response = server.request("POST", "/organizations", {"name": unique("Written")})
            assert response.status_code == 201
            written.append((response.json()["id"], time.monotonic(), time.monotonic() - begun))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        stop.set()
        writer.join()


def test_a_large_copy_ends_and_holds_nobody_up_while_writes_go_on(server, tmp_path):
    if ENGINE == "sqlite":
        fill(server)
    copy = tmp_path / "copy"
    with writing(server) as written:
        while len(written) < 20:
            time.sleep(0.01)
        begun = time.monotonic()
        command(server, "backup", str(copy))
        ended = time.monotonic()
    meanwhile = [took for _, at, took in written if begun < at < ended]
    assert meanwhile, "nothing was written while the copy was made"
    assert max(meanwhile) < ANSWER_SECONDS_MAX
    if ENGINE == "sqlite":
        before = {id for id, at, _ in written if at < begun}
        with sqlite3.connect(copy / "vestibule.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            held = {id for (id,) in database.execute("SELECT id FROM organizations")}
            assert database.execute("SELECT count(*) FROM ballast").fetchone() == (BALLAST_MEGABYTES,)
        database.close()
        assert before <= held, "the copy lacks what was acknowledged before it began"
