-- Endpoints that fail or that answer late are taken apart from the others, so that they cannot use up
-- all places.
ALTER TABLE webhook_queues ADD COLUMN slow BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE webhook_queues SET slow = TRUE WHERE failing_since IS NOT NULL;
DROP INDEX webhook_queues_healthy;
DROP INDEX webhook_queues_failing;
CREATE INDEX webhook_queues_quick ON webhook_queues (due_at) WHERE due_at IS NOT NULL AND NOT slow;
CREATE INDEX webhook_queues_slow ON webhook_queues (due_at) WHERE due_at IS NOT NULL AND slow;
