-- Mails that are to go, and those that could not: to whom and of what. What one says is written when it goes, and it is
-- forgotten when it went.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY NOT NULL,
    -- Whose account it concerns, if anybody's: it is forgotten with them.
    member_id BIGINT REFERENCES members (id) ON DELETE CASCADE,
    -- What it tells: for what is a notice as well, that kind.
    kind SMALLINT NOT NULL,
    -- Sealed: where it goes.
    address BLOB NOT NULL,
    -- The right side of its Message-ID, from when it is first tried on.
    message_domain TEXT,
    made_at BIGINT NOT NULL,
    -- When it is tried next: where somebody is trying it now, when that is given up.
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    -- Why it is not tried any more: 1 it was refused for good, 2 it was tried too often, 3 it cannot be written.
    dead SMALLINT CHECK (dead IN (1, 2, 3))
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE dead IS NULL;
CREATE INDEX outbox_member ON outbox (member_id);
