-- Feature flags, whom they are on for, and what organizations are entitled to.

CREATE TABLE feature_flags (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    owner TEXT,
    tags TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    default_value BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, slug)
);
CREATE INDEX feature_flags_by_time ON feature_flags (environment_id, created_at, id);

CREATE TABLE feature_flag_targets (
    environment_id TEXT NOT NULL,
    flag_id TEXT NOT NULL,
    -- Whose: `user` or `organization`.
    kind TEXT NOT NULL,
    -- The id of the user or the organization.
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, flag_id, id)
);
CREATE INDEX feature_flag_targets_of_flag
    ON feature_flag_targets (environment_id, flag_id, created_at, id);
-- What is on for somebody, and what goes with them.
CREATE INDEX feature_flag_targets_by_id ON feature_flag_targets (environment_id, id, flag_id);

CREATE TABLE organization_entitlements (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    entitlement TEXT NOT NULL,
    PRIMARY KEY (environment_id, organization_id, entitlement)
);
