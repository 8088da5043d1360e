-- Single sign-on by SAML.

CREATE TABLE connection_certificates (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    -- What it is for: response_signing, request_signing or response_encryption.
    purpose TEXT NOT NULL,
    -- In PEM.
    certificate TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    -- Of one of ours, the private key; sealed.
    sealed_key BYTEA,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    -- When it was last told that it ends.
    told_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, connection_id, purpose, thumbprint)
);
CREATE INDEX connection_certificates_by_end
    ON connection_certificates (environment_id, not_after);

-- Assertions that were accepted, for each is accepted once.
CREATE TABLE saml_assertions (
    environment_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, connection_id, digest)
);
CREATE INDEX saml_assertions_by_end ON saml_assertions (environment_id, expires_at);

-- What an identity provider had a browser post that is on its way back; sealed.
ALTER TABLE social_departures ADD COLUMN answer BYTEA;
