-- Sandbox environments: test suites reset them, move their clocks and have them fail.

ALTER TABLE environments ADD COLUMN sandbox BOOLEAN NOT NULL DEFAULT FALSE;
-- How far the clock of a sandbox is ahead of the machine's.
ALTER TABLE environments ADD COLUMN ahead_millis BIGINT NOT NULL DEFAULT 0;
-- Whether a client id that nobody has is taken for this environment's.
ALTER TABLE environments ADD COLUMN any_client BOOLEAN NOT NULL DEFAULT FALSE;

-- What a reset puts back. Sealed: a seed holds passwords and keys.
CREATE TABLE sandbox_seeds (
    environment_id TEXT PRIMARY KEY,
    content BYTEA NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Answers that are given in the place of the real ones.
CREATE TABLE error_hooks (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- How often it still answers; always where this is null.
    remaining BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX error_hooks_in_order ON error_hooks (environment_id, created_at, id);
