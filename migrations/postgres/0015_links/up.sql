-- Links in mails, each of which is good for one thing, once: by its id, which stands sealed in the link itself.
CREATE TABLE links (
    id BIGINT PRIMARY KEY NOT NULL,
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- What it is good for: 1 the address is the member's, 2 another password, 3 another address.
    kind SMALLINT NOT NULL CHECK (kind IN (1, 2, 3)),
    -- Sealed: the other address.
    address BYTEA CHECK ((kind = 3) = (address IS NOT NULL)),
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_member ON links (member_id);
CREATE INDEX links_expired ON links (expires_at);
-- When somebody who reads mail at the address said that it is theirs.
ALTER TABLE accounts ADD COLUMN confirmed_at BIGINT;
