"""Connections on a desktop: the key that seals them is in its keyring, which here is GNOME's, on a bus of its own."""

import os
import re
import subprocess
import time

import pytest
from test_actions import REFUSED, WRONG, Desk
from vault import settings

PASSWORD = "Tangerine-Umbrella-72"
START_SECONDS = 30
SERVICE = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"


class Keyring:
    """A session of a desktop that has a bus and a Secret Service, as somebody has who has signed in there."""

    def __init__(self, folder):
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime)}
        # It ends when its standard input does.
        line = ["dbus-run-session", "--", "sh", "-c", 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat']
        self.session = subprocess.Popen(line, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.session.stdout.readline().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.address
        self.daemon = None

    def start(self, *options, typed=""):
        """Starts the daemon in the place of the one before."""
        self.stop_daemon()
        line = ["gnome-keyring-daemon", "--foreground", "--components=secrets", *options]
        self.daemon = subprocess.Popen(line, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        self.daemon.stdin.write(typed)
        self.daemon.stdin.close()
        end = time.monotonic() + START_SECONDS
        while not self.is_served():
            assert time.monotonic() < end and self.daemon.poll() is None, "the keyring did not start"

    def unlock(self):
        self.start("--unlock", typed=PASSWORD)

    def lock(self):
        """As it is before somebody has signed in."""
        self.start()

    def is_served(self):
        line = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", f"string:{SERVICE}"]
        return "boolean true" in subprocess.run(line, env=self.environment, capture_output=True, text=True, timeout=START_SECONDS).stdout

    def items(self):
        """The items of ours: those that are open, and those that are locked."""
        line = ["dbus-send", "--session", "--print-reply", f"--dest={SERVICE}", ROOT, "org.freedesktop.Secret.Service.SearchItems", "dict:string:string:service,vestibule"]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, timeout=START_SECONDS)
        opened, locked = re.findall(r"array \[(.*?)\]", done.stdout, re.DOTALL)
        return opened.count("object path"), locked.count("object path")

    def stop_daemon(self):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait(START_SECONDS)
            self.daemon = None

    def stop(self):
        self.stop_daemon()
        self.session.stdin.close()
        self.session.wait(START_SECONDS)


@pytest.fixture()
def keyring(tmp_path):
    keyring = Keyring(tmp_path)
    keyring.unlock()
    yield keyring
    keyring.stop()


@pytest.fixture()
def desk(server, tmp_path, keyring):
    desk = Desk(server, tmp_path)
    desk.environment = settings(tmp_path, DBUS_SESSION_BUS_ADDRESS=keyring.address)
    del desk.environment["VESTIBULE_CREDENTIALS"]
    return desk


def key_file(desk):
    return (desk.folder / ".config" / "vestibule" / "connections.key").read_text().strip()


def test_the_key_is_in_the_keyring_and_in_no_file(desk, server, keyring):
    assert desk.connect("work")["state"] == "READY"
    assert (key_file(desk), keyring.items()) == ("keyring", (1, 0))
    assert desk.ok("connection", "get", "work")["state"] == "READY"
    assert desk.ok("request", "work", "/organizations?limit=1", "--json")["status"] == 200
    assert desk.connect("home")["state"] == "READY"
    desk.ok("connection", "delete", "work", "--yes")
    assert [one["name"] for one in desk.ok("connection", "list")["data"]] == ["home"]
    assert keyring.items() == (1, 0), "one key seals all"


def test_where_the_keyring_is_locked_or_gone_it_is_said_and_no_second_key_is_made(desk, server, keyring):
    desk.connect("work")
    keyring.lock()
    assert keyring.items() == (0, 1)
    refuses_to_use_another_key(desk, server)
    assert keyring.items() == (0, 1)
    address, desk.environment["DBUS_SESSION_BUS_ADDRESS"] = keyring.address, "unix:path=/nowhere"
    refuses_to_use_another_key(desk, server)
    desk.environment["DBUS_SESSION_BUS_ADDRESS"] = address
    keyring.unlock()
    assert desk.ok("request", "work", "/organizations?limit=1", "--json")["status"] == 200
    assert [one["name"] for one in desk.ok("connection", "list")["data"]] == ["work"]
    assert keyring.items() == (1, 0)


def refuses_to_use_another_key(desk, server):
    lines = [("request", "work", "/organizations"), ("connection", "create", "second", "--base-url", server.url, "--api-key-stdin")]
    for line in lines:
        refused = desk.run(*line, stdin=server.api_key)
        assert refused.returncode in (REFUSED, WRONG), f"{line}: {refused}"
        assert "is in the keyring of this computer" in refused.stderr and "Unlock it" in refused.stderr, refused.stderr
        assert server.api_key not in refused.stderr + refused.stdout
    assert key_file(desk) == "keyring"
