-- Authorization: resources of organizations, and who holds which role on what.

-- Who holds which role. A role on the organization itself has the organization's id for a resource.
CREATE TABLE role_assignments (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    membership_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- The key is what a check looks for.
    PRIMARY KEY (environment_id, membership_id, resource_id, role_id),
    UNIQUE (environment_id, id)
);
CREATE INDEX role_assignments_on_resource
    ON role_assignments (environment_id, resource_id, created_at, id);
CREATE INDEX role_assignments_by_role ON role_assignments (environment_id, role_id);

INSERT INTO role_assignments
    (environment_id, id, membership_id, organization_id, resource_id, role_id, created_at)
SELECT a.environment_id, 'role_assignment_' || a.membership_id || '_' || a.role_id,
       a.membership_id, a.organization_id, a.organization_id, a.role_id, m.created_at
FROM membership_roles a
JOIN organization_memberships m
  ON m.environment_id = a.environment_id AND m.id = a.membership_id;
DROP TABLE membership_roles;

-- The roles that groups hold, and with them all their members.
CREATE TABLE group_role_assignments (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, group_id, resource_id, role_id),
    UNIQUE (environment_id, id)
);
CREATE INDEX group_role_assignments_on_resource
    ON group_role_assignments (environment_id, resource_id, created_at, id);
CREATE INDEX group_role_assignments_by_role ON group_role_assignments (environment_id, role_id);
ALTER TABLE group_members ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;

-- What an application's customers have below their organization.
CREATE TABLE authorization_resources (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    resource_type_slug TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- The resource directly above, or the organization.
    parent_id TEXT NOT NULL,
    -- The ids of all resources above, the nearest first, with a space after each.
    ancestors TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, organization_id, resource_type_slug, external_id)
);
CREATE INDEX authorization_resources_of_organization
    ON authorization_resources (environment_id, organization_id, created_at, id);
CREATE INDEX authorization_resources_of_type
    ON authorization_resources (environment_id, resource_type_slug, organization_id, created_at, id);
CREATE INDEX authorization_resources_of_parent
    ON authorization_resources (environment_id, parent_id, created_at, id);
