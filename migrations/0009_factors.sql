-- Recovery codes of crates/signin.

-- Codes with which a user takes the second step without a factor. A code is long and random, so a
-- digest is kept; one that was used stays, to tell how many there were.
CREATE TABLE recovery_codes (
    environment_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, user_id, digest)
);
