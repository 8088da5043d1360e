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
    """Creates organizations and users, renames and deletes some, until the server is gone."""

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
        made = self.send(client, 201, "POST", "/organizations", {"name": f"Writer {self.number}, 0", "external_id": unique("kill")})
        with self.known.lock:
            self.known.organizations[made["id"]] = made
        user = self.send(client, 201, "POST", "/user_management/users", {"email": f"{unique('kill')}@example.test"})
        with self.known.lock:
            self.known.users[user["id"]] = user
        self.send(client, 200, "PUT", f"/organizations/{made['id']}", {"name": f"Writer {self.number}, {self.count}"})
        with self.known.lock:
            self.known.names[made["id"]] = self.count
        if self.count % 5 == 0:
            self.send(client, 200, "DELETE", f"/user_management/users/{user['id']}")
            with self.known.lock:
                self.known.deleted.add(user["id"])

    def send(self, client: httpx2.Client, status: int, method: str, path: str, body: dict | None = None) -> dict:
        """Sends it until it is acknowledged; a limit on requests is no failure, and nothing has been done then."""
        while True:
            response = client.request(method, path, json=body)
            if response.status_code != 429:
                break
            time.sleep(0.1)
        assert response.status_code == status, f"{method} {path}: {response.text}"
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
    running.raise_limits()
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
        assert organizations[id]["external_id"] == made["external_id"]
        step = int(organizations[id]["name"].split(", ")[1])
        assert step >= known.names.get(id, 0), f"{id} has lost its acknowledged name"
    assert not known.deleted & set(users), "a deleted user is back"
    for id, made in known.users.items():
        # A deletion may have been done without being acknowledged; its event tells so (see below).
        if id in users:
            assert users[id]["email"] == made["email"]


def check_nothing_by_half(server: Server, known: Acknowledged) -> None:
    """Rows and events were written together: each has the other, exactly once."""
    organizations = set(list_all(server, "/organizations"))
    users = set(list_all(server, "/user_management/users"))

    def events_are_complete() -> bool:
        told_of = set(event_subjects(server, "user.created"))
        return told_of >= users | set(known.users) and set(event_subjects(server, "organization.created")) >= organizations

    eventually(events_are_complete, "an event for each write", EVENTS_WITHIN_SECONDS)
    created, deleted = event_subjects(server, "user.created"), event_subjects(server, "user.deleted")
    of_organizations = event_subjects(server, "organization.created")
    assert len(created) == len(set(created)), "a user was told of twice"
    assert len(of_organizations) == len(set(of_organizations)), "an organization was told of twice"
    assert set(of_organizations) == organizations
    assert set(created) - set(deleted) == users
    assert known.deleted <= set(deleted)
