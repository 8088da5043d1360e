-- Single sign-on connections of organizations.

-- The organization whose single sign-on a session began with.
ALTER TABLE sessions ADD COLUMN vouched_by TEXT;

CREATE TABLE connections (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    connection_type TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Names the connection in addresses.
    external_key TEXT NOT NULL,
    -- The id that the application knows it by.
    external_id TEXT,
    -- Where the identity provider is, and how it is understood.
    settings TEXT NOT NULL,
    -- What proves to the identity provider who we are; sealed.
    sealed_secrets BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (external_key),
    UNIQUE (environment_id, organization_id, external_id)
);
CREATE INDEX connections_in_order ON connections (environment_id, created_at, id);
CREATE INDEX connections_of_organization
    ON connections (environment_id, organization_id, created_at, id);

-- What identity providers say of somebody, besides names.
ALTER TABLE sso_profiles ADD COLUMN groups TEXT;
ALTER TABLE sso_profiles ADD COLUMN custom_attributes TEXT;
ALTER TABLE sso_profiles ADD COLUMN role_slugs TEXT;

-- Tokens with which somebody is led to sign out at their identity provider.
CREATE TABLE sso_logout_tokens (
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    email TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX sso_logout_tokens_by_end ON sso_logout_tokens (environment_id, expires_at);
