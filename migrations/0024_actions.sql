-- Actions (crates/signin/src/actions): what an application is asked before somebody gets in, and the
-- log of what it said.

CREATE TABLE action_endpoints (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    type TEXT NOT NULL,
    endpoint_url TEXT NOT NULL,
    -- Sealed: it is shown again, and signs what is asked.
    secret BYTEA NOT NULL,
    status TEXT NOT NULL,
    timeout_millis BIGINT NOT NULL,
    -- What holds where no answer can be trusted.
    default_verdict TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, type)
);

CREATE TABLE action_executions (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    action_endpoint_id TEXT NOT NULL,
    type TEXT NOT NULL,
    -- Whether it was asked to try the endpoint out, about nobody.
    test BOOLEAN NOT NULL,
    verdict TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    error TEXT,
    error_message TEXT,
    status_code BIGINT,
    duration_millis BIGINT NOT NULL,
    user_id TEXT,
    organization_id TEXT,
    email TEXT NOT NULL,
    ip_address TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL
);
-- The log is listed whole and by kind, and loses its oldest rows.
CREATE INDEX action_executions_in_order ON action_executions (environment_id, created_at, id);
CREATE INDEX action_executions_of_type
    ON action_executions (environment_id, type, created_at, id);
-- Those of a deleted user are deleted.
CREATE INDEX action_executions_of_user ON action_executions (environment_id, user_id);
