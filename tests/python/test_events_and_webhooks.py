"""Events and webhooks through the official Python SDK: each event that the product emits must fit its official model."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from vestibule import GOOD_PASSWORD, Server, eventually, totp, unique, unique_email
from workos import ConflictError, NotFoundError, UnprocessableEntityError
from workos._errors import APIError, BadRequestError
from workos.events.models import EventSchema
from workos.user_management._resource import PasswordPlaintext

EMITTED = """
api_key.created api_key.revoked api_key.updated
authentication.email_verification_succeeded authentication.magic_auth_failed authentication.magic_auth_succeeded
authentication.mfa_succeeded authentication.password_failed authentication.password_succeeded
email_verification.created
group.created group.deleted group.member_added group.member_removed group.updated
invitation.accepted invitation.created invitation.resent invitation.revoked
magic_auth.created
organization.created organization.deleted organization.updated
organization_domain.created organization_domain.deleted organization_domain.verified
organization_membership.created organization_membership.deleted organization_membership.updated
organization_role.created organization_role.deleted organization_role.updated
password_reset.created password_reset.succeeded
permission.created permission.deleted permission.updated
role.created role.updated
session.created session.revoked
user.created user.deleted user.updated
""".split()


@pytest.fixture(scope="module")
def receiver():
    """An application that keeps each delivery it gets."""
    deliveries = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            deliveries.append((self.path, self.headers["WorkOS-Signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_address[1]}", deliveries
    http.shutdown()


@pytest.fixture(scope="module")
def server():
    running = Server("--webhook-allow-private")
    yield running
    running.stop()


def refused(call, *arguments, **options):
    with pytest.raises(APIError):
        call(*arguments, **options)


def make_everything_happen(server, workos):
    """Lets each event of the first domains happen once."""
    users, organizations, authorization = workos.user_management, workos.organizations, workos.authorization
    email, password = unique_email("events"), PasswordPlaintext(password=GOOD_PASSWORD)

    organization = organizations.create_organization(name="Events")
    organizations.update_organization(organization.id, name="More events")
    domain = workos.organization_domains.create_organization_domain(domain=f"{unique('a')}.example", organization_id=organization.id)
    workos.organization_domains.delete_organization_domain(domain.id)
    verified = {"domain": f"{unique('b')}.example", "state": "verified"}
    server.request("PUT", f"/organizations/{organization.id}", {"domain_data": [verified]})

    user = users.create_user(email=email, password=password)
    users.update_user(user.id, first_name="Eve")
    users.send_verification_email(user.id)
    users.verify_email(user.id, code=server.code_from_mail(email))
    refused(users.authenticate_with_password, email=email, password="Not-The-Password-55")
    users.authenticate_with_password(email=email, password=GOOD_PASSWORD)
    magic = users.create_magic_auth(email=email)
    refused(users.authenticate_with_magic_auth, code="000000" if magic.code != "000000" else "111111", email=email)
    users.authenticate_with_magic_auth(code=magic.code, email=email)
    reset = users.reset_password(email=email)
    users.confirm_password_reset(token=reset.password_reset_token, new_password="Violet-Harbour-Quince-31")

    service = workos.organization_membership
    membership = service.create_organization_membership(user_id=user.id, organization_id=organization.id)
    service.deactivate_organization_membership(membership.id)
    service.reactivate_organization_membership(membership.id)
    group = workos.groups.create_organization_group(organization.id, name="Group")
    workos.groups.update_organization_group(organization.id, group.id, name="Other")
    workos.groups.create_group_organization_membership(organization.id, group.id, organization_membership_id=membership.id)
    workos.groups.delete_group_organization_membership(organization.id, group.id, membership.id)
    workos.groups.delete_organization_group(organization.id, group.id)

    permission = authorization.create_permission(slug=unique("events:all"), name="All")
    authorization.update_permission(permission.slug, name="Everything")
    role = authorization.create_environment_role(slug=unique("eventful"), name="Eventful")
    authorization.set_environment_role_permissions(role.slug, permissions=[permission.slug])
    own = authorization.create_organization_role(organization.id, name="Own", slug=unique("org-own"))
    authorization.update_organization_role(organization.id, own.slug, name="Mine")
    authorization.delete_organization_role(organization.id, own.slug)
    authorization.delete_permission(permission.slug)

    invited = users.create_user(email=unique_email("invited"))
    invitation = users.send_invitation(email=invited.email, organization_id=organization.id)
    users.resend_invitation(invitation.id)
    users.accept_invitation(invitation.id)
    users.revoke_invitation(users.send_invitation(email=unique_email("revoked")).id)

    key = workos.api_keys.create_organization_api_key(organization.id, name="Key")
    workos.api_keys.create_api_key_expire(key.id)
    workos.api_keys.delete_api_key(key.id)

    enrolled = workos.multi_factor_auth.create_user_auth_factor(user.id, type="totp")
    secret = enrolled.authentication_factor.totp.secret
    workos.multi_factor_auth.verify_challenge(enrolled.authentication_challenge.id, code=totp(secret))
    with pytest.raises(APIError) as step:
        users.authenticate_with_password(email=email, password="Violet-Harbour-Quince-31")
    challenge = workos.multi_factor_auth.challenge_factor(enrolled.authentication_factor.id)
    users.authenticate_with_totp(
        code=totp(secret, 1),
        pending_authentication_token=step.value.pending_authentication_token,
        authentication_challenge_id=challenge.id,
    )
    service.delete_organization_membership(membership.id)
    users.delete_user(user.id)
    organizations.delete_organization(organization.id)
    server.event("organization.deleted", lambda data: data["id"] == organization.id)


def test_each_event_is_emitted_and_fits_the_official_model(server, workos):
    make_everything_happen(server, workos)
    seen = set()
    for event in server.events(*EMITTED):
        parsed = EventSchema.from_dict(event)
        assert type(parsed).__name__ != "EventSchemaUnknown", event
        assert event["object"] == "event" and event["id"].startswith("event_")
        seen.add(event["event"])
    assert set(EMITTED) - seen == set()


def test_events_carry_no_secrets(server):
    for event in server.events(*EMITTED):
        keys = set(json.loads(json.dumps(event["data"])))
        assert not keys & {"token", "code", "accept_invitation_url", "password_reset_token", "password_reset_url", "value"}, event


def test_the_list_pages_through_the_sdk(workos):
    events = ["user.created", "organization.created", "session.created"]
    first = workos.events.list_events(events=events, limit=2)
    everything = [one.id for one in first.auto_paging_iter()]
    assert len(everything) == len(set(everything)) > 2
    assert everything == [one.id for one in workos.events.list_events(events=events, limit=100)]
    with pytest.raises(UnprocessableEntityError):
        workos.events.list_events(events=["no.such.event"])
    with pytest.raises(BadRequestError):
        workos.events.list_events(events=events, after=everything[0], range_start="2024-01-01T00:00:00.000Z")


def test_a_webhook_is_delivered_and_verified(server, workos, receiver):
    url, deliveries = receiver
    endpoint = workos.webhooks.create_webhook_endpoint(endpoint_url=f"{url}/hook", events=["user.created"])
    assert endpoint.status == "enabled"
    user = workos.user_management.create_user(email=unique_email("Zoë"), first_name="Zoë")
    path, signature, body = eventually(lambda: deliveries and deliveries[0], "a delivery", 60)
    assert path == "/hook"
    event = workos.webhooks.verify_event(event_body=body, event_signature=signature, secret=endpoint.secret)
    assert (event.event, event.data.id) == ("user.created", user.id)
    with pytest.raises(ValueError):
        workos.webhooks.verify_event(event_body=body + b" ", event_signature=signature, secret=endpoint.secret)


def test_an_endpoint_is_changed_and_deleted(workos):
    webhooks = workos.webhooks
    url = f"https://hooks.example/{unique('python')}"
    endpoint = webhooks.create_webhook_endpoint(endpoint_url=url, events=["user.created"])
    with pytest.raises(ConflictError) as twice:
        webhooks.create_webhook_endpoint(endpoint_url=url, events=["user.created"])
    assert twice.value.code == "duplicate_endpoint"
    assert webhooks.update_webhook_endpoint(endpoint.id, status="disabled").status == "disabled"
    assert endpoint.id in [one.id for one in webhooks.list_webhook_endpoints(limit=100)]
    webhooks.delete_webhook_endpoint(endpoint.id)
    with pytest.raises(NotFoundError) as missing:
        webhooks.delete_webhook_endpoint(endpoint.id)
    assert missing.value.code == "entity_not_found"
