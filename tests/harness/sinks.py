"""Receivers of log streams for Python tests: one that takes JSON, and an S3-compatible server that checks signatures."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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

    def guard(self) -> None:
        import httpx2

        httpx2.post(f"{self.url}/moto-api/reset-auth", content=b"0", timeout=30).raise_for_status()

    def stop(self) -> None:
        self.server.stop()
