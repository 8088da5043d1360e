-- Calls of agents that were tried and undone (crates/kernel/src/rehearsal.rs).
ALTER TABLE agent_calls ADD COLUMN dry_run BOOLEAN NOT NULL DEFAULT FALSE;
