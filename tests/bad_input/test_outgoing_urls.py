"""Addresses that would have us call ourselves, our neighbours or the metadata service of a cloud: none is taken."""

import pytest
from checks import assert_refused, nothing_changes

ORGANIZATION = "org_demo_acme"

FORBIDDEN = [
    "http://hooks.example/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://hooks.localhost/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[fd00:ec2::254]/",
    "https://hooks.example@127.0.0.1/",
    "https://１２７.0.0.1/",
    "https://127.0.0.1%2f@hooks.example:443@10.0.0.1/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "//hooks.example/",
    "https://",
    "https://hooks.example:99999/",
    "https://" + "a" * 3000 + ".example/",
]


@pytest.fixture(scope="module")
def endpoint(server):
    made = server.request("POST", "/webhook_endpoints", {"endpoint_url": "https://hooks.example/kept", "events": []})
    assert made.status_code == 201
    return made.json()["id"]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_attack_no_address_inside_is_taken_for_a_receiver(server, endpoint, url):
    with nothing_changes(server):
        tries = [
            ("POST", "/webhook_endpoints", {"endpoint_url": url, "events": []}),
            ("PATCH", f"/webhook_endpoints/{endpoint}", {"endpoint_url": url}),
            ("PUT", "/vestibule/v1/actions/authentication", {"endpoint_url": url}),
            ("POST", "/vestibule/v1/audit_logs/streams", {"organization_id": ORGANIZATION, "generic_https": {"url": url}}),
            ("POST", "/vestibule/v1/audit_logs/streams", {"organization_id": ORGANIZATION, "splunk": {"url": url, "token": "x"}}),
        ]
        for method, path, body in tries:
            refused = assert_refused(server.request(method, path, body), 422)
            assert "url" in str(refused).lower(), refused
    listed = server.request("GET", "/webhook_endpoints?limit=100").json()["data"]
    assert [one["endpoint_url"] for one in listed if one["id"] == endpoint] == ["https://hooks.example/kept"]
    assert server.request("GET", "/vestibule/v1/actions").json()["data"] == []
    streams = server.request("GET", "/vestibule/v1/audit_logs/streams").json()["data"]
    assert streams == []
