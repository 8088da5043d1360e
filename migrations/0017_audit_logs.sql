-- Audit logs: what was done in an organization, as the application tells it.

CREATE TABLE audit_log_actions (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The version of its newest schema.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, name)
);
CREATE INDEX audit_log_actions_listed ON audit_log_actions (environment_id, created_at, id);

CREATE TABLE audit_log_schemas (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    action TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- As it was given, in JSON.
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, action, version)
);
CREATE INDEX audit_log_schemas_listed
    ON audit_log_schemas (environment_id, action, created_at, id);

CREATE TABLE audit_log_events (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    -- The event in JSON. The next four are taken out of it, to be found by.
    content TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT,
    created_at BIGINT NOT NULL,
    -- Its place in the chain of its organization, and the hash of the chain up to it. Null until it
    -- is sealed; until then the tag shows that it is as it was taken.
    position BIGINT,
    hash TEXT,
    tag TEXT
);
CREATE INDEX audit_log_events_in_time
    ON audit_log_events (environment_id, organization_id, occurred_at, id);
CREATE INDEX audit_log_events_by_action
    ON audit_log_events (environment_id, organization_id, action, occurred_at, id);
CREATE INDEX audit_log_events_by_actor
    ON audit_log_events (environment_id, organization_id, actor_id, occurred_at, id);
CREATE UNIQUE INDEX audit_log_events_in_chain
    ON audit_log_events (environment_id, organization_id, position);
CREATE INDEX audit_log_events_unsealed ON audit_log_events (id) WHERE position IS NULL;

-- Finds the events of a target.
CREATE TABLE audit_log_targets (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (environment_id, organization_id, target_id, occurred_at, event_id)
);

-- Digests of the events that were taken within a day, each with its key: none is taken twice.
CREATE TABLE audit_log_keys (
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, digest)
);
CREATE INDEX audit_log_keys_by_age ON audit_log_keys (environment_id, created_at);

-- Where the chain of an organization ends.
CREATE TABLE audit_log_chains (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    hash TEXT NOT NULL,
    -- The place after which the end was first found to be forged.
    broken_position BIGINT,
    -- Shows that the program wrote this row, and not somebody who has the database alone.
    tag TEXT NOT NULL,
    -- What the newest signed checkpoint says.
    checkpoint_position BIGINT NOT NULL,
    checkpoint_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, organization_id)
);

CREATE INDEX audit_log_chains_behind ON audit_log_chains (checkpoint_at)
    WHERE position > checkpoint_position;

CREATE TABLE audit_log_checkpoints (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    -- `seal`, or `retention`: the events up to it were deleted because their time was over.
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    -- The signed statement (a compact JWS).
    token TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX audit_log_checkpoints_listed
    ON audit_log_checkpoints (environment_id, organization_id, created_at, id);
CREATE INDEX audit_log_checkpoints_in_chain
    ON audit_log_checkpoints (environment_id, organization_id, kind, position);

CREATE TABLE audit_log_retentions (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    days BIGINT NOT NULL,
    PRIMARY KEY (environment_id, organization_id)
);

CREATE TABLE audit_log_exports (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    state TEXT NOT NULL,
    -- What is asked for, in JSON.
    query TEXT NOT NULL,
    -- How far it has come: the place in the chain up to which events count, the last event that was
    -- looked at, and what is written.
    last_position BIGINT,
    last_hash TEXT,
    after_time BIGINT,
    after_id TEXT,
    chunks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    -- How often it could not go on.
    failures BIGINT NOT NULL,
    -- The signed statement of what the finished file holds (a compact JWS).
    manifest TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX audit_log_exports_by_age ON audit_log_exports (environment_id, created_at, id);

-- The file of an export, piece by piece.
CREATE TABLE audit_log_export_chunks (
    environment_id TEXT NOT NULL,
    export_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (environment_id, export_id, number)
);
