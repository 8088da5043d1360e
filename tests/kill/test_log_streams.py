"""kill -9 in the middle of a log stream: every event that was taken reaches the receiver, in the order of the log."""

from __future__ import annotations

import random
import threading
import time

import httpx2
from sinks import Sink
from vestibule import Server, eventually, unique

KILLS = 3
TAKERS = 6
BATCH = 20


class Taker(threading.Thread):
    """Tells of events until the server is gone, and notes which were acknowledged."""

    def __init__(self, server: Server, organization: str, acknowledged: set[str]) -> None:
        super().__init__(daemon=True)
        self.server, self.organization, self.acknowledged = server, organization, acknowledged
        self.failure: Exception | None = None

    def run(self) -> None:
        headers = {"authorization": f"Bearer {self.server.api_key}"}
        with httpx2.Client(base_url=self.server.url, headers=headers, timeout=30) as client:
            while True:
                actor = unique("actor")
                event = {
                    "action": "file.read",
                    "occurred_at": "2026-01-15T11:00:00.000Z",
                    "actor": {"id": actor, "type": "user"},
                    "targets": [{"id": "file_1", "type": "file"}],
                    "context": {"location": "192.0.2.1"},
                }
                try:
                    response = client.post("/audit_logs/events", json={"organization_id": self.organization, "event": event})
                except httpx2.TransportError:
                    return
                if response.status_code != 200:
                    self.failure = AssertionError(response.text)
                    return
                self.acknowledged.add(actor)


def test_kill_9_in_the_middle_of_a_stream_loses_nothing():
    server, sink = Server("--webhook-allow-private"), Sink()
    try:
        server.raise_limits()
        organization = server.request("POST", "/organizations", {"name": "Acme"}).json()["id"]
        server.request("POST", "/audit_logs/actions/file.read/schemas", {"targets": [{"type": "file"}]})
        stream = {
            "organization_id": organization,
            "generic_https": {"url": sink.url},
            "batching": {"events_max": BATCH, "age_seconds_max": 0},
        }
        id = server.request("POST", "/vestibule/v1/audit_logs/streams", stream).json()["id"]
        acknowledged: set[str] = set()
        for _ in range(KILLS):
            before = len(sink.batches)
            takers = [Taker(server, organization, acknowledged) for _ in range(TAKERS)]
            for taker in takers:
                taker.start()
            # The kill falls anywhere between batches or within one.
            eventually(lambda: len(sink.batches) > before + 2, "some batches", 60)
            time.sleep(random.uniform(0.0, 0.5))
            server.kill()
            for taker in takers:
                taker.join(30)
                assert taker.failure is None, taker.failure
            server.start()
            # What a node had in hand when it died waits for the end of its lease; a change spares us that.
            server.request("PATCH", f"/vestibule/v1/audit_logs/streams/{id}", {"state": "active"})
        eventually(lambda: acknowledged <= {event["actor"]["id"] for event in sink.events()}, "the rest", 120)
        check(sink, acknowledged)
    finally:
        server.stop()
        sink.stop()


def check(sink: Sink, acknowledged: set[str]) -> None:
    events = sink.events()
    arrived = {event["actor"]["id"] for event in events}
    assert not acknowledged - arrived, f"{len(acknowledged - arrived)} of {len(acknowledged)} events are lost"
    first: dict[str, int] = {}
    for event in events:
        first.setdefault(event["id"], event["position"])
    places = list(first.values())
    assert places == list(range(1, len(places) + 1)), "events came out of order, or one is missing"
    doubled = len(events) - len(first)
    print(f"{len(acknowledged)} events acknowledged, {len(first)} arrived, {doubled} of them twice, {KILLS} kills")
    assert doubled <= KILLS * BATCH, "only a batch that was on its way comes twice"
