-- What persons are asked to approve (crates/kernel/src/agent/approvals.rs), and the keys by which they
-- do (crates/access/src/approvers).

CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    agent_token_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    effect TEXT NOT NULL,
    -- For people: without secrets, and not too long. What is approved is the digest.
    arguments TEXT NOT NULL,
    call_digest TEXT NOT NULL,
    digest TEXT NOT NULL,
    run_id TEXT,
    ip_address TEXT,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX approvals_in_order ON approvals (environment_id, created_at, id);
-- The same call finds what was asked for it before; a token asks for so many at once.
CREATE INDEX approvals_of_call ON approvals (environment_id, agent_token_id, call_digest);

CREATE TABLE approvers (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    obfuscated_value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (digest)
);
CREATE INDEX approvers_in_order ON approvers (environment_id, created_at, id);
