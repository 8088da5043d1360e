-- The tables of crates/messages.

-- Messages that nothing else carries. The content is sealed: it holds one-time codes and links.
CREATE TABLE inbox_messages (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    content BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX inbox_messages_newest ON inbox_messages (environment_id, created_at, id);
