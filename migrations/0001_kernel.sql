-- The tables of crates/kernel.

CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    client_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (client_id)
);

-- Secret API keys of an environment; only a digest of the key is kept.
CREATE TABLE environment_keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    obfuscated TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (digest)
);
CREATE INDEX environment_keys_by_environment ON environment_keys (environment_id);

-- One value for each name: the fingerprint of the sealing key, and the like.
CREATE TABLE installation (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE settings (
    environment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (environment_id, name)
);

CREATE TABLE events (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    event TEXT NOT NULL,
    organization_id TEXT,
    data TEXT NOT NULL,
    context TEXT,
    created_at BIGINT NOT NULL,
    -- The order of commits. Null until the relay has given it, where only the relay can know it.
    sequence BIGINT
);
CREATE INDEX events_in_order ON events (environment_id, sequence);
CREATE INDEX events_last ON events (sequence);
CREATE INDEX events_unsequenced ON events (id) WHERE sequence IS NULL;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload BYTEA NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (run_at);

CREATE TABLE idempotency_keys (
    environment_id TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, key_digest)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE rate_limits (
    environment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    subject_digest TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    PRIMARY KEY (environment_id, name, subject_digest)
);
CREATE INDEX rate_limits_by_age ON rate_limits (window_start);
