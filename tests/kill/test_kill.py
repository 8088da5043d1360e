"""kill -9 in the middle of a write load: each acknowledged write is there afterwards, with its event, and nothing is there by half.

VESTIBULE_TEST_KILL_ROUNDS sets the number of rounds.
"""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import dataclass, field

import httpx2
import pytest
from vestibule import Server, eventually, unique

ROUNDS = int(os.environ.get("VESTIBULE_TEST_KILL_ROUNDS", "4"))
WRITERS = 12
EVENTS_WITHIN_SECONDS = 90


@dataclass
class Acknowledged:
    """What the server said it had done."""

    organizations: dict[str, dict] = field(default_factory=dict)
    users: dict[str, dict] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Writer(threading.Thread):
    """Creates organizations and users, renames and deletes its own, until the server is gone."""

    def __init__(self, server: Server, known: Acknowledged, number: int) -> None:
        super().__init__(daemon=True)
        self.server, self.known, self.number = server, known, number
        self.count = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        headers = {"authorization": f"Bearer {self.server.api_key}"}
        with httpx2.Client(base_url=self.server.url, headers=headers, timeout=30) as client:
            while True:
                try:
                    self.write(client)
                except httpx2.TransportError:
                    return
                except Exception as error:  # noqa: BLE001  (a thread cannot fail a test by itself)
                    self.failure = error
                    return

    def write(self, client: httpx2.Client) -> None:
        self.count += 1
        made = expect(201, client.post("/organizations", json={"name": f"Writer {self.number}, 0", "external_id": unique("kill")}))
        with self.known.lock:
            self.known.organizations[made["id"]] = made
        user = expect(201, client.post("/user_management/users", json={"email": f"{unique('kill')}@example.test"}))
        with self.known.lock:
            self.known.users[user["id"]] = user
        step = self.count
        expect(200, client.put(f"/organizations/{made['id']}", json={"name": f"Writer {self.number}, {step}"}))
        with self.known.lock:
            self.known.names[made["id"]] = step
        if step % 5 == 0:
            expect(200, client.delete(f"/organizations/{made['id']}"))
            with self.known.lock:
                self.known.deleted.add(made["id"])


def expect(status: int, response: httpx2.Response) -> dict:
    assert response.status_code == status, f"{response.request.method} {response.request.url.path}: {response.text}"
    return response.json() if response.content else {}


def list_all(server: Server, path: str) -> dict[str, dict]:
    found, after = {}, None
    while True:
        page = server.request("GET", f"{path}?limit=100" + (f"&after={after}" if after else "")).json()
        found.update({one["id"]: one for one in page["data"]})
        after = page["list_metadata"]["after"]
        if not after:
            return found


def event_subjects(server: Server, name: str) -> list[str]:
    return [one["data"]["id"] for one in server.events(name)]


@pytest.fixture(scope="module")
def killed_server():
    running = Server(dev=False)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def known():
    return Acknowledged()


@pytest.mark.parametrize("round_number", range(1, ROUNDS + 1))
def test_acknowledged_writes_survive_kill_9(killed_server, known, round_number):
    server = killed_server
    before = len(known.organizations)
    writers = [Writer(server, known, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    # The kill falls anywhere in the load, once something has been written.
    eventually(lambda: len(known.organizations) > before + WRITERS, "some acknowledged writes", 60)
    time.sleep(random.uniform(0.0, 1.0))
    server.kill()
    for writer in writers:
        writer.join(30)
        assert not writer.is_alive()
        assert writer.failure is None, writer.failure
    server.start()
    check_acknowledged(server, known)
    check_nothing_by_half(server, known)


def check_acknowledged(server: Server, known: Acknowledged) -> None:
    organizations = list_all(server, "/organizations")
    users = list_all(server, "/user_management/users")
    for id, made in known.organizations.items():
        if id in known.deleted:
            assert id not in organizations, f"{id} was deleted and is back"
            continue
        # A deletion may have been done without being acknowledged; then its event tells so (see check_nothing_by_half).
        if id not in organizations:
            continue
        assert organizations[id]["external_id"] == made["external_id"]
        step = int(organizations[id]["name"].split(", ")[1])
        assert step >= known.names.get(id, 0), f"{id} has lost its acknowledged name"
    for id, made in known.users.items():
        assert users[id]["email"] == made["email"]


def check_nothing_by_half(server: Server, known: Acknowledged) -> None:
    """Rows and events were written together: each has the other, exactly once."""
    organizations = set(list_all(server, "/organizations"))
    users = set(list_all(server, "/user_management/users"))

    def events_are_complete() -> bool:
        created = set(event_subjects(server, "organization.created"))
        return created >= organizations | set(known.organizations) and set(event_subjects(server, "user.created")) >= users

    eventually(events_are_complete, "an event for each write", EVENTS_WITHIN_SECONDS)
    created, deleted = event_subjects(server, "organization.created"), event_subjects(server, "organization.deleted")
    of_users = event_subjects(server, "user.created")
    assert len(created) == len(set(created)), "an organization was told of twice"
    assert len(of_users) == len(set(of_users)), "a user was told of twice"
    assert set(of_users) == users
    assert set(created) - set(deleted) == organizations
    assert known.deleted <= set(deleted)
