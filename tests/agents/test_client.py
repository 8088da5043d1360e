"""How the command line gets over a server that is busy, broken or gone, and what it never does twice."""

import itertools
import json

import pytest
from other_server import OtherServer
from surfaces import command
from vault import IN_A_FILE

DONE, REFUSED = 0, 1
LIST = {"object": "list", "data": [], "list_metadata": {"before": None, "after": None}}
MADE = {"object": "organization", "id": "org_1", "name": "Acme"}
MIB = 1024 * 1024


@pytest.fixture()
def scripted():
    """Servers that give these answers in turn, the last of them from then on."""
    running = []

    def start(*answers):
        turns = itertools.chain(answers, itertools.repeat(answers[-1]))
        running.append(OtherServer(lambda *_: next(turns)))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def run(other, folder, *args):
    class Here:
        url, api_key = other.url, "sk_x"

    Here.folder = folder
    return command(Here, *args, **IN_A_FILE)


BUSY = (429, {"message": "Too many requests."}, {"retry-after": "1"})
BROKEN = (503, {"message": "Down."})
GONE = None
READS = [("organizations", "list"), ("call", "list_organizations"), ("action", "run", "organizations.list"), ("tool", "call", "workos", "organizations.list")]
WRITES = [("organizations", "create", "--name", "Acme"), ("call", "create_organization", "--name=Acme")]


@pytest.mark.parametrize("line", READS)
@pytest.mark.parametrize("first", [BUSY, BROKEN, GONE])
def test_a_read_is_made_again(scripted, tmp_path, line, first):
    other = scripted(first, (200, LIST))
    done = run(other, tmp_path, *line)
    assert done.returncode == DONE, done.stderr
    assert len(other.asked) == 2


@pytest.mark.parametrize("line", WRITES)
@pytest.mark.parametrize("first", [BUSY, BROKEN, GONE])
def test_a_post_is_made_again_under_one_idempotency_key(scripted, tmp_path, line, first):
    other = scripted(first, (201, MADE))
    done = run(other, tmp_path, *line)
    assert done.returncode == DONE, done.stderr
    keys = [one["headers"]["idempotency-key"] for one in other.asked]
    assert len(keys) == 2 and len(set(keys)) == 1 and keys[0].startswith("vestibule-")
    run(other, tmp_path, *line)
    assert other.asked[-1]["headers"]["idempotency-key"] != keys[0], "another command is another request"


@pytest.mark.parametrize("line", [("organizations", "update", "org_1", "--name", "x"), ("organizations", "delete", "org_1", "--yes")])
@pytest.mark.parametrize("first", [BROKEN, GONE])
def test_what_no_key_makes_safe_is_not_made_again(scripted, tmp_path, line, first):
    other = scripted(first, (200, MADE))
    assert run(other, tmp_path, *line).returncode == REFUSED
    assert len(other.asked) == 1
    busy = scripted(BUSY, (200, MADE))
    assert run(busy, tmp_path, *line).returncode == DONE, "a server that had no time has done nothing"


def test_it_gives_up_and_says_what_the_server_said(scripted, tmp_path):
    other = scripted(BROKEN)
    done = run(other, tmp_path, "organizations", "list")
    assert done.returncode == REFUSED and "Down." in done.stderr
    assert len(other.asked) == 4
    patient = scripted((429, {"message": "Come back tomorrow."}, {"retry-after": "86400"}))
    done = run(patient, tmp_path, "organizations", "list")
    assert "tomorrow" in done.stderr and len(patient.asked) == 1, "nobody waits for a day"
    refused = scripted((422, {"code": "invalid_request_parameters", "message": "No."}))
    assert run(refused, tmp_path, "organizations", "list").returncode == REFUSED
    assert len(refused.asked) == 1


def test_an_answer_that_is_too_long_is_not_read(scripted, tmp_path):
    endless = scripted((200, b'{"data": "' + b"x" * (33 * MIB) + b'"}'))
    for line in [("organizations", "create", "--name", "x"), ("organizations", "update", "org_1", "--name", "x")]:
        done = run(endless, tmp_path, *line)
        assert done.returncode == REFUSED and "more than 32 MiB" in json.loads(done.stderr)["error"]["message"]
