-- The tables of crates/record. The table of events is the kernel's, which writes them; how they are
-- read is decided here.

-- A list by name or by organization starts where the reader stands, however rare the events are.
CREATE INDEX events_by_name ON events (environment_id, event, sequence);
CREATE INDEX events_by_organization ON events (environment_id, organization_id, sequence)
    WHERE organization_id IS NOT NULL;
-- Finds the place in the order that a time range begins at, and what is too old to keep.
CREATE INDEX events_by_time ON events (environment_id, created_at);

CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    endpoint_url TEXT NOT NULL,
    -- Sealed: it is needed to sign and may be read again.
    secret BYTEA NOT NULL,
    status TEXT NOT NULL,
    -- JSON list of event names, empty for all.
    events TEXT NOT NULL,
    -- What had happened when it was enabled, and is not delivered to it: events up to this place in
    -- the order, and these, as a JSON list, which had no place yet.
    past_sequence BIGINT NOT NULL,
    past_events TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, endpoint_url)
);
CREATE INDEX webhook_endpoints_listed ON webhook_endpoints (environment_id, created_at, id);

-- Up to which event deliveries were made. There is a row for each environment with an enabled
-- endpoint, and whoever makes deliveries or changes endpoints holds its lock.
CREATE TABLE webhook_cursors (
    environment_id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL
);

CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    webhook_endpoint_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- While an attempt is under way, when its lease ends. Null when there will be no further one.
    next_attempt_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, webhook_endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_listed
    ON webhook_deliveries (environment_id, webhook_endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
-- Each endpoint has a queue of its own, so that a slow one holds up nobody else's.
CREATE INDEX webhook_deliveries_queued
    ON webhook_deliveries (environment_id, webhook_endpoint_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (environment_id, created_at);

CREATE TABLE webhook_delivery_attempts (
    environment_id TEXT NOT NULL,
    webhook_delivery_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    attempted_at BIGINT NOT NULL,
    duration_millis BIGINT NOT NULL,
    status_code BIGINT,
    error TEXT,
    PRIMARY KEY (environment_id, webhook_delivery_id, number)
);
