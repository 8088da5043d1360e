-- The tables of crates/access.

-- API keys that the customers' organizations and users hold; only a digest of the key is kept.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    user_id TEXT,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    obfuscated_value TEXT NOT NULL,
    permissions TEXT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, digest)
);
CREATE INDEX api_keys_by_organization ON api_keys (environment_id, organization_id, created_at, id);
CREATE INDEX api_keys_by_user ON api_keys (environment_id, user_id, created_at, id);
