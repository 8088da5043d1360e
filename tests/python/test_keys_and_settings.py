"""API keys, redirect URIs, CORS origins and JWT templates through the official Python SDK."""

from datetime import datetime, timedelta, timezone

import pytest
from vestibule import GOOD_PASSWORD, claims, unique, unique_email
from workos import ConflictError, NotFoundError, UnprocessableEntityError
from workos.user_management._resource import PasswordPlaintext


@pytest.fixture(scope="module")
def organization(workos):
    return workos.organizations.create_organization(name="Keys")


def test_an_organization_key(workos, organization):
    keys = workos.api_keys
    key = keys.create_organization_api_key(organization.id, name="Server")
    assert key.value.startswith("sk_") and key.obfuscated_value == f"sk_...{key.value[-4:]}"
    assert keys.create_validation(value=key.value).api_key.id == key.id
    assert keys.create_validation(value="sk_no_such_key_0000").api_key is None
    assert [one.id for one in keys.list_organization_api_keys(organization.id)] == [key.id]
    expired = keys.create_api_key_expire(key.id)
    assert expired.expires_at is not None
    assert keys.create_validation(value=key.value).api_key is None
    with pytest.raises(ConflictError) as again:
        keys.create_api_key_expire(key.id)
    assert again.value.code == "api_key_already_expired"
    keys.delete_api_key(key.id)
    with pytest.raises(NotFoundError):
        keys.delete_api_key(key.id)


def test_a_user_key(workos, organization):
    user = workos.user_management.create_user(email=unique_email("keys"))
    workos.organization_membership.create_organization_membership(user_id=user.id, organization_id=organization.id)
    expires_at = datetime.now(timezone.utc) + timedelta(days=1)
    key = workos.user_management.create_user_api_key(
        user.id, name="Laptop", organization_id=organization.id, expires_at=expires_at.isoformat()
    )
    assert (key.owner.type, key.owner.id, key.owner.organization_id) == ("user", user.id, organization.id)
    assert [one.id for one in workos.user_management.list_user_api_keys(user.id)] == [key.id]
    assert workos.api_keys.create_validation(value=key.value).api_key.owner.id == user.id


def test_a_key_with_a_permission_that_does_not_exist_is_refused(workos, organization):
    with pytest.raises(UnprocessableEntityError):
        workos.api_keys.create_organization_api_key(organization.id, name="Bad", permissions=["no:such"])


def test_redirect_uris(workos):
    users = workos.user_management
    uri = f"https://app.example/{unique('python')}"
    made = users.create_redirect_uri(uri=uri)
    assert (made.uri, made.default) == (uri, False)
    assert made.id in [one.id for one in users.list_redirect_uris(limit=100)]
    with pytest.raises(UnprocessableEntityError):
        users.create_redirect_uri(uri=uri)
    users.delete_redirect_uris(made.id)
    with pytest.raises(NotFoundError):
        users.delete_redirect_uris(made.id)


def test_cors_origins(workos):
    users = workos.user_management
    origin = f"https://{unique('python')}.example"
    assert users.create_cors_origin(origin=origin).origin == origin
    assert origin in [one.origin for one in users.list_cors_origins(limit=100)]
    with pytest.raises(ConflictError) as twice:
        users.create_cors_origin(origin=origin)
    assert twice.value.code == "duplicate_cors_origin"


def test_a_jwt_template(workos):
    users = workos.user_management
    with pytest.raises(NotFoundError):
        users.list_jwt_template()
    content = '{"urn:example:email": "{{ user.email }}"}'
    assert users.update_jwt_template(content=content).content == content
    assert users.list_jwt_template().content == content
    email = unique_email("template")
    users.create_user(email=email, email_verified=True, password=PasswordPlaintext(password=GOOD_PASSWORD))
    session = users.authenticate_with_password(email=email, password=GOOD_PASSWORD)
    assert claims(session.access_token)["urn:example:email"] == email
    with pytest.raises(UnprocessableEntityError):
        users.update_jwt_template(content='{"sub": "someone"}')
