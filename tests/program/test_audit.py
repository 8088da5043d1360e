"""`vestibule audit verify`: what it says of a log that is whole, and of one that somebody has written to; kill -9 meanwhile."""

import os
import random
import sqlite3
import subprocess
import threading
import time

import httpx2
import pytest
from vestibule import PROGRAM, Server, eventually

SCHEMA = {"targets": [{"type": "thing"}]}


@pytest.fixture
def server():
    running = Server(dev=False)
    running.raise_limits()
    assert running.request("POST", "/audit_logs/actions/thing.done/schemas", SCHEMA).status_code == 201
    yield running
    running.stop()


@pytest.fixture
def organization(server):
    return server.request("POST", "/organizations", {"name": "Audited"}).json()["id"]


def event(name):
    return {
        "action": "thing.done",
        "occurred_at": "2026-01-15T11:00:00.000Z",
        "actor": {"id": name, "type": "user"},
        "targets": [{"id": "1", "type": "thing"}],
        "context": {"location": "192.0.2.1"},
    }


def send(server, organization, name):
    answer = server.request("POST", "/audit_logs/events", {"organization_id": organization, "event": event(name)})
    assert answer.status_code == 200, answer.text


def verify(server, *arguments):
    where = ["--data-dir", str(server.folder / "data"), *(["--database", server.database] if server.database else [])]
    variables = {"PATH": os.environ["PATH"], "HOME": str(server.folder)}
    return subprocess.run([PROGRAM, "audit", "verify", *arguments, *where], env=variables, capture_output=True, text=True, timeout=120)


def tamper(server, statement):
    if server.database:
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.database, "-c", statement], check=True)
        return
    with sqlite3.connect(server.folder / "data" / "vestibule.db", timeout=30) as database:
        database.execute(statement)


def sealed(server, organization, count):
    """Waits until so many events have their place in the chain."""
    body = {"organization_id": organization}
    eventually(lambda: server.request("POST", "/vestibule/v1/audit_logs/verify", body).json()["events"] >= count, "the sealer")


def test_a_whole_log_is_proved_and_the_first_event_that_was_changed_is_named(server, organization):
    for number in range(5):
        send(server, organization, f"user-{number}")
    sealed(server, organization, 5)
    done = verify(server)
    assert (done.returncode, done.stdout.split(":")[0].split()) == (0, ["ok", organization]), done
    assert "5 events are complete and unchanged" in done.stdout
    checkpoint = server.request("POST", "/vestibule/v1/audit_logs/checkpoints", {"organization_id": organization}).json()
    kept = server.folder / "checkpoint.txt"
    kept.write_text(checkpoint["token"] + "\n")
    done = verify(server, "--organization", organization, "--token", str(kept))
    assert done.returncode == 0 and "signed checkpoints fit" in done.stdout, done

    listed = server.request("GET", f"/vestibule/v1/audit_logs/events?organization_id={organization}&actor_id=user-2").json()
    [changed] = listed["data"]
    tamper(server, "UPDATE audit_log_events SET content = REPLACE(content, 'user-2', 'user-9')")
    done = verify(server)
    assert done.returncode == 1
    assert done.stdout.startswith(f"WRONG {organization}: ") and changed["id"] in done.stdout, done.stdout
    tamper(server, "UPDATE audit_log_events SET content = REPLACE(content, 'user-9', 'user-2')")
    assert verify(server).returncode == 0, "it is as it was"

    for table in ["events", "targets", "chains", "checkpoints"]:
        tamper(server, f"DELETE FROM audit_log_{table}")
    done = verify(server, "--organization", organization, "--token", str(kept))
    assert done.returncode == 1, "a copy that was kept tells of what is not there any more"


def test_an_exported_file_is_proved_by_its_manifest(server, organization):
    for number in range(3):
        send(server, organization, f"user-{number}")
    asked = {"organization_id": organization, "range_start": "2026-01-15T00:00:00Z", "range_end": "2026-01-16T00:00:00Z"}
    if server.request("POST", "/audit_logs/exports", asked).status_code == 400:
        # The range lies more than three months back by the clock of this machine.
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for number in range(3):
            body = {"organization_id": organization, "event": {**event(f"user-{number}"), "occurred_at": now}}
            assert server.request("POST", "/audit_logs/events", body).status_code == 200
        asked = {**asked, "range_start": now[:10] + "T00:00:00Z", "range_end": "9999-01-01T00:00:00Z"}
    export = server.request("POST", "/audit_logs/exports", asked).json()
    path = f"/audit_logs/exports/{export['id']}"
    ready = eventually(lambda: (now := server.request("GET", path).json())["state"] == "ready" and now, "the export")
    file, manifest = server.folder / "export.csv", server.folder / "manifest.txt"
    file.write_bytes(httpx2.get(ready["url"], timeout=30).content)
    manifest.write_text(server.request("GET", f"/vestibule/v1{path}").json()["manifest"])
    given = ["--organization", organization, "--token", str(manifest), "--export", str(file)]
    done = verify(server, *given)
    assert done.returncode == 0 and "3 events, as they were exported" in done.stdout, done
    file.write_bytes(file.read_bytes().replace(b"user-1", b"user-8"))
    done = verify(server, *given)
    assert done.returncode == 1 and "was changed: actor_id" in done.stdout, done
    file.unlink()
    assert verify(server, *given).returncode == 1


def test_each_event_that_was_acknowledged_survives_kill_9_and_the_chain_with_it(server, organization):
    taken, lock = [], threading.Lock()

    def write(number):
        with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {server.api_key}"}, timeout=30) as client:
            for count in range(100_000):
                name = f"user-{number}-{count}"
                try:
                    answer = client.post("/audit_logs/events", json={"organization_id": organization, "event": event(name)})
                except httpx2.TransportError:
                    return
                if answer.status_code == 200:
                    with lock:
                        taken.append(name)

    for _ in range(2):
        before = len(taken)
        writers = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(8)]
        for writer in writers:
            writer.start()
        eventually(lambda: len(taken) > before + 50, "some events", 60)
        time.sleep(random.uniform(0.0, 0.5))
        server.kill()
        for writer in writers:
            writer.join(30)
        server.start()
    sealed(server, organization, len(set(taken)))
    found, after = set(), ""
    while after is not None:
        page = server.request("GET", f"/vestibule/v1/audit_logs/events?organization_id={organization}&limit=100{after}").json()
        found |= {one["actor"]["id"] for one in page["data"]}
        after = page["list_metadata"]["after"] and f"&after={page['list_metadata']['after']}"
    assert found >= set(taken)
    done = verify(server)
    assert done.returncode == 0, done.stdout
