"""How the program starts, stops and takes its settings."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time

import httpx2
import pytest
from vestibule import GOOD_PASSWORD, PROGRAM, Server, unique, unique_email


@pytest.fixture()
def running():
    """Servers that a test starts; they are stopped at its end, however it ends."""
    servers = []

    def start(*arguments, **options):
        servers.append(Server(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()
        else:
            server.remove()


def run(*arguments, environment=None, folder=None, seconds=60):
    home = str(folder or "/tmp")
    variables = {"PATH": os.environ["PATH"], "HOME": home, **(environment or {})}
    return subprocess.run([PROGRAM, *arguments], env=variables, cwd=home, capture_output=True, text=True, timeout=seconds)


def test_the_first_start_makes_everything_and_later_ones_keep_it(running):
    server = running(dev=False)
    data = server.folder / "data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for file in data.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, f"{file.name} is open to others"
    first = (server.api_key, server.client_id)
    assert first[0].startswith("sk_") and first[1].startswith("client_")
    organization = server.request("POST", "/organizations", {"name": "Kept"}).json()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    server.start()
    assert (server.api_key, server.client_id) == first
    assert server.request("GET", f"/organizations/{organization['id']}").json() == organization


def test_a_session_outlives_a_restart(running):
    server = running()
    users = server.sdk().user_management
    session = users.authenticate_with_password(email="ada@acme.test", password="correct-horse-battery-staple-4100")
    keys = server.request("GET", f"/sso/jwks/{server.client_id}", key=None).json()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    server.start()
    assert server.request("GET", f"/sso/jwks/{server.client_id}", key=None).json() == keys
    assert users.authenticate_with_refresh_token(refresh_token=session.refresh_token).user.email == "ada@acme.test"


def test_the_banner_has_the_env_block_and_the_sdk_line(tmp_path):
    process = subprocess.Popen(
        [PROGRAM, "serve", "--data-dir", str(tmp_path / "data"), "--bind", "127.0.0.1:0"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        text = ""
        timer = threading.Timer(60, process.kill)
        timer.start()
        while "apiHostname" not in text:
            line = process.stdout.readline()
            assert line, text
            text += line
        timer.cancel()
        url = re.search(r"http://127\.0\.0\.1:\d+", text)[0]
        key = re.search(r"WORKOS_API_KEY=(sk_\S+)", text)[1]
        assert re.search(r"WORKOS_CLIENT_ID=client_\S+", text)
        assert httpx2.get(f"{url}/organizations", headers={"authorization": f"Bearer {key}"}, timeout=30).status_code == 200
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_requests_under_way_are_finished_at_a_stop(running):
    server = running()
    answers = []

    def sign_up():
        answers.append(server.request("POST", "/user_management/users", {"email": unique_email(), "password": GOOD_PASSWORD}))

    threads = [threading.Thread(target=sign_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert server.process.wait(30) == 0
    # A connection that came too late is refused; one that was served was served to its end.
    assert [one.status_code for one in answers] == [201] * len(answers)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server(running, signal_number):
    server = running(dev=False)
    server.process.send_signal(signal_number)
    assert server.process.wait(30) == 0


def test_what_nobody_knows_is_refused_and_named(tmp_path):
    flag = run("serve", "--no-such-flag", folder=tmp_path)
    assert flag.returncode != 0 and "--no-such-flag" in flag.stderr
    variable = run("serve", environment={"VESTIBULE_BNID": "127.0.0.1:0"}, folder=tmp_path)
    assert variable.returncode != 0 and "VESTIBULE_BNID" in variable.stderr
    file = tmp_path / "settings.toml"
    file.write_text('bnid = "127.0.0.1:0"\n')
    key = run("serve", "--config", str(file), folder=tmp_path)
    assert key.returncode != 0 and "bnid" in key.stderr
    missing = run("serve", "--config", str(tmp_path / "missing.toml"), folder=tmp_path)
    assert missing.returncode != 0 and "missing.toml" in missing.stderr
    for value in ["--bind=nowhere", "--refresh-replay-window=soon", "--database=mysql://x"]:
        wrong = run("serve", value, "--data-dir", str(tmp_path / "data"), folder=tmp_path)
        assert wrong.returncode != 0 and wrong.stderr.strip(), value
        assert "panicked" not in wrong.stderr


def test_a_flag_wins_over_a_variable_and_that_over_the_file(tmp_path):
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
            one.listen()
        taken, also_taken = (one.getsockname()[1] for one in (first, second))
        file = tmp_path / "settings.toml"
        file.write_text(f'bind = "127.0.0.1:{taken}"\ndata-dir = "{tmp_path}/data"\n')
        by_file = run("serve", "--config", str(file), folder=tmp_path)
        assert str(taken) in by_file.stderr
        by_variable = run("serve", "--config", str(file), environment={"VESTIBULE_BIND": f"127.0.0.1:{also_taken}"}, folder=tmp_path)
        assert str(also_taken) in by_variable.stderr and str(taken) not in by_variable.stderr
        variables = {"VESTIBULE_BIND": f"127.0.0.1:{also_taken}"}
        by_flag = run("serve", "--bind", f"127.0.0.1:{taken}", environment=variables, folder=tmp_path)
        assert str(taken) in by_flag.stderr and str(also_taken) not in by_flag.stderr
        assert all(one.returncode != 0 for one in (by_file, by_variable, by_flag))


def test_the_public_url_is_the_one_that_is_told(running):
    server = running("--public-url", "https://id.acme.test")
    assert server.url == "https://id.acme.test"
    server.stop()


def test_each_request_is_logged_with_its_id(running):
    server = running(dev=False)
    response = server.request("GET", f"/organizations?search={unique('logged')}")
    request_id = response.headers["x-request-id"]
    server.stop()
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    found = [line for line in lines if request_id in json.dumps(line)]
    assert found, "no line tells of the request"
    assert "/organizations" in json.dumps(found) and "200" in json.dumps(found)


def test_without_dev_there_is_no_inbox_page_and_no_demo_user(running):
    server = running(dev=False)
    assert httpx2.get(f"{server.url}/dev/inbox.json", timeout=30).status_code == 404
    assert httpx2.get(f"{server.url}/dev/inbox", timeout=30).status_code == 404
    assert server.request("GET", "/user_management/users").json()["data"] == []


def test_the_metrics_count_requests(running):
    server = running(dev=False)
    for _ in range(3):
        server.request("GET", "/organizations")
    text = httpx2.get(f"{server.url}/metrics", timeout=30).text
    assert re.search(r"^vestibule_\w+", text, re.MULTILINE)


def test_a_server_without_its_sealing_key_refuses_to_start(running):
    server = running(dev=False)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    (server.folder / "data" / "sealing.key").unlink()
    arguments = ["serve", "--json", "--data-dir", str(server.folder / "data"), "--bind", "127.0.0.1:0"]
    if server.database:
        arguments += ["--database", server.database]
    refused = run(*arguments, folder=server.folder)
    assert refused.returncode != 0 and "key" in refused.stderr and "panicked" not in refused.stderr


def test_an_older_program_refuses_a_newer_database(running):
    server = running(dev=False)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    statement = "INSERT INTO schema_migrations (number, name, digest) VALUES (9999, '9999_from_the_future', 'x')"
    arguments = ["serve", "--json", "--data-dir", str(server.folder / "data"), "--bind", "127.0.0.1:0"]
    if server.database:
        subprocess.run(["psql", "-X", "-q", "-d", server.database, "-c", statement], check=True)
        arguments += ["--database", server.database]
    else:
        import sqlite3

        with sqlite3.connect(server.folder / "data" / "vestibule.db") as database:
            database.execute(statement)
    refused = run(*arguments, folder=server.folder)
    assert refused.returncode != 0 and "newer" in refused.stderr.lower(), refused.stderr
