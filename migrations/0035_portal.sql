-- Links to the admin portal. A link opens one session, which is kept in the same row.

CREATE TABLE portal_links (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    -- What the portal is opened for; null for all that there is.
    intent TEXT,
    -- The user of the application for whom it was made, in the application's words.
    external_user_id TEXT,
    -- Where the browser goes afterwards, and what else was said of the link.
    parameters TEXT NOT NULL,
    -- The digest of its token.
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    -- The session: since when there is one, what its cookie is known by, when it was last seen and
    -- when it was ended.
    opened_at BIGINT,
    session_digest TEXT,
    seen_at BIGINT,
    ended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (digest),
    UNIQUE (session_digest)
);
CREATE INDEX portal_links_in_order ON portal_links (environment_id, created_at, id);
CREATE INDEX portal_links_of_organization
    ON portal_links (environment_id, organization_id, created_at, id);
