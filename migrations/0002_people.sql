-- The tables of crates/people.

-- Organizations.

CREATE TABLE organizations (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    external_id TEXT,
    stripe_customer_id TEXT,
    allow_profiles_outside_organization BOOLEAN NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, external_id),
    UNIQUE (environment_id, stripe_customer_id)
);
CREATE INDEX organizations_in_order ON organizations (environment_id, created_at, id);

CREATE TABLE organization_domains (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    domain TEXT NOT NULL,
    state TEXT NOT NULL,
    strategy TEXT NOT NULL,
    prefix TEXT NOT NULL,
    token TEXT NOT NULL,
    -- The look-up that is due next, when verification was last asked for, and when it fails.
    check_number BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, organization_id, domain)
);
CREATE INDEX organization_domains_by_name ON organization_domains (environment_id, domain, state);
-- Many may wait for a domain, one has it.
CREATE UNIQUE INDEX organization_domains_verified ON organization_domains (environment_id, domain)
    WHERE state = 'verified';

-- users
CREATE TABLE users (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    -- The address in lower case: it is unique and looked up by this.
    email_folded TEXT NOT NULL,
    email_verified BOOLEAN NOT NULL,
    first_name TEXT,
    last_name TEXT,
    name TEXT,
    profile_picture_url TEXT,
    external_id TEXT,
    metadata TEXT NOT NULL,
    locale TEXT,
    last_sign_in_at BIGINT,
    -- Sessions that began before this instant are over.
    sessions_valid_after BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX users_by_email ON users (environment_id, email_folded);
CREATE UNIQUE INDEX users_by_external_id ON users (environment_id, external_id);
CREATE INDEX users_in_order ON users (environment_id, created_at, id);

-- codes
CREATE TABLE one_time_codes (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- The address that the code was sent to.
    email TEXT NOT NULL,
    sealed_code BYTEA NOT NULL,
    wrong_attempts BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
-- Finds the newest code of a user, the only one that counts.
CREATE INDEX one_time_codes_of_user
    ON one_time_codes (environment_id, user_id, purpose, created_at, id);
CREATE INDEX one_time_codes_by_age ON one_time_codes (environment_id, expires_at);

-- passwords
CREATE TABLE passwords (
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, user_id)
);
CREATE TABLE former_passwords (
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (environment_id, user_id, id)
);

-- identities
CREATE TABLE identities (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    idp_id TEXT NOT NULL,
    -- The address of the account, in lower case.
    email_folded TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX identities_by_account ON identities (environment_id, provider, idp_id);
CREATE INDEX identities_of_user ON identities (environment_id, user_id, created_at, id);

-- Permissions and roles.

CREATE TABLE permissions (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    is_system BOOLEAN NOT NULL,
    resource_type_slug TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, slug)
);
CREATE INDEX permissions_in_order ON permissions (environment_id, created_at, id);

-- Roles of the environment, and those of one organization.
CREATE TABLE roles (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    resource_type_slug TEXT NOT NULL,
    -- The place among the roles of the environment, the lowest first.
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (environment_id, organization_id, slug)
);
-- No two NULLs are equal, so the roles of the environment need an index of their own.
CREATE UNIQUE INDEX roles_of_environment ON roles (environment_id, slug)
    WHERE organization_id IS NULL;
-- A slug is looked for in both scopes when a role is made.
CREATE INDEX roles_by_slug ON roles (environment_id, slug);

CREATE TABLE role_permissions (
    environment_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    permission_slug TEXT NOT NULL,
    PRIMARY KEY (environment_id, role_id, permission_slug)
);
CREATE INDEX role_permissions_by_slug ON role_permissions (environment_id, permission_slug);

-- The order of roles, and the default one, of an organization that has roles of its own.
CREATE TABLE role_orders (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    is_default BOOLEAN NOT NULL,
    PRIMARY KEY (environment_id, organization_id, role_id)
);
CREATE INDEX role_orders_by_role ON role_orders (environment_id, role_id);

CREATE TABLE membership_roles (
    environment_id TEXT NOT NULL,
    membership_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    PRIMARY KEY (environment_id, membership_id, role_id)
);
CREATE INDEX membership_roles_by_role ON membership_roles (environment_id, role_id);
CREATE INDEX membership_roles_by_organization
    ON membership_roles (environment_id, organization_id);

-- Memberships, groups, invitations.

CREATE TABLE organization_memberships (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    status TEXT NOT NULL,
    directory_managed BOOLEAN NOT NULL,
    custom_attributes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    -- Nobody is a member twice.
    UNIQUE (environment_id, user_id, organization_id)
);
CREATE INDEX organization_memberships_of_user
    ON organization_memberships (environment_id, user_id, created_at, id);
CREATE INDEX organization_memberships_of_organization
    ON organization_memberships (environment_id, organization_id, created_at, id);

CREATE TABLE organization_groups (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX organization_groups_of_organization
    ON organization_groups (environment_id, organization_id, created_at, id);

CREATE TABLE group_members (
    environment_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    membership_id TEXT NOT NULL,
    PRIMARY KEY (environment_id, group_id, membership_id)
);
CREATE INDEX group_members_by_membership ON group_members (environment_id, membership_id);

CREATE TABLE invitations (
    environment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    organization_id TEXT,
    inviter_user_id TEXT,
    accepted_user_id TEXT,
    role_slug TEXT,
    -- An invitation that is neither accepted nor revoked. One that expired stays open until the
    -- same person is invited again.
    is_open BOOLEAN NOT NULL,
    accepted_at BIGINT,
    revoked_at BIGINT,
    expires_at BIGINT NOT NULL,
    -- The API shows the token again and again, so it is kept sealed. It is looked up by its digest.
    sealed_token BYTEA NOT NULL,
    token_digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    UNIQUE (token_digest)
);
CREATE INDEX invitations_in_order ON invitations (environment_id, created_at, id);
CREATE INDEX invitations_by_email ON invitations (environment_id, email_folded, created_at, id);
CREATE INDEX invitations_of_organization
    ON invitations (environment_id, organization_id, created_at, id);
-- Nobody is invited to the same place twice at once.
CREATE UNIQUE INDEX invitations_open_to_organization
    ON invitations (environment_id, organization_id, email_folded)
    WHERE is_open AND organization_id IS NOT NULL;
CREATE UNIQUE INDEX invitations_open_to_application
    ON invitations (environment_id, email_folded)
    WHERE is_open AND organization_id IS NULL;
