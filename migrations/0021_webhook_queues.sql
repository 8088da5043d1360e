-- Deliveries to one endpoint are carried out in the order of the events, by one node at a time.

-- The queue of each endpoint. Whoever works on it moves its time past a lease, so that no other node
-- does meanwhile, and one that dies leaves it to another. Its row is written before any delivery of
-- it is changed, so that two who want both never wait for each other.
CREATE TABLE webhook_queues (
    environment_id TEXT NOT NULL,
    webhook_endpoint_id TEXT NOT NULL,
    -- When its first delivery is due, or while it is worked on, when the lease ends. Null when
    -- nothing waits.
    due_at BIGINT,
    -- The lease under which it is worked on.
    holder TEXT,
    -- Since when every attempt has failed, and how many those are.
    failing_since BIGINT,
    failures BIGINT NOT NULL,
    PRIMARY KEY (environment_id, webhook_endpoint_id)
);
INSERT INTO webhook_queues (environment_id, webhook_endpoint_id, due_at, holder, failing_since, failures)
    SELECT environment_id, id, 0, NULL, NULL, 0 FROM webhook_endpoints;
-- Queues that fail are taken apart from those that do not, so that they cannot use up all places.
CREATE INDEX webhook_queues_healthy ON webhook_queues (due_at)
    WHERE due_at IS NOT NULL AND failing_since IS NULL;
CREATE INDEX webhook_queues_failing ON webhook_queues (due_at)
    WHERE due_at IS NOT NULL AND failing_since IS NOT NULL;

-- The time at which deliveries were last made; the next ones are never made at an earlier one,
-- whatever the clock of the node says that makes them.
ALTER TABLE webhook_cursors ADD COLUMN made_at BIGINT NOT NULL DEFAULT 0;

-- The place of the event in the order.
ALTER TABLE webhook_deliveries ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
-- How many attempts had been made when it was last put back into the queue: the schedule begins anew.
ALTER TABLE webhook_deliveries ADD COLUMN attempts_before BIGINT NOT NULL DEFAULT 0;
UPDATE webhook_deliveries SET sequence = COALESCE(
    (SELECT sequence FROM events WHERE events.id = webhook_deliveries.event_id), 0);
DROP INDEX webhook_deliveries_due;
DROP INDEX webhook_deliveries_queued;
CREATE INDEX webhook_deliveries_queued
    ON webhook_deliveries (environment_id, webhook_endpoint_id, next_attempt_at, sequence)
    WHERE next_attempt_at IS NOT NULL;
-- An event that is still to be delivered is kept.
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (environment_id, event_id)
    WHERE next_attempt_at IS NOT NULL;
-- The log of all endpoints, and what failed in it.
DROP INDEX webhook_deliveries_by_age;
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (environment_id, created_at, id);
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (environment_id, created_at, id)
    WHERE status = 'failed';

-- The beginning of what the endpoint answered.
ALTER TABLE webhook_delivery_attempts ADD COLUMN response TEXT;
