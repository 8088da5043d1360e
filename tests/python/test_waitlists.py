"""Waitlists through the newest official Python SDK, which raises when a required key is missing."""

import pytest
from vestibule import Server, eventually, unique_email
from workos import NotFoundError, UnprocessableEntityError


@pytest.fixture(scope="module")
def fresh():
    running = Server()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def service(fresh):
    return fresh.sdk().user_management


def test_a_waitlist_from_its_first_entry_to_an_invitation(fresh, service):
    assert service.list_waitlists().data == []
    with pytest.raises(NotFoundError):
        service.get_waitlist("default")
    email = unique_email("waits")
    fields = {"company": "Acme"}
    entry = service.create_waitlist_entry("default", email=email, additional_fields=fields, send_confirmation_email=True)
    assert (entry.object, entry.email, entry.state, entry.approved_at) == ("waitlist_entry", email, "pending", None)
    assert entry.additional_fields == fields
    eventually(lambda: fresh.inbox(email), "the confirmation")
    waitlist = service.get_waitlist("default")
    assert waitlist.object == "waitlist" and waitlist.id == entry.waitlist_id
    assert [one.id for one in service.list_waitlists().data] == [waitlist.id]
    assert service.create_waitlist_entry("default", email=email.upper()) == entry, "who waits is answered as they wait"

    denied = service.create_waitlist_entry_deny(entry.id)
    assert denied.state == "denied"
    approved = service.create_waitlist_entry_approve(entry.id)
    assert approved.state == "approved" and approved.approved_at
    with pytest.raises(UnprocessableEntityError) as twice:
        service.create_waitlist_entry_approve(entry.id)
    assert twice.value.code == "invalid_state"
    (invitation,) = service.list_invitations(email=email)
    assert (invitation.state, invitation.organization_id) == ("pending", None)

    listed = service.list_waitlist_entries(waitlist.id, state="approved", email=email)
    assert [one.id for one in listed] == [entry.id]
    service.delete_waitlist_entry(entry.id)
    assert [one.id for one in service.list_waitlist_entries("default")] == []
    names = ["waitlist_user.created", "waitlist_user.denied", "waitlist_user.approved"]
    eventually(lambda: len(list(fresh.events(*names))) == 3, "the events")
    seen = list(fresh.events(*names))
    assert [one["event"] for one in seen] == names
    assert all(one["data"]["object"] == "waitlist_user" and one["data"]["id"] == entry.id for one in seen)


def test_who_has_an_account_does_not_wait(service):
    email = unique_email("known")
    service.create_user(email=email)
    with pytest.raises(UnprocessableEntityError) as known:
        service.create_waitlist_entry("default", email=email)
    assert known.value.code == "user_already_exists"
