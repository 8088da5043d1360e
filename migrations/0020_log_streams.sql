-- Log streams: where the audit log of an organization is sent as it grows.

CREATE TABLE audit_log_streams (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    name TEXT,
    -- What kind of receiver, and how it is reached, in JSON. What of that must stay secret is apart,
    -- sealed.
    type TEXT NOT NULL,
    destination TEXT NOT NULL,
    credentials BYTEA NOT NULL,
    -- JSON list of the actions that are sent, empty for all.
    actions TEXT NOT NULL,
    -- How large a batch becomes, in JSON.
    batching TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The place in the chain of the organization up to which events were taken by the receiver, or
    -- passed over because they are not wanted.
    position BIGINT NOT NULL,
    -- Where the batch ends that is on its way: it is tried again as it was.
    batch_end BIGINT,
    last_synced_event_id TEXT,
    last_synced_at BIGINT,
    -- How often it failed since it last went well, since when, and why.
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    error TEXT,
    -- Moves whenever a node takes the stream in hand, and whenever what it sends changes: what came
    -- of an attempt is written down only by whoever took it last.
    revision BIGINT NOT NULL,
    -- When it may be looked at next: after a failure, later; while a node has it, when its lease ends.
    next_attempt_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX audit_log_streams_listed ON audit_log_streams (environment_id, created_at, id);
CREATE INDEX audit_log_streams_of_organization
    ON audit_log_streams (environment_id, organization_id, created_at, id);
CREATE INDEX audit_log_streams_due ON audit_log_streams (next_attempt_at)
    WHERE state <> 'inactive';

-- What was handed to a receiver, or should have been: one row for each attempt.
CREATE TABLE audit_log_stream_deliveries (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    stream_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    events BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    first_event_id TEXT,
    last_event_id TEXT,
    status_code BIGINT,
    response TEXT,
    error TEXT,
    duration_millis BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX audit_log_stream_deliveries_listed
    ON audit_log_stream_deliveries (environment_id, stream_id, created_at, id);
CREATE INDEX audit_log_stream_deliveries_by_age
    ON audit_log_stream_deliveries (environment_id, created_at);
