-- The tables of crates/signin.

-- Section of tokens, sessions, authentication, redirect URIs, CORS origins, hosted sign-in.

-- Keys that sign access tokens. One that no longer signs stays until its last token has expired.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    private_key BYTEA NOT NULL,
    modulus TEXT NOT NULL,
    exponent TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    thumbprint TEXT NOT NULL,
    active_from BIGINT NOT NULL,
    verifies_until BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, number)
);

CREATE TABLE jwt_templates (
    environment_id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
