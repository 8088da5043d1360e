"""Bodies that are no JSON, the wrong JSON, too much JSON, or no text at all."""

import json

import pytest
from checks import CREATES, assert_refused, nothing_changes, raw_exchange

JSON = {"content-type": "application/json"}
MALFORMED = [
    b"{", b'{"name"', b'{"name":', b'{"name":"x"', b'{"name":"x",}', b"{'name':'x'}", b'{"name":"x"}}', b'{"name":"x"} trailing',
    b"nul", b"[1,2", b'"open', b'{"name":01}', b'{"name":NaN}', b'{"name":"\\x"}', b'{"name":"\\ud800"}', b"\xef\xbb\xbf{", b"\x00",
    b"name=x&email=y", b"<xml/>",
]  # fmt: skip
NO_OBJECTS = ["[]", '"text"', "1", "true", "[{}]", "null"]
WRONG_VALUES = [1, 1.5, True, [], ["x"], {}, {"a": "b"}]


def post(server, path, content, **headers):
    return server.request("POST", path, content=content, headers={**JSON, **headers})


@pytest.mark.parametrize("path", CREATES)
class TestBodies:
    """Each operation that takes a body, with bodies that it cannot take."""

    def test_malformed_json_is_refused(self, unchanged, path):
        for content in MALFORMED:
            # Form encoding is one of the two ways to call some endpoints, but not under the name of JSON.
            assert_refused(post(unchanged, path, content))

    def test_json_that_is_no_object_is_refused(self, unchanged, path):
        for content in NO_OBJECTS:
            assert_refused(post(unchanged, path, content))

    def test_a_value_of_the_wrong_type_is_refused_and_named(self, unchanged, path):
        for field, valid in CREATES[path].items():
            for value in WRONG_VALUES:
                if isinstance(valid, list) and isinstance(value, list):
                    continue
                response = unchanged.request("POST", path, {**CREATES[path], field: value})
                body = assert_refused(response, 400, 401, 422)
                if response.status_code == 422:
                    assert field in json.dumps(body), f"{path} does not name {field}: {body}"

    def test_a_missing_field_is_refused(self, unchanged, path):
        for field in CREATES[path]:
            if path.endswith("/roles") and field == "slug" and "organizations" in path:
                continue  # It is made from the name then.
            partial = {name: value for name, value in CREATES[path].items() if name != field}
            assert_refused(unchanged.request("POST", path, partial))


def test_bytes_that_are_not_utf8_are_refused(server):
    with nothing_changes(server):
        for content in [b'{"name":"\xff\xfe"}', b'{"name":"\xc3\x28"}', b'{"\xff":"x","name":"y"}', b"\xff\xfe{\x00}\x00"]:
            assert_refused(post(server, "/organizations", content))
        form = {"content-type": "application/x-www-form-urlencoded"}
        for content in [b"grant_type=password&email=%ff%fe", b"grant_type=\xff", b"%=%&&&=="]:
            assert_refused(server.request("POST", "/user_management/authenticate", content=content, headers=form))


def test_json_that_is_nested_without_end_is_refused(server):
    with nothing_changes(server):
        for content in [b"[" * 100_000, b'{"a":' * 100_000, b'{"name":"x","metadata":' + b"[" * 5_000 + b"]" * 5_000 + b"}"]:
            assert_refused(post(server, "/organizations", content), 400, 413, 422)


def test_numbers_beyond_all_measure_are_refused(server):
    with nothing_changes(server):
        invitation = CREATES["/user_management/invitations"]
        for number in ["1e999", "99999999999999999999999", "-1", "2.5", "-9223372036854775809"]:
            content = json.dumps(invitation)[:-1] + f', "expires_in_days": {number}}}'
            assert_refused(post(server, "/user_management/invitations", content))


def test_a_key_that_comes_twice_does_not_confuse(server):
    response = post(server, "/organizations", b'{"name":"first","name":"second"}')
    if response.status_code == 201:
        assert response.json()["name"] in ("first", "second")
    else:
        assert_refused(response)


def test_an_oversized_body_is_refused_with_413(server):
    size = 64 * 1024 * 1024
    head = f"POST /organizations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.api_key}\r\ncontent-type: application/json\r\n"
    with nothing_changes(server):
        for length in [f"content-length: {size}", "transfer-encoding: chunked"]:
            body = b'{"name":"' + b"x" * size + b'"}'
            if "chunked" in length:
                body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
            status, headers, answer = raw_exchange(server, f"{head}{length}\r\n\r\n".encode(), body)
            assert status == 413, (status, answer[:300])
            assert headers["content-type"].startswith("application/json")
            assert headers.get("x-request-id")
            text = answer[answer.index(b"{") : answer.rindex(b"}") + 1]
            assert json.loads(text)["message"]


def test_a_body_that_ends_too_early_leaves_nothing(server):
    head = f"POST /organizations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.api_key}\r\ncontent-type: application/json\r\n"
    with nothing_changes(server):
        import socket
        from urllib.parse import urlsplit

        parts = urlsplit(server.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(f"{head}content-length: 1000\r\n\r\n".encode() + b'{"name":"cut off"')
    assert server.request("GET", "/organizations?search=cut off").json()["data"] == []


def test_another_content_type_is_no_server_error(server):
    for kind in ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=latin1", ";;;", ""]:
        response = server.request("POST", "/organizations", content=b"{", headers={"content-type": kind})
        assert_refused(response, 400, 415, 422)


def test_unknown_fields_are_ignored(server):
    response = server.request("POST", "/organizations", {"name": "Lenient", "no_such_field": [1, {"a": None}], "__proto__": {}})
    assert response.status_code == 201
