-- OAuth for agents (crates/access/src/oauth): who let which client in is an agent token, whose value
-- is renewed for as long as its time lasts. Digests of codes and tokens are kept.

-- The client that was let in, and when the value ends that it holds now; null for tokens that somebody
-- made by hand.
ALTER TABLE agent_tokens ADD COLUMN client TEXT;
ALTER TABLE agent_tokens ADD COLUMN value_expires_at BIGINT;

-- Clients that registered themselves, with the whole installation: it is the person who lets one in
-- whose key says where. One that nobody lets in is forgotten after expires_at, which is null for others.
CREATE TABLE oauth_clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX oauth_clients_unused ON oauth_clients (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE oauth_codes (
    digest TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    client TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    policy TEXT NOT NULL,
    allowed_by TEXT NOT NULL,
    -- A code that comes again ends the token that was made from it.
    used_at BIGINT,
    agent_token_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_codes_in_order ON oauth_codes (environment_id, created_at);

CREATE TABLE oauth_refresh_tokens (
    digest TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    agent_token_id TEXT NOT NULL,
    -- A token that comes again after it was exchanged ends the agent token, but for a short while in
    -- which it yields the same successor, which is sealed.
    exchanged_at BIGINT,
    successor BYTEA,
    created_at BIGINT NOT NULL
);
CREATE INDEX oauth_refresh_tokens_of_token
    ON oauth_refresh_tokens (environment_id, agent_token_id);
