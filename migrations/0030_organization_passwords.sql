-- What organizations ask of the passwords of their people.

-- What an organization sets for itself; what it does not name is as in the environment.
CREATE TABLE organization_password_policies (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    policy TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, organization_id)
);
