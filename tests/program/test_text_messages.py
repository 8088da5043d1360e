"""Codes by text message leave through a webhook or through Twilio's API, signed, and never reach the log."""

import base64
import json
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from vestibule import PROGRAM, Server, eventually

SECRET = "sms-secret-of-this-test"
NUMBER = "+15555550188"


class Provider(ThreadingHTTPServer):
    """A provider that takes every message and keeps it."""

    daemon_threads = True

    def __init__(self):
        self.posted = []
        super().__init__(("127.0.0.1", 0), Taking)
        self.at = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.posted.append((self.path, dict(self.headers.items()), body))
        self.send_response(201)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture()
def provider():
    one = Provider()
    yield one
    one.close()


def challenge(server):
    mfa = server.sdk().multi_factor_auth
    factor = mfa.enroll_factor(type="sms", phone_number=NUMBER)
    return mfa, mfa.challenge_factor(factor.id)


def holds_no(server, *secrets):
    log = server.log.read_text(errors="replace")
    for secret in secrets:
        assert secret not in log, f"the log holds what was sent, see {server.log}"


def test_a_code_leaves_through_a_webhook_that_the_sdk_verifies(provider):
    server = Server("--sms-url", f"http://{provider.at}/sms", "--sms-secret", SECRET, "--webhook-allow-private")
    mfa, made = challenge(server)
    ((path, headers, body),) = eventually(lambda: list(provider.posted), "the message")
    assert path == "/sms"
    names = {name.lower(): value for name, value in headers.items()}
    # The same check as for events, under the secret that was set.
    server.sdk().webhooks.verify_header(event_body=body, event_signature=names["workos-signature"], secret=SECRET)
    sent = json.loads(body)
    assert sent["to"] == NUMBER and sent["id"].startswith("message_")
    code = re.search(r"\d{6}", sent["text"])[0]
    assert mfa.verify_challenge(made.id, code=code).valid is True
    assert server.inbox(NUMBER) == [], "what was sent is not kept"
    holds_no(server, code, SECRET, NUMBER)
    server.stop()


def test_a_code_leaves_through_the_api_of_twilio(provider):
    url = f"twilio+http://AC01:token-of-this-test@{provider.at}"
    server = Server("--sms-url", url, "--sms-from", "+15555550100", "--webhook-allow-private")
    mfa, made = challenge(server)
    ((path, headers, body),) = eventually(lambda: list(provider.posted), "the message")
    assert path == "/2010-04-01/Accounts/AC01/Messages.json"
    names = {name.lower(): value for name, value in headers.items()}
    assert base64.b64decode(names["authorization"].removeprefix("Basic ")) == b"AC01:token-of-this-test"
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert (form["To"], form["From"]) == (NUMBER, "+15555550100")
    code = re.search(r"\d{6}", form["Body"])[0]
    assert mfa.verify_challenge(made.id, code=code).valid is True
    holds_no(server, code, "token-of-this-test", NUMBER)
    server.stop()


def test_without_a_carrier_a_message_is_in_the_inbox():
    server = Server()
    mfa, made = challenge(server)
    assert mfa.verify_challenge(made.id, code=server.code_from_mail(NUMBER)).valid is True
    server.stop()


def test_an_address_that_is_none_stops_the_start_and_is_not_repeated(tmp_path):
    for url in ("ftp://AC01:hunter2@example.com", "twilio://AC01:hunter2@api.twilio.com"):
        command = [PROGRAM, "serve", "--data-dir", str(tmp_path), "--bind", "127.0.0.1:0", "--sms-url", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert "text messages" in done.stderr and "hunter2" not in done.stdout + done.stderr
