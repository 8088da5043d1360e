-- How people may sign in: organizations have a say, sessions know how they began, and somebody may
-- act as a user.

-- What an organization sets for itself; what it does not name is as in the environment.
CREATE TABLE organization_sign_in_policies (
    environment_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    policy TEXT NOT NULL,
    -- The same as in the policy, for the statement that lists the sessions that go on.
    inactivity_seconds BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, organization_id)
);

-- Whether a second factor was proved when the session began.
ALTER TABLE sessions ADD COLUMN factor_proved BOOLEAN NOT NULL DEFAULT FALSE;

-- Links by which somebody acts as a user.
CREATE TABLE impersonations (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    user_id TEXT NOT NULL,
    organization_id TEXT,
    email TEXT NOT NULL,
    reason TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (environment_id, digest)
);
CREATE INDEX impersonations_by_end ON impersonations (environment_id, expires_at);
CREATE INDEX impersonations_of_user ON impersonations (environment_id, user_id);

-- Sign-up was open or not; now it may be a waitlist, too.
UPDATE settings SET value =
    REPLACE(REPLACE(value, '"sign_up":true', '"sign_up":"open"'),
            '"sign_up":false', '"sign_up":"closed"')
    WHERE name = 'sign_in_policy';
