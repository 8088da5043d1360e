"""Receivers of log streams for Python tests: one that takes JSON, an S3-compatible server that checks signatures, a service that gives the keys of roles, and rsyslog."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs


class Listener(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that was killed leaves a broken connection, which is no failure of the test."""


class Sink:
    """Takes the batches of a generic stream. `status` is what it answers."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.status = 200
        self.lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with sink.lock:
                    if sink.status == 200:
                        sink.batches.append([entry["event"] for entry in body])
                    status = sink.status
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        with self.lock:
            return [event for batch in self.batches for event in batch]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Buckets:
    """Moto's S3. Once `guard` is called, each request must be signed by a key that a policy lets do what it asks."""

    def __init__(self) -> None:
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"

    def client(self, service: str, key: tuple[str, str] = ("root", "root")):
        import boto3

        return boto3.client(service, endpoint_url=self.url, region_name="eu-central-1", aws_access_key_id=key[0], aws_secret_access_key=key[1])

    def key(self, user: str, *actions: str) -> tuple[str, str]:
        """A key whose user may do these actions, and nothing else."""
        iam = self.client("iam")
        iam.create_user(UserName=user)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
        iam.put_user_policy(UserName=user, PolicyName="only", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=user)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def role(self, name: str, *actions: str) -> str:
        """A role that anybody may assume who has a key that lets them, and that may do these actions, and nothing else."""
        iam = self.client("iam")
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))["Policy"]
        iam.attach_role_policy(RoleName=name, PolicyArn=made["Arn"])
        return role["Arn"]

    def guard(self) -> None:
        self.check_after(0)

    def open(self) -> None:
        """Checks nothing any more."""
        self.check_after(1_000_000)

    def check_after(self, requests: int) -> None:
        import httpx2

        httpx2.post(f"{self.url}/moto-api/reset-auth", content=str(requests).encode(), timeout=30).raise_for_status()

    def stop(self) -> None:
        self.server.stop()


REFUSED = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"
SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[A-Z0-9]+/\d{8}/eu-central-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}"
)


class RoleService:
    """Moto's STS, behind a door that asks for the external id, which moto itself does not look at."""

    def __init__(self, buckets: Buckets, external_id: str) -> None:
        self.asked: list[dict[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                import httpx2

                body = self.rfile.read(int(self.headers["content-length"]))
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                service.asked.append(form)
                if not SIGNED.fullmatch(self.headers.get("authorization", "")):
                    return self.say(403, REFUSED.format("IncompleteSignature", "The request is not signed."))
                if form.get("ExternalId") != external_id:
                    return self.say(403, REFUSED.format("AccessDenied", "The external id is another."))
                # The host is part of what is signed.
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("content-length", "connection", "accept-encoding")}
                answer = httpx2.post(f"{buckets.url}/", content=body, headers=headers, timeout=30)
                self.say(answer.status_code, answer.text)

            def say(self, status: int, text: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("content-type", "text/xml")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


RSYSLOG = """
global(
  workDirectory="{folder}"
  maxMessageSize="128k"
  defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="{folder}/authority.pem"
  defaultNetstreamDriverCertFile="{folder}/server.pem"
  defaultNetstreamDriverKeyFile="{folder}/server.key"
)
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="fields" type="list") {{
  constant(value="{{")
  property(name="syslogfacility" outname="facility" format="jsonf") constant(value=", ")
  property(name="syslogseverity" outname="severity" format="jsonf") constant(value=", ")
  property(name="timereported" dateFormat="rfc3339" outname="time" format="jsonf") constant(value=", ")
  property(name="hostname" outname="host" format="jsonf") constant(value=", ")
  property(name="app-name" outname="app" format="jsonf") constant(value=", ")
  property(name="procid" outname="process" format="jsonf") constant(value=", ")
  property(name="msgid" outname="kind" format="jsonf") constant(value=", ")
  property(name="structured-data" outname="data" format="jsonf") constant(value=", ")
  property(name="msg" outname="message" format="jsonf")
  constant(value="}}\\n")
}}
action(type="omfile" file="{folder}/messages" template="fields")
"""


class Rsyslog:
    """A real rsyslogd that takes RFC 5424 by TLS, on a port of this machine, as nobody where we are root. It writes the fields of each message into a file."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vestibule-rsyslog-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.authority = certify(self.folder)
        (self.folder / "rsyslog.conf").write_text(RSYSLOG.format(folder=self.folder, port=self.port))
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self.user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for it in [self.folder, *self.folder.iterdir()]:
                shutil.chown(it, "nobody", "nogroup")
        self.start()

    def start(self) -> None:
        program = shutil.which("rsyslogd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "rsyslogd is not installed"
        command = [program, "-n", "-f", str(self.folder / "rsyslog.conf"), "-i", str(self.folder / "pid")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self.user)
        end = time.monotonic() + 20
        while True:
            assert self.process.poll() is None and time.monotonic() < end, (self.folder / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)

    def messages(self) -> list[dict[str, Any]]:
        file = self.folder / "messages"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def stop(self) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def certify(folder: Path) -> str:
    """Writes the certificate and key of a server at `localhost`, and that of who vouches for it, whose text it returns."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    openssl("req", "-x509", *new, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=Authority of a test")
    names = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]
    by = ["-CA", "authority.pem", "-CAkey", "authority.key"]
    openssl("req", "-x509", *new, *by, *names, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost")
    return (folder / "authority.pem").read_text()
