"""Feature flags and entitlements, walked with the official Python SDK, whose models raise where a key is missing."""

import pytest
from cryptography.fernet import Fernet
from vestibule import GOOD_PASSWORD, eventually, unique, unique_email
from workos import NotFoundError
from workos._errors import APIError
from workos.common.models import (
    FeatureFlagsFlagCreated,
    FeatureFlagsFlagDeleted,
    FeatureFlagsFlagTargetCreated,
    FeatureFlagsFlagTargetDeleted,
    FeatureFlagsFlagUpdated,
)
from workos.session import seal_session_from_auth_response
from workos.user_management._resource import PasswordPlaintext


@pytest.fixture()
def new_flag(server):
    """WorkOS makes flags in its dashboard alone."""

    def make(**more):
        slug = unique("flag")
        made = server.request("POST", "/vestibule/v1/feature_flags", {"slug": slug, "name": slug, **more})
        assert made.status_code == 201, made.text
        return made.json()

    return make


@pytest.fixture()
def member(workos):
    organization = workos.organizations.create_organization(name=unique("Flags"))
    password = PasswordPlaintext(password=GOOD_PASSWORD)
    user = workos.user_management.create_user(email=unique_email("flags"), password=password, email_verified=True)
    workos.organization_membership.create_organization_membership(user_id=user.id, organization_id=organization.id)
    return organization, user


def slugs(page):
    return [flag.slug for flag in page]


def test_a_flag_is_read_enabled_and_disabled(workos, new_flag):
    owner = {"email": "ada@acme.test", "first_name": "Ada", "last_name": None}
    made = new_flag(name="Analytics", description="Graphs", tags=["reports"], owner=owner)
    flag = workos.feature_flags.get_feature_flag(made["slug"])
    assert (flag.id, flag.name, flag.description, flag.tags) == (made["id"], "Analytics", "Graphs", ["reports"])
    assert (flag.owner.email, flag.owner.first_name, flag.owner.last_name) == ("ada@acme.test", "Ada", None)
    assert (flag.enabled, flag.default_value) == (False, False)
    assert workos.feature_flags.enable_feature_flag(flag.slug).enabled is True
    assert workos.feature_flags.disable_feature_flag(flag.slug).enabled is False
    plain = new_flag()
    read = workos.feature_flags.get_feature_flag(plain["slug"])
    assert (read.owner, read.description, read.tags) == (None, None, [])
    for call in ("get_feature_flag", "enable_feature_flag", "disable_feature_flag"):
        with pytest.raises(NotFoundError):
            getattr(workos.feature_flags, call)("no-such-flag")


def test_flags_are_listed_page_by_page(workos, new_flag):
    made = [new_flag()["slug"] for _ in range(3)]
    first = workos.feature_flags.list_feature_flags(limit=2)
    assert [flag.slug for flag in first.data] == made[:0:-1]
    assert slugs(workos.feature_flags.list_feature_flags(limit=2, order="asc").auto_paging_iter())[-3:] == made


def test_targets_come_and_go(workos, new_flag, member):
    organization, user = member
    beta, pilot = new_flag(enabled=True)["slug"], new_flag(enabled=True)["slug"]
    flags = workos.feature_flags
    for slug, target in ((beta, user.id), (pilot, organization.id)):
        assert flags.add_flag_target(target, slug) is None
    assert slugs(flags.list_organization_feature_flags(organization.id)) == [pilot]
    assert slugs(flags.list_user_feature_flags(user.id)) == [pilot, beta]
    flags.remove_flag_target(organization.id, pilot)
    assert slugs(flags.list_user_feature_flags(user.id)) == [beta]
    workos.user_management.delete_user(user.id)
    with pytest.raises(NotFoundError):
        flags.list_user_feature_flags(user.id)
    with pytest.raises(NotFoundError):
        flags.list_organization_feature_flags("org_none")
    for call in (flags.add_flag_target, flags.remove_flag_target):
        with pytest.raises(APIError) as refused:
            call("om_01", beta)
        assert (refused.value.status_code, refused.value.code) == (400, "invalid_resource_id_format")
        with pytest.raises(NotFoundError):
            call("user_none", beta)


def test_a_session_says_what_is_on_and_what_its_organization_is_entitled_to(server, new_flag, member):
    organization, user = member
    workos = server.sdk()
    password = Fernet.generate_key().decode()
    answer = workos.user_management.authenticate_with_password(email=user.email, password=GOOD_PASSWORD)
    slug = new_flag(enabled=True)["slug"]
    workos.feature_flags.add_flag_target(organization.id, slug)
    path = f"/vestibule/v1/organizations/{organization.id}/entitlements"
    assert server.request("PUT", path, {"entitlements": ["sso"]}).json()["entitlements"] == ["sso"]
    sealed = seal_session_from_auth_response(
        access_token=answer.access_token, refresh_token=answer.refresh_token, user=answer.user.to_dict(), cookie_password=password
    )
    session = workos.user_management.load_sealed_session(session_data=sealed, cookie_password=password)
    before = session.authenticate()
    assert (before.authenticated, before.feature_flags, before.entitlements) == (True, None, None)
    after = session.refresh()
    assert (after.authenticated, after.feature_flags, after.entitlements) == (True, [slug], ["sso"])
    server.request("PUT", path, {"entitlements": []})
    assert session.refresh().entitlements is None


def test_each_event_of_a_flag_fits_its_model(server, workos, new_flag, member):
    organization, _ = member
    flag = new_flag()
    path = f"/vestibule/v1/feature_flags/{flag['slug']}"
    workos.feature_flags.add_flag_target(organization.id, flag["slug"])
    assert server.request("PUT", path, {"name": "Renamed", "tags": ["a"], "default_value": True}).status_code == 200
    workos.feature_flags.remove_flag_target(organization.id, flag["slug"])
    assert server.request("DELETE", path).status_code == 204
    names = ["flag.created", "flag.updated", "flag.rule_updated", "flag.deleted"]

    def told():
        found = workos.events.list_events(events=names, limit=100)
        mine = [event for event in found if event.data.id == flag["id"]]
        return mine if len(mine) == 6 else None

    events = eventually(told, "six events")
    rules = [event.context for event in events if event.event == "flag.rule_updated"]
    assert [rule.access_type for rule in rules] == ["some", "all", "all"]
    assert rules[0].configured_targets.organizations[0].name == organization.name
    assert rules[0].previous_attributes.context.access_type == "none"
    assert rules[1].previous_attributes.data.default_value is False
    assert rules[2].previous_attributes.context.configured_targets.organizations[0].id == organization.id
    (updated,) = [event for event in events if event.event == "flag.updated"]
    assert updated.context.previous_attributes.data.name == flag["name"]
    assert {event.context.actor.source for event in events} == {"api"}


def test_each_newer_event_of_a_flag_fits_its_model_and_comes_to_who_names_it(server, workos, new_flag, member):
    organization, _ = member
    flag = new_flag(owner={"email": "ada@acme.test", "first_name": None, "last_name": None})
    path = f"/vestibule/v1/feature_flags/{flag['slug']}"
    workos.feature_flags.add_flag_target(organization.id, flag["slug"])
    assert server.request("PUT", path, {"name": "Renamed", "owner": None}).status_code == 200
    workos.feature_flags.remove_flag_target(organization.id, flag["slug"])
    assert server.request("DELETE", path).status_code == 204
    models = {
        "feature_flags.flag.created": FeatureFlagsFlagCreated,
        "feature_flags.flag_target.created": FeatureFlagsFlagTargetCreated,
        "feature_flags.flag.updated": FeatureFlagsFlagUpdated,
        "feature_flags.flag_target.deleted": FeatureFlagsFlagTargetDeleted,
        "feature_flags.flag.deleted": FeatureFlagsFlagDeleted,
    }

    def told():
        found = workos.events.list_events(events=list(models), limit=100)
        mine = [event for event in found if flag["id"] in (getattr(event.data, "flag_id", None), event.data.id)]
        return mine if len(mine) == len(models) else None

    events = eventually(told, "five events")
    assert [type(event) for event in events] == list(models.values())
    created, target, updated, _, _ = events
    assert (created.data.owner.email, created.context.actor.source) == ("ada@acme.test", "api")
    assert (target.data.target_type, target.data.target_id, target.data.value) == ("organization", organization.id, True)
    assert updated.context.previous_attributes.data.owner.email == "ada@acme.test"
    unnamed = {event["event"] for event in server.request("GET", "/events?order=desc&limit=100").json()["data"]}
    assert "flag.deleted" in unnamed and not unnamed & set(models), "nobody is told twice who did not ask for it"


def test_the_poll_of_the_runtime_client_needs_a_key_and_tells_of_its_environment_alone(server, new_flag):
    flag = new_flag(enabled=True, default_value=True)
    expected = {"slug": flag["slug"], "enabled": True, "default_value": True, "targets": {"users": [], "organizations": []}}
    assert server.request("GET", "/sdk/feature-flags").json()[flag["slug"]] == expected
    assert server.request("GET", "/sdk/feature-flags", key=None).status_code == 401
    assert server.request("GET", "/sdk/feature-flags", key="sk_wrong").status_code == 401
