-- When the password was last given in this session: some acts ask for it anew after a while.
ALTER TABLE sessions ADD COLUMN reauthenticated_at BIGINT NOT NULL DEFAULT 0;
