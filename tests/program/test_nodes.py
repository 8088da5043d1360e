"""Several nodes on one PostgreSQL. On SQLite, one process owns the data."""

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from vestibule import ENGINE, PROGRAM, Server, create_database, drop_database, eventually, unique_email

SEALING_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class Node(Server):
    """A server on a database that it shares."""

    def __init__(self, database, *args):
        self.shared = database
        super().__init__("--sealing-key", SEALING_KEY, "--webhook-allow-private", *args, dev=False)

    def start(self):
        if self.database and self.database != self.shared:
            drop_database(self.database)
        self.database = self.shared
        super().start()

    def remove(self):
        self.database = None
        super().remove()


@pytest.fixture()
def nodes():
    """Two nodes that are started at the same moment on an empty database."""
    if ENGINE == "sqlite":
        yield []
        return
    database = create_database()
    started, failures = [], []

    def start():
        try:
            started.append(Node(database))
        except BaseException as error:  # noqa: BLE001  (told in the main thread)
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    yield started
    for node in started:
        node.stop()
    drop_database(database)


def test_two_nodes_started_together_are_one_installation(nodes):
    if not nodes:
        return check_that_sqlite_is_owned_by_one()
    one, two = nodes
    assert (one.api_key, one.client_id) == (two.api_key, two.client_id)
    made = one.request("POST", "/organizations", {"name": "Shared"}).json()
    assert two.request("GET", f"/organizations/{made['id']}").json() == made
    keys = [node.request("GET", f"/sso/jwks/{node.client_id}", key=None).json() for node in nodes]
    assert keys[0] == keys[1]
    check_refreshes_across_nodes(one, two)
    check_tries_across_nodes(one, two)
    check_events_and_deliveries(one, two)
    check_calls_across_nodes(one, two)


def check_calls_across_nodes(one, two):
    """What one node has counted of the calls of a key holds up the other, which would let through as many by itself."""
    limit = 300
    assert one.request("PUT", "/vestibule/v1/rate_limits", {"calls": limit}).status_code == 200
    call = lambda node: node.request("GET", "/organizations?limit=1")  # noqa: E731
    eventually(lambda: call(one).status_code == 429, "the end of the calls at one node", 60)
    asked = []

    def refused():
        # The first goes on as well: should the minute end just now, they come to the end together.
        call(one)
        asked.append(call(two))
        return asked[-1].status_code == 429

    eventually(refused, "the end of the calls at the other", 60)
    assert len(asked) < limit * 5 // 6, f"the other node let through {len(asked)} by itself"
    assert 1 <= int(asked[-1].headers["retry-after"]) <= 60
    assert asked[-1].json()["code"] == "rate_limit_exceeded"


def check_tries_across_nodes(one, two):
    """An address is guessed at ten times a minute, whichever node is asked."""
    body = {"client_id": one.client_id, "client_secret": one.api_key, "grant_type": "password", "email": unique_email("guessed"), "password": "x"}
    answers = [node.request("POST", "/user_management/authenticate", body, key=None) for node in [one, two] * 6]
    assert [one.status_code for one in answers] == [400] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


def check_that_sqlite_is_owned_by_one():
    """A second program on the same folder must not harm the first: it works with it, or it refuses in words."""
    server = Server(dev=False)
    arguments = ["serve", "--json", "--data-dir", str(server.folder / "data"), "--bind", "127.0.0.1:0"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(server.folder)}
    second = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        line = second.stdout.readline()
        if not line:
            assert second.wait(30) != 0
            text = second.stderr.read()
            assert text.strip() and "panicked" not in text
    finally:
        second.terminate()
        second.wait(30)
    assert server.request("POST", "/organizations", {"name": "Unharmed"}).status_code == 201
    server.stop()


def check_refreshes_across_nodes(one, two):
    users = one.sdk().user_management
    email = unique_email("nodes")
    one.request("POST", "/user_management/users", {"email": email, "password": "Tangerine-Umbrella-Waltz-72", "email_verified": True})
    session = users.authenticate_with_password(email=email, password="Tangerine-Umbrella-Waltz-72")
    clients = [node.sdk().user_management for node in (one, two)]
    successors = []

    def refresh(client):
        successors.append(client.authenticate_with_refresh_token(refresh_token=session.refresh_token).refresh_token)

    threads = [threading.Thread(target=refresh, args=(clients[number % 2],)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(successors) == 20 and len(set(successors)) == 1


def check_events_and_deliveries(one, two):
    """Each event is there once on both nodes, and each is delivered once."""
    delivered = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            delivered.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    class Http(ThreadingHTTPServer):
        request_queue_size = 128

    http = Http(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    endpoint = {"endpoint_url": f"http://127.0.0.1:{http.server_address[1]}/hook", "events": ["user.created"]}
    assert one.request("POST", "/webhook_endpoints", endpoint).status_code == 201
    made = set()
    lock = threading.Lock()

    def create(node):
        for _ in range(15):
            user = node.request("POST", "/user_management/users", {"email": unique_email("nodes")}).json()["id"]
            with lock:
                made.add(user)

    threads = [threading.Thread(target=create, args=(node,)) for node in (one, two) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = lambda node: [one["data"]["id"] for one in node.events("user.created")]  # noqa: E731
    eventually(lambda: made <= set(ids(one)), "all events", 60)
    assert ids(one) == ids(two) and len(ids(one)) == len(set(ids(one)))
    eventually(lambda: len(delivered) >= len(made), "all deliveries", 90)
    assert len(delivered) == len(made), "nothing is delivered twice while both nodes are well"
    http.shutdown()
