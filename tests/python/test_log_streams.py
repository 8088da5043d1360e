"""Log streams from outside: what is made, what arrives, and what is told of it."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from sinks import Buckets, RoleService, Rsyslog, Sink
from vestibule import Server, eventually, unique

STREAMS = "/vestibule/v1/audit_logs/streams"
AT_ONCE = {"batching": {"age_seconds_max": 0}}


@pytest.fixture(scope="module")
def server():
    running = Server("--webhook-allow-private")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def buckets():
    running = Buckets()
    yield running
    running.stop()


@pytest.fixture
def sink():
    running = Sink()
    yield running
    running.stop()


@pytest.fixture
def organization(server):
    made = server.request("POST", "/organizations", {"name": unique("Streams")}).json()["id"]
    schema = {"targets": [{"type": "file"}]}
    assert server.request("POST", "/audit_logs/actions/file.read/schemas", schema).status_code == 201
    return made


def take(server: Server, organization: str, *numbers: int) -> None:
    for n in numbers:
        event = {
            "action": "file.read",
            "occurred_at": "2026-01-15T11:00:00.000Z",
            "actor": {"id": f"user_{n}", "type": "user"},
            "targets": [{"id": "file_1", "type": "file"}],
            "context": {"location": "192.0.2.1"},
        }
        body = {"organization_id": organization, "event": event}
        assert server.request("POST", "/audit_logs/events", body).json() == {"success": True}


def make(server: Server, organization: str, **to) -> dict:
    response = server.request("POST", STREAMS, {"organization_id": organization, **AT_ONCE, **to})
    assert response.status_code == 201, response.text
    return response.json()


def read(server: Server, stream: dict) -> dict:
    return server.request("GET", f"{STREAMS}/{stream['id']}").json()


def actors(events: list[dict]) -> list[str]:
    return [event["actor"]["id"] for event in events]


def test_events_arrive_in_order_and_the_configuration_tells_of_it(server, organization, sink):
    stream = make(server, organization, generic_https={"url": sink.url, "headers": {"Authorization": "Bearer of-the-sink"}})
    take(server, organization, *range(30))
    eventually(lambda: len(sink.events()) >= 30, "the events")
    assert actors(sink.events()) == [f"user_{n}" for n in range(30)]
    assert [event["position"] for event in sink.events()] == list(range(1, 31))
    eventually(lambda: read(server, stream)["events_waiting"] == 0, "the place of the stream")
    told = server.sdk().organizations.get_audit_log_configuration(organization).log_stream
    assert (told.id, told.type, told.state) == (stream["id"], "GenericHttps", "active")
    assert told.last_synced_at
    assert "of-the-sink" not in server.request("GET", STREAMS).text
    deliveries = server.request("GET", f"{STREAMS}/{stream['id']}/deliveries").json()["data"]
    assert sum(one["events"] for one in deliveries) == 30
    assert server.request("DELETE", f"{STREAMS}/{stream['id']}").status_code == 204
    assert server.request("GET", f"{STREAMS}/{stream['id']}").status_code == 404


def test_a_stop_and_a_start_lose_nothing_of_what_waited(server, organization, sink):
    sink.status = 503
    stream = make(server, organization, generic_https={"url": sink.url})
    take(server, organization, *range(3))
    eventually(lambda: read(server, stream)["state"] == "error", "a failure")
    server.kill()
    sink.status = 200
    server.start()
    take(server, organization, 3)
    # It waits before it tries again; changing the stream has it tried at once.
    server.request("PATCH", f"{STREAMS}/{stream['id']}", {"state": "active"})
    eventually(lambda: len(sink.events()) >= 4, "the events")
    assert actors(sink.events()) == [f"user_{n}" for n in range(4)]
    assert eventually(lambda: (it := read(server, stream))["state"] == "active" and it, "its state")["error"] is None


def test_a_bucket_gets_objects_that_are_signed(server, organization, buckets):
    root = buckets.client("s3")
    bucket = unique("logs")
    root.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    reader = buckets.client("s3", buckets.key(unique("reader"), "s3:*"))
    id, secret = buckets.key(unique("writer"), "s3:PutObject")
    buckets.guard()
    to = {"endpoint": buckets.url, "bucket": bucket, "region": "eu-central-1", "prefix": "audit/", "access_key_id": id}
    stream = make(server, organization, s3={**to, "secret_access_key": "not-the-key-of-anybody"})
    test = server.request("POST", f"{STREAMS}/{stream['id']}/test").json()
    assert (test["status"], test["status_code"]) == ("failed", 403), test
    take(server, organization, 0, 1)
    eventually(lambda: read(server, stream)["state"] == "invalid", "its state")
    change = server.request("PATCH", f"{STREAMS}/{stream['id']}", {"s3": {**to, "secret_access_key": secret}})
    assert change.status_code == 200, change.text
    eventually(lambda: read(server, stream)["events_waiting"] == 0, "the object")
    assert read(server, stream)["state"] == "active"
    [found] = reader.list_objects_v2(Bucket=bucket)["Contents"]
    assert re.fullmatch(rf"audit/{organization}/\d{{4}}-\d\d-\d\d/{stream['id']}_000000000001-000000000002\.jsonl\.gz", found["Key"])
    text = gzip.decompress(reader.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()).decode()
    assert actors([json.loads(line) for line in text.splitlines()]) == ["user_0", "user_1"]
    test = server.request("POST", f"{STREAMS}/{stream['id']}/test").json()
    assert test["status"] == "succeeded", test
    change = server.request("PATCH", f"{STREAMS}/{stream['id']}", {"s3": {**to, "secret_access_key": secret, "objects": "events"}})
    assert change.status_code == 200, change.text
    take(server, organization, 2, 3)

    def objects():
        found = reader.list_objects_v2(Bucket=bucket)["Contents"]
        return [one["Key"] for one in found if one["Key"].endswith(".json")]

    single = eventually(lambda: len(keys := objects()) == 2 and keys, "an object for each event")
    assert all(re.fullmatch(r"audit/\d{4}-\d\d-\d\d/[0-9T:.Z-]+_audit_log_event_\w+\.json", key) for key in single), single
    read_back = [json.loads(reader.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in single]
    assert sorted(actors(read_back)) == ["user_2", "user_3"]


@pytest.fixture
def external_id(buckets):
    running = RoleService(buckets, "vestibule:acme")
    yield running
    running.stop()


def test_a_bucket_is_written_to_by_the_role_that_the_external_id_opens(server, organization, buckets, external_id):
    bucket = unique("logs")
    buckets.open()
    buckets.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    reader = buckets.client("s3", buckets.key(unique("reader"), "s3:*"))
    # The key may write nothing by itself.
    id, secret = buckets.key(unique("operator"), "sts:AssumeRole")
    role = buckets.role(unique("role"), "s3:PutObject")
    buckets.guard()
    to = {
        "endpoint": buckets.url, "bucket": bucket, "region": "eu-central-1", "access_key_id": id, "secret_access_key": secret,
        "role_arn": role, "sts_endpoint": external_id.url,
    }
    stream = make(server, organization, s3={**to, "external_id": "of-somebody-else"})
    take(server, organization, 0)
    eventually(lambda: read(server, stream)["state"] == "invalid", "its state")
    told = read(server, stream)
    assert told["error"] == "The role could not be assumed: AccessDenied. The external id is another."
    assert secret not in json.dumps(told)
    change = server.request("PATCH", f"{STREAMS}/{stream['id']}", {"s3": {**to, "external_id": "vestibule:acme"}})
    assert change.status_code == 200, change.text
    eventually(lambda: read(server, stream)["events_waiting"] == 0, "the object")
    take(server, organization, 1)
    eventually(lambda: len(reader.list_objects_v2(Bucket=bucket).get("Contents", [])) == 2, "the next object")
    found = [one["Key"] for one in reader.list_objects_v2(Bucket=bucket)["Contents"]]
    texts = [gzip.decompress(reader.get_object(Bucket=bucket, Key=key)["Body"].read()).decode() for key in found]
    assert actors([json.loads(text) for text in texts]) == ["user_0", "user_1"]
    assert read(server, stream)["state"] == "active"
    # Of those that were let in there is one: its keys are used again.
    [asked] = [one for one in external_id.asked if one["ExternalId"] == "vestibule:acme"]
    assert (asked["RoleArn"], asked["RoleSessionName"], asked["DurationSeconds"]) == (role, f"vestibule-{stream['id']}", "3600")


@pytest.fixture
def rsyslog():
    running = Rsyslog()
    yield running
    running.stop()


def test_rsyslog_gets_each_event_once_with_its_fields_also_after_a_restart(server, organization, rsyslog):
    to = {"host": "localhost", "port": rsyslog.port, "authority": rsyslog.authority, "app_name": "acme", "facility": 10}
    stream = make(server, organization, syslog=to)
    take(server, organization, *range(20))
    eventually(lambda: len(rsyslog.messages()) >= 20, "the messages")
    eventually(lambda: read(server, stream)["events_waiting"] == 0, "the place of the stream")
    rsyslog.end()
    take(server, organization, *range(20, 25))
    eventually(lambda: read(server, stream)["state"] == "error", "a failure")
    rsyslog.start()
    # It waits before it tries again; changing the stream has it tried at once.
    server.request("PATCH", f"{STREAMS}/{stream['id']}", {"state": "active"})
    take(server, organization, *range(25, 40))
    eventually(lambda: len(rsyslog.messages()) >= 40, "the messages after the restart")
    eventually(lambda: read(server, stream)["events_waiting"] == 0, "the place of the stream")
    assert read(server, stream)["state"] == "active"
    messages = rsyslog.messages()
    events = [json.loads(one.pop("message").removeprefix("\ufeff")) for one in messages]
    assert actors(events) == [f"user_{n}" for n in range(40)]
    assert [event["position"] for event in events] == list(range(1, 41))
    fields = {
        "facility": "10", "severity": "6", "time": "2026-01-15T11:00:00.000Z", "host": "127.0.0.1", "app": "acme", "process": "-",
        "kind": "file.read", "data": "-",
    }
    assert all(one == fields for one in messages), messages[0]
    kept = server.request("GET", f"/vestibule/v1/audit_logs/events?organization_id={organization}&limit=100&order=asc").json()["data"]
    assert [event["id"] for event in events] == [event["id"] for event in kept]


def test_an_address_inside_is_refused_where_that_was_not_allowed():
    strict = Server()
    try:
        organization = strict.request("POST", "/organizations", {"name": "Acme"}).json()["id"]
        for field, to in {
            "generic_https": {"url": "https://169.254.169.254/latest/meta-data"},
            "splunk": {"url": "https://127.0.0.1:8088", "token": "t"},
            "syslog": {"host": "10.0.0.1"},
        }.items():
            response = strict.request("POST", STREAMS, {"organization_id": organization, field: to})
            assert response.status_code == 422
            assert response.json()["errors"][0]["field"].startswith(field)
    finally:
        strict.stop()
