"""Texts that a database, a log or a browser could choke on. Both engines must treat them alike."""

import pytest
from checks import assert_refused, nothing_changes

NUL = "a\x00b"

NUL_IN = [
    ("/organizations", {"name": NUL}),
    ("/organizations", {"name": "x", "external_id": NUL}),
    ("/organizations", {"name": "x", "metadata": {"k": NUL}}),
    ("/organizations", {"name": "x", "metadata": {NUL: "v"}}),
    ("/organizations", {"name": "x", "domain_data": [{"domain": NUL, "state": "pending"}]}),
    ("/organization_domains", {"domain": NUL, "organization_id": "org_demo_acme"}),
    ("/user_management/users", {"email": f"{NUL}@example.test"}),
    ("/user_management/users", {"email": "nul@example.test", "first_name": NUL}),
    ("/user_management/users", {"email": "nul@example.test", "external_id": NUL}),
    ("/user_management/users", {"email": "nul@example.test", "metadata": {"k": NUL}}),
    ("/user_management/invitations", {"email": f"{NUL}@example.test"}),
    ("/user_management/magic_auth", {"email": f"{NUL}@example.test"}),
    ("/user_management/redirect_uris", {"uri": f"https://app.example/{NUL}"}),
    ("/user_management/cors_origins", {"origin": f"https://{NUL}.example"}),
    ("/organizations/org_demo_acme/groups", {"name": NUL}),
    ("/organizations/org_demo_acme/groups", {"name": "x", "description": NUL}),
    ("/organizations/org_demo_acme/api_keys", {"name": NUL}),
    ("/authorization/roles", {"slug": "nul-role", "name": NUL}),
    ("/authorization/permissions", {"slug": NUL, "name": "x"}),
    ("/authorization/permissions", {"slug": "nul:permission", "name": "x", "description": NUL}),
    ("/vestibule/v1/feature_flags", {"slug": "nul", "name": NUL}),
    ("/vestibule/v1/feature_flags", {"slug": "nul", "name": "x", "tags": [NUL]}),
    ("/feature-flags/none/targets/user_%00", {}),
    ("/radar/lists/user_agent/block", {"entry": NUL}),
    ("/radar/attempts", {"ip_address": "198.51.100.1", "user_agent": NUL, "email": "nul@example.test", "auth_method": "Other", "action": "sign-in"}),
    ("/webhook_endpoints", {"endpoint_url": f"https://hooks.example/{NUL}", "events": ["user.created"]}),
]


def test_a_nul_character_is_refused_everywhere(server):
    with nothing_changes(server):
        for path, body in NUL_IN:
            assert_refused(server.request("POST", path, body), 400, 404, 422)


def test_a_nul_character_in_credentials_is_no_server_error(server):
    base = {"client_id": server.client_id, "client_secret": server.api_key}
    for body in [
        {**base, "grant_type": "password", "email": NUL, "password": "x"},
        {**base, "grant_type": "password", "email": "ada@acme.test", "password": NUL},
        {**base, "grant_type": "refresh_token", "refresh_token": NUL},
        {**base, "grant_type": "authorization_code", "code": NUL},
        {**base, "grant_type": NUL},
        {"client_id": NUL, "client_secret": NUL, "grant_type": "password", "email": "a@b.test", "password": "x"},
    ]:
        assert_refused(server.request("POST", "/user_management/authenticate", body, key=None))
    assert_refused(server.request("POST", "/user_management/password_reset/confirm", {"token": NUL, "new_password": "x"}), 400, 404, 422)
    validation = server.request("POST", "/api_keys/validations", {"value": NUL})
    assert validation.status_code == 422 or validation.json() == {"api_key": None}


@pytest.mark.parametrize("name", ["Zoë Ünïcødé", "日本語", "🦀🦀🦀", "a\u0301", "\u202egnp.exe", "<script>alert(1)</script>", "'; DROP TABLE organizations; --", "{{ user.email }}", "%s%n", "\\u0000", " x "])
def test_any_other_text_comes_back_as_it_was(server, name):
    made = server.request("POST", "/organizations", {"name": name, "metadata": {"note": name.encode("ascii", "ignore").decode()}})
    assert made.status_code == 201, made.text
    read = server.request("GET", f"/organizations/{made.json()['id']}").json()
    assert read["name"].strip() == name.strip()


def test_texts_beyond_their_limits_are_refused(server):
    with nothing_changes(server):
        for path, body in [
            ("/organizations", {"name": "x", "external_id": "e" * 129}),
            ("/organizations", {"name": "x", "external_id": "ä"}),
            ("/organizations", {"name": "x", "external_id": ""}),
            ("/organizations", {"name": "x", "metadata": {"k": "ä"}}),
            ("/organizations", {"name": "x", "metadata": {"k": 1}}),
            ("/organizations", {"name": "x", "domain_data": [{"domain": "a.example", "state": "failed"}]}),
            ("/organizations", {"name": "x", "domain_data": [{"domain": "d" * 300 + ".example", "state": "pending"}]}),
            ("/user_management/users", {"email": "e" * 400 + "@example.test"}),
            ("/user_management/users", {"email": "a@b.test", "external_id": "e" * 129}),
            ("/organizations/org_demo_acme/groups", {"name": "n" * 257}),
            ("/authorization/permissions", {"slug": "s" * 49, "name": "x"}),
            ("/authorization/permissions", {"slug": "long:name", "name": "n" * 49}),
        ]:
            assert_refused(server.request("POST", path, body))


@pytest.mark.parametrize("domain", ["", " ", "localhost", "-a.example", "a..example", "http://a.example", "a.example/path", "a b.example", "*.example", "1.2.3.4", "exa_mple.test:80", "@a.example", "ä" * 70 + ".example"])
def test_what_is_no_domain_is_refused(server, domain):
    assert_refused(server.request("POST", "/organization_domains", {"domain": domain, "organization_id": "org_demo_acme"}))


def test_dates_that_are_none_are_refused(server):
    for date in ["", "yesterday", "2024-13-01T00:00:00Z", "2024-02-30T00:00:00.000Z", "0", "99999-01-01T00:00:00Z", "2024-01-01"]:
        response = server.request("GET", "/events", params={"events": "user.created", "range_start": date})
        assert response.status_code in (200, 400, 422) if date in ("", "2024-01-01") else response.status_code in (400, 422), (date, response.text)
    for date in ["", "yesterday", 5, "2024-13-01T00:00:00Z"]:
        assert_refused(server.request("POST", "/organizations/org_demo_acme/api_keys", {"name": "Dated", "expires_at": date}))
