-- The tables of crates/branding.

-- What an organization has of its own; the environment's is a setting.
CREATE TABLE organization_branding (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, organization_id)
);

-- Pictures, by what they are for. The owner is an organization, or empty for the environment.
CREATE TABLE branding_images (
    environment_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, owner, kind)
);
-- A picture is asked for by what it holds.
CREATE INDEX branding_images_by_digest ON branding_images (environment_id, digest);
