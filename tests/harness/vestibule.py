"""Starts a real `vestibule serve` for Python tests, and holds each answer to the rules that hold for all answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx2
from workos import WorkOSClient
from workos.public_client import create_public_client

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("VESTIBULE_TEST_PROGRAM", str(ROOT / "target/debug/vestibule"))
LOGS = Path(os.environ.get("VESTIBULE_TEST_LOGS", Path(tempfile.gettempdir()) / "vestibule-test-logs"))
ENGINE = os.environ.get("VESTIBULE_TEST_ENGINE", "sqlite")

DEMO_PASSWORD = "correct-horse-battery-staple-4100"
DEMO_REDIRECT = "http://localhost:3000/callback"
GOOD_PASSWORD = "Tangerine-Umbrella-Waltz-72"

START_SECONDS = 60
STOP_SECONDS = 30
WAIT_SECONDS = 20


def unique(word: str = "thing") -> str:
    """A word that no other test uses."""
    return f"{word}-{secrets.token_hex(5)}"


def unique_email(word: str = "person") -> str:
    return f"{unique(word)}@example.test"


def eventually(look: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
    """Asks again until `look` answers something truthy, and answers that."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.025)


def claims(access_token: str) -> dict[str, Any]:
    payload = access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def totp(secret: str, steps: int = 0) -> str:
    """The code of now, or of `steps` half minutes later (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    offset = digest[19] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Server:
    """One server on a data folder of its own and, on PostgreSQL, a database of its own."""

    def __init__(self, *args: str, dev: bool = True) -> None:
        self.extra = [*(["--dev"] if dev else []), *args]
        self.folder = Path(tempfile.mkdtemp(prefix="vestibule-server-"))
        self.bind = "127.0.0.1:0"
        self.database = create_database() if ENGINE == "postgres" else None
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"server-{ENGINE}-python-{os.getpid()}-{secrets.token_hex(3)}.log"
        self.start()

    def start(self) -> None:
        command = [PROGRAM, "serve", "--json", "--data-dir", str(self.folder / "data"), "--bind", self.bind, *self.extra]
        if self.database:
            command += ["--database", self.database]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "RUST_BACKTRACE": "1"}
        with self.log.open("ab") as stderr:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment, text=True)
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        timer.cancel()
        assert line, f"the server ended at start:\n{self.log.read_text()[-4000:]}"
        ready = json.loads(line)
        self.url: str = ready["url"]
        self.api_key: str = ready["api_key"]
        self.client_id: str = ready["client_id"]
        self.bind = urlsplit(self.url).netloc
        self.http = watched_client()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = None
        self.remove()
        log = self.log.read_text(errors="replace")
        assert code == 0, f"a stop must end with code 0, not {code}:\n{log[-2000:]}"
        assert "panicked at" not in log, f"the server panicked, see {self.log}"
        for secret in (self.api_key, GOOD_PASSWORD, DEMO_PASSWORD):
            assert secret not in log, f"the log holds a secret, see {self.log}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.database:
            drop_database(self.database)

    def sdk(self, **options: Any) -> WorkOSClient:
        """An SDK client with the secret key. No retries, or a failure that heals would go unseen."""
        options = {"api_key": self.api_key, "client_id": self.client_id, **options}
        return WorkOSClient(base_url=self.url, max_retries=0, http_client=watched_client(), **options)

    def public_sdk(self) -> WorkOSClient:
        return create_public_client(client_id=self.client_id, base_url=self.url, http_client=watched_client())

    def request(self, method: str, path: str, body: Any = None, key: str | None = "", **options: Any) -> httpx2.Response:
        """A call without the SDK. `key=None` sends no key."""
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers.setdefault("authorization", f"Bearer {key or self.api_key}")
        if body is not None:
            options["json"] = body
        return self.http.request(method, self.url + path, headers=headers, **options)

    def raise_limits(self) -> None:
        """Takes the rate limits away, for a test that is about something else."""
        names = ["calls", "reads", "writes", "deletions", "tries", "failures", "messages", "messages_daily", "creations"]
        response = self.request("PUT", "/vestibule/v1/rate_limits", dict.fromkeys(names, 1_000_000_000))
        assert response.status_code == 200, response.text

    def inbox(self, address: str) -> list[dict[str, Any]]:
        messages = self.http.get(f"{self.url}/dev/inbox.json").json()["data"]
        return [one for one in messages if address.lower() in str(one["to"]).lower()]

    def code_from_mail(self, address: str, count: int = 1) -> str:
        messages = eventually(lambda: len(self.inbox(address)) >= count and self.inbox(address), f"mail for {address}")
        found = re.search(r"(?<!\d)\d{6}(?!\d)", messages[0]["text"])
        assert found, messages[0]["text"]
        return found[0]

    def events(self, *names: str) -> Iterator[dict[str, Any]]:
        """Every event of these names, oldest first, as it comes over the wire."""
        after = None
        while True:
            query = {"events": ",".join(names), "limit": 100, **({"after": after} if after else {})}
            page = self.request("GET", f"/events?{urlencode(query)}").json()
            yield from page["data"]
            after = page["list_metadata"]["after"]
            if not after:
                return

    def event(self, name: str, test: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        return eventually(lambda: next((one for one in self.events(name) if test(one["data"])), None), f"an event {name}")


def watched_client() -> httpx2.Client:
    return httpx2.Client(timeout=30, event_hooks={"response": [check_answer]})


def check_answer(response: httpx2.Response) -> None:
    """No 5xx, a request id on everything, and errors as JSON."""
    response.read()
    what = f"{response.request.method} {response.request.url.path} answered {response.status_code}"
    assert response.status_code < 500, f"{what}: {response.text}"
    assert response.headers.get("x-request-id"), f"{what} without X-Request-ID"
    if response.status_code >= 400:
        kind = response.headers.get("content-type", "")
        assert kind.startswith("application/json"), f"{what} with content-type {kind!r}: {response.text}"
        json.loads(response.text)


def postgres_url() -> str:
    url = os.environ.get("VESTIBULE_TEST_POSTGRES")
    assert url, "VESTIBULE_TEST_POSTGRES must name a PostgreSQL server; ./test starts one"
    return url


def create_database() -> str:
    name = f"vestibule_{secrets.token_hex(8)}"
    psql(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(postgres_url())._replace(path=f"/{name}"))


def drop_database(url: str) -> None:
    psql(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")


def psql(statement: str) -> None:
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", postgres_url(), "-c", statement]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
