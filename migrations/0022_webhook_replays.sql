-- Events of a time range that are delivered to an endpoint again, by a job.
CREATE TABLE webhook_replays (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    webhook_endpoint_id TEXT NOT NULL,
    state TEXT NOT NULL,
    -- JSON lists: which states of deliveries are replayed, and which events; all of them where the
    -- latter is empty.
    statuses TEXT NOT NULL,
    events TEXT NOT NULL,
    range_start BIGINT NOT NULL,
    range_end BIGINT NOT NULL,
    -- The place in the order of events that it has come to, and that at which it ends.
    sequence BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    events_examined BIGINT NOT NULL,
    deliveries_replayed BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX webhook_replays_listed ON webhook_replays (environment_id, created_at, id);
CREATE UNIQUE INDEX webhook_replays_pending ON webhook_replays (environment_id, webhook_endpoint_id)
    WHERE state = 'pending';
