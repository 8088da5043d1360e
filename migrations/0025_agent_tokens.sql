-- Tokens of agents (crates/access/src/agent_tokens, read by crates/kernel/src/agent): only a digest of
-- the token is kept.

CREATE TABLE agent_tokens (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    obfuscated_value TEXT NOT NULL,
    policy TEXT NOT NULL,
    -- The key or token that made it.
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (digest)
);
CREATE INDEX agent_tokens_in_order ON agent_tokens (environment_id, created_at, id);
