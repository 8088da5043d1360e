-- What agents did and were refused (written by crates/kernel/src/agent/calls.rs, listed and forgotten
-- by crates/record/src/agent_calls).

CREATE TABLE agent_calls (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    agent_token_id TEXT NOT NULL,
    run_id TEXT,
    operation TEXT NOT NULL,
    effect TEXT NOT NULL,
    organization_id TEXT,
    approval_id TEXT,
    -- Without secrets, and not too long.
    arguments TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT,
    code TEXT,
    request_id TEXT NOT NULL,
    ip_address TEXT,
    created_at BIGINT NOT NULL
);
-- It is listed whole, by token and by run, and loses its oldest rows.
CREATE INDEX agent_calls_in_order ON agent_calls (environment_id, created_at, id);
CREATE INDEX agent_calls_of_token ON agent_calls (environment_id, agent_token_id, created_at, id);
CREATE INDEX agent_calls_of_run ON agent_calls (environment_id, run_id, created_at, id);
