"""Audit logs through the newest official Python SDK, which raises when a required key is missing."""

import csv
import io
from datetime import datetime, timedelta, timezone

import httpx2
import pytest
from vestibule import Server, eventually, unique
from workos import BadRequestError, NotFoundError, UnprocessableEntityError
from workos.audit_logs import RetentionPeriod, RetentionPeriodInDays
from workos.audit_logs.models import AuditLogEvent, AuditLogEventActor, AuditLogEventContext, AuditLogEventTarget
from workos.audit_logs.models import AuditLogSchemaActorInput, AuditLogSchemaTargetInput


@pytest.fixture(scope="module")
def fresh():
    running = Server()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def workos(fresh):
    return fresh.sdk()


@pytest.fixture(scope="module")
def organization(workos):
    return workos.organizations.create_organization(name="Audited").id


def event(action, **changes):
    fields = {
        "action": action,
        "occurred_at": datetime.now(timezone.utc) - timedelta(minutes=1),
        "actor": AuditLogEventActor(id="user_1", type="user", name="Zoë ✓"),
        "targets": [AuditLogEventTarget(id="invoice_1", type="invoice", metadata={"cost": 12.5})],
        "context": AuditLogEventContext(location="192.0.2.1"),
        "metadata": {"reason": "because"},
    }
    return AuditLogEvent(**{**fields, **changes})


def make_schema(workos, action):
    cost = {"type": "object", "properties": {"cost": {"type": "number"}}}
    return workos.audit_logs.create_schema(
        action,
        targets=[AuditLogSchemaTargetInput(type="invoice", metadata=cost)],
        actor=AuditLogSchemaActorInput(metadata={"type": "object"}),
        metadata={"type": "object", "properties": {"reason": {"type": "string"}}},
    )


def test_actions_and_versions(workos):
    action = unique("invoice.made")
    first = make_schema(workos, action)
    assert (first.object, first.version) == ("audit_log_schema", 1)
    second = make_schema(workos, action)
    assert second.version == 2
    assert [one.version for one in workos.audit_logs.list_action_schemas(action).data] == [2, 1]
    listed = {one.name: one for one in workos.audit_logs.list_actions().data}
    assert listed[action].schema.version == 2
    with pytest.raises(NotFoundError):
        workos.audit_logs.list_action_schemas("no.such")
    with pytest.raises(UnprocessableEntityError):
        workos.audit_logs.create_schema(action, targets=[])


def test_events_and_what_is_refused_of_them(fresh, workos, organization):
    action = unique("invoice.paid")
    make_schema(workos, action)
    assert workos.audit_logs.create_event(organization_id=organization, event=event(action)).success is True
    with pytest.raises(BadRequestError) as refused:
        workos.audit_logs.create_event(organization_id=organization, event=event(action, metadata={"reason": 1}))
    assert refused.value.code == "invalid_audit_log_event"
    with pytest.raises(NotFoundError):
        workos.audit_logs.create_event(organization_id="org_none", event=event(action))
    page = fresh.request("GET", f"/vestibule/v1/audit_logs/events?organization_id={organization}&actions={action}").json()
    assert [one["actor"] for one in page["data"]] == [{"id": "user_1", "type": "user", "name": "Zoë ✓"}]


def test_retention(workos, organization):
    logs = workos.audit_logs
    assert logs.get_organization_audit_logs_retention(organization).retention_period_in_days is None
    for given, days in [(RetentionPeriodInDays(365), 365), (RetentionPeriod("2_YEARS"), 730), (RetentionPeriod("1_MONTH"), 30)]:
        assert logs.update_organization_audit_logs_retention(organization, retention=given).retention_period_in_days == days
    with pytest.raises(UnprocessableEntityError):
        logs.update_organization_audit_logs_retention(organization, retention=RetentionPeriodInDays(31))
    configuration = workos.organizations.get_audit_log_configuration(organization)
    assert (configuration.organization_id, configuration.retention_period_in_days) == (organization, 30)


def test_an_export(workos, organization):
    action = unique("invoice.exported")
    make_schema(workos, action)
    for number in range(3):
        workos.audit_logs.create_event(organization_id=organization, event=event(action, metadata={"reason": f"r{number}"}))
    now = datetime.now(timezone.utc)
    asked = {"organization_id": organization, "range_start": (now - timedelta(days=1)).isoformat(), "range_end": now.isoformat()}
    made = workos.audit_logs.create_export(**asked, actions=[action], targets=["invoice"])
    assert (made.object, made.state, made.url) == ("audit_log_export", "pending", None)

    def ready():
        found = workos.audit_logs.get_export(made.id)
        return found if found.state == "ready" else None

    export = eventually(ready, "the export")
    rows = list(csv.DictReader(io.StringIO(httpx2.get(export.url, timeout=30).text)))
    assert len(rows) == 3
    assert {row["action"] for row in rows} == {action}
    with pytest.raises(BadRequestError) as refused:
        workos.audit_logs.create_export(**{**asked, "range_end": asked["range_start"]})
    assert refused.value.code == "invalid_audit_log_export_range_date"
    with pytest.raises(BadRequestError):
        workos.audit_logs.create_export(**{**asked, "organization_id": "org_none"})
