"""The ways to run an operation: REST, the command line, and MCP over stdio and over HTTP, each as its users do."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import select
import subprocess
import termios
import time
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from vestibule import PROGRAM

COMMAND_SECONDS = 60
# The revisions of MCP that the official client speaks: with a session, and without one.
ERAS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


def environment(server: Any, **more: str) -> dict[str, str]:
    known = {"WORKOS_BASE_URL": server.url, "WORKOS_API_KEY": server.api_key}
    return {"PATH": os.environ["PATH"], "HOME": str(server.folder), "COLUMNS": "200", **known, **more}


def command(server: Any, *args: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Runs `vestibule args` with its output in pipes."""
    line = [PROGRAM, *args]
    settings = environment(server, **more)
    return subprocess.run(line, input=stdin, capture_output=True, text=True, env=settings, timeout=COMMAND_SECONDS)


def on_terminal(server: Any, *args: str, answer: str | None = None, asked: str = "Type yes", unseen: bool = False, **more: str) -> tuple[int, str]:
    """Runs `vestibule args` on a terminal, types `answer` when it asks what is `asked`, and answers the exit code and all
    it showed. What is typed `unseen` is typed once the terminal shows no typing, however long that takes."""
    ours, theirs = pty.openpty()
    # What is typed unseen is read from the terminal itself, whatever the standard input is.
    own = {"start_new_session": True, "preexec_fn": lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)}
    child = subprocess.Popen([PROGRAM, *args], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(server, **more), **own)
    os.close(theirs)
    shown, end = b"", time.monotonic() + COMMAND_SECONDS
    while time.monotonic() < end:
        is_asked = answer is not None and asked.encode() in shown
        if is_asked and not (unseen and termios.tcgetattr(ours)[3] & termios.ECHO):
            os.write(ours, f"{answer}\n".encode())
            answer = None
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other side has closed it
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    return child.wait(COMMAND_SECONDS), shown.decode()


@asynccontextmanager
async def session(server: Any, transport: str, era: str = "auto", key: str | None = "", view: str = "full", told=None, asked=None):
    """A session of the official MCP client, over `stdio` or `http`. `key=None` brings no key, `view` ends the address
    of `/mcp`, `told` is called with each notification, and `asked` with each question to the user (elicitation)."""
    key = server.api_key if key == "" else key
    options = {"mode": era, "read_timeout_seconds": COMMAND_SECONDS, "message_handler": told}
    if asked:
        options["elicitation_callback"] = asked
    if transport == "stdio":
        keys = {"WORKOS_API_KEY": key} if key else {}
        home = {"HOME": str(getattr(server, "folder", "/nonexistent"))}
        settings = {"PATH": os.environ["PATH"], "WORKOS_BASE_URL": server.url, **home, **keys}
        program = StdioServerParameters(command=PROGRAM, args=["mcp", *flags(view)], env=settings)
        async with Client(program, **options) as client:
            yield client
        return
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, timeout=COMMAND_SECONDS) as http:
        address = f"{server.url}/mcp/{view}" if view else f"{server.url}/mcp"
        async with Client(streamable_http_client(address, http_client=http), **options) as client:
            yield client


def flags(view: str) -> list[str]:
    """The flags of `vestibule mcp` for what ends the address of a view."""
    parts = view.split("/")
    read_only = ["--read-only"] if parts[-1] == "readonly" else []
    parts = [part for part in parts if part not in ("readonly", "")]
    if not parts:
        return read_only
    return [*(["--toolsets", parts[1]] if parts[0] == "x" else ["--view", parts[0]]), *read_only]


def tool_call(server: Any, transport: str, name: str, arguments: dict[str, Any], **options: Any):
    """One call of one tool in a session of its own."""

    async def call():
        async with session(server, transport, **options) as client:
            return await client.call_tool(name, arguments)

    return asyncio.run(call())


def body_of(result: Any) -> Any:
    """The body that a tool's result carries, which a refusal has as text alone. Notes may stand behind it."""
    body = json.loads(result.content[0].text)
    if result.is_error:
        assert result.structured_content is None, result
    else:
        assert result.structured_content == body, result
    return body


class Catalogue:
    """Where each operation is served, read off the server's own description."""

    def __init__(self, server: Any) -> None:
        document = server.request("GET", "/openapi.json", key=None).json()
        self.operations = {
            operation["operationId"]: {**operation, "method": method.upper(), "path": path}
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def request(self, server: Any, operation_id: str, values: dict[str, Any]):
        """The operation over REST, with each value in the place that the description gives it."""
        operation = self.operations[operation_id]
        path, values = operation["path"], dict(values)
        for name in [one["name"] for one in operation["parameters"] if one["in"] == "path"]:
            path = path.replace(f"{{{name}}}", quote(str(values.pop(name)), safe=""))
        if operation["method"] in ("GET", "DELETE"):
            pairs = {name: ",".join(one) if isinstance(one, list) else one for name, one in values.items()}
            return server.request(operation["method"], f"{path}?{urlencode(pairs)}" if pairs else path)
        return server.request(operation["method"], path, values)
