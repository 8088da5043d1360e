-- What a membership, or the members of a group, may not do on a resource and below it, whatever
-- roles they hold.
CREATE TABLE authorization_exclusions (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    membership_id TEXT,
    group_id TEXT,
    -- Every permission where there is none.
    permission_slug TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX authorization_exclusions_on_resource
    ON authorization_exclusions (environment_id, resource_id, created_at, id);
CREATE INDEX authorization_exclusions_of_organization
    ON authorization_exclusions (environment_id, organization_id, created_at, id);
CREATE INDEX authorization_exclusions_of_membership
    ON authorization_exclusions (environment_id, membership_id);
CREATE INDEX authorization_exclusions_of_group
    ON authorization_exclusions (environment_id, group_id);
CREATE INDEX authorization_exclusions_by_permission
    ON authorization_exclusions (environment_id, permission_slug);
