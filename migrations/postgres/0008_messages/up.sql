-- Who may write to a member, as the member chose, or began with; to who has no row, penpals may.
CREATE TABLE contact_rules (
    member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    -- 0 nobody, 2 penpals, 3 members.
    writers SMALLINT NOT NULL CHECK (writers IN (0, 2, 3)),
    youngest SMALLINT,
    oldest SMALLINT,
    -- Codes with spaces between them; empty for any.
    countries TEXT NOT NULL,
    share_language BOOLEAN NOT NULL,
    share_interest BOOLEAN NOT NULL,
    least_length INTEGER NOT NULL
);

-- How far a member's mailbox has come: each thing in it, and each change of a conversation, takes the next number.
CREATE TABLE mailboxes (
    member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL
);

CREATE TABLE conversations (
    id BIGINT PRIMARY KEY
);

-- Each of the two has a side of their own, and what one does with it is nothing to the other.
CREATE TABLE conversation_sides (
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    -- Empty where the other is gone.
    other_id BIGINT REFERENCES members (id) ON DELETE SET NULL,
    -- 0 nothing is there, 1 the other's wait as a request, 2 it was accepted or answered, 3 a penpal has written.
    state SMALLINT NOT NULL CHECK (state IN (0, 1, 2, 3)),
    archived BOOLEAN NOT NULL,
    muted BOOLEAN NOT NULL,
    -- The number of the latest message, and of the latest that was read; 0 for none.
    latest_seq BIGINT NOT NULL,
    read_seq BIGINT NOT NULL,
    changed_seq BIGINT NOT NULL,
    -- How many were sent from this side since something of the other's arrived.
    unanswered INTEGER NOT NULL,
    draft TEXT,
    PRIMARY KEY (member_id, conversation_id)
);
CREATE UNIQUE INDEX conversation_sides_pair ON conversation_sides (member_id, other_id);
CREATE INDEX conversation_sides_latest ON conversation_sides (member_id, latest_seq DESC);
CREATE INDEX conversation_sides_changed ON conversation_sides (member_id, changed_seq);
CREATE INDEX conversation_sides_conversation ON conversation_sides (conversation_id);
CREATE INDEX conversation_sides_other ON conversation_sides (other_id);

-- What was written, once. Erased are accounts of children alone, and of them nothing stays.
CREATE TABLE messages (
    id BIGINT PRIMARY KEY,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    sender_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    sent_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- By which its sender's program knows it, as long as the sender has it: to send it twice is to send it once.
    client_key TEXT,
    -- When its receiver read it, where its sender is to know.
    read_at BIGINT,
    -- What it is found by: a term for each of those who have it, and one for each of its words.
    terms TEXT NOT NULL,
    indexed TSVECTOR NOT NULL GENERATED ALWAYS AS (
        array_to_tsvector(array_remove(string_to_array(terms, ' '), ''))
    ) STORED
);
CREATE UNIQUE INDEX messages_client_key ON messages (sender_id, client_key);
CREATE INDEX messages_conversation ON messages (conversation_id);
CREATE INDEX messages_indexed ON messages USING gin (indexed) WITH (fastupdate = off);

-- Who has which message, and where in their mailbox. What never arrived has no entry of its receiver's, and its sender
-- cannot tell.
CREATE TABLE mailbox_entries (
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    mine BOOLEAN NOT NULL,
    PRIMARY KEY (member_id, seq)
);
CREATE INDEX mailbox_entries_conversation ON mailbox_entries (member_id, conversation_id, seq, mine);
CREATE UNIQUE INDEX mailbox_entries_message ON mailbox_entries (message_id, member_id);
CREATE INDEX mailbox_entries_of_conversation ON mailbox_entries (conversation_id);

-- A message that nobody has any more goes, and so does a conversation that has no side. Each is locked before it is looked
-- whether somebody else has it: where both let go at one time, one waits and then sees that the other has.
CREATE FUNCTION mailbox_entries_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM messages WHERE id = old.message_id FOR NO KEY UPDATE;
    DELETE FROM messages WHERE id = old.message_id
        AND NOT EXISTS (SELECT 1 FROM mailbox_entries WHERE message_id = old.message_id);
    RETURN NULL;
END $$;
CREATE TRIGGER mailbox_entries_gone AFTER DELETE ON mailbox_entries
    FOR EACH ROW EXECUTE FUNCTION mailbox_entries_gone();
CREATE FUNCTION conversation_sides_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM conversations WHERE id = old.conversation_id FOR NO KEY UPDATE;
    DELETE FROM conversations WHERE id = old.conversation_id
        AND NOT EXISTS (SELECT 1 FROM conversation_sides WHERE conversation_id = old.conversation_id);
    RETURN NULL;
END $$;
CREATE TRIGGER conversation_sides_gone AFTER DELETE ON conversation_sides
    FOR EACH ROW EXECUTE FUNCTION conversation_sides_gone();

-- What was reported, for moderation: the message in question, or the member, and nothing else.
CREATE TABLE reports (
    id BIGINT PRIMARY KEY,
    reporter_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    accused_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    reason SMALLINT NOT NULL,
    remark TEXT,
    -- A copy, so that it can be looked at when those who have the message have deleted it.
    message_id BIGINT,
    message_body TEXT,
    message_sent_at BIGINT,
    reported_at BIGINT NOT NULL
);
CREATE INDEX reports_reporter ON reports (reporter_id);
CREATE INDEX reports_accused ON reports (accused_id);
