-- Links that sign somebody in by mail.

-- A link is found by the digest of its token.
CREATE TABLE passwordless_sessions (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    email TEXT NOT NULL,
    -- The token, for the mail that is sent later, and where the browser goes on; sealed.
    parameters BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (digest)
);
CREATE INDEX passwordless_sessions_by_end ON passwordless_sessions (environment_id, expires_at);
