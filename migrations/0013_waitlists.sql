-- Waitlists, and links that sign in by mail.

CREATE TABLE waitlists (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX waitlists_in_order ON waitlists (environment_id, created_at, id);
CREATE UNIQUE INDEX waitlists_default ON waitlists (environment_id) WHERE is_default;

CREATE TABLE waitlist_entries (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    waitlist_id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    state TEXT NOT NULL,
    approved_at BIGINT,
    additional_fields TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, email_folded)
);
CREATE INDEX waitlist_entries_in_order
    ON waitlist_entries (environment_id, waitlist_id, created_at, id);
CREATE INDEX waitlist_entries_by_state
    ON waitlist_entries (environment_id, waitlist_id, state, created_at, id);
