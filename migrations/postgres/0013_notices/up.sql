-- How far a member's notices have come: each takes the next number.
CREATE TABLE notice_counts (
    member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL
);

-- What the operator tells all members.
CREATE TABLE announcements (
    id BIGINT PRIMARY KEY,
    made_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- The key of the last member who was told; empty when all were.
    told_up_to BIGINT
);

-- What a member is told of: who did something, and to what. Ids alone, of which each look decides what they show.
CREATE TABLE notices (
    id BIGINT PRIMARY KEY,
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    -- 1 SOCIAL, 2 SECURITY, 3 SERVICE, 4 MARKETING.
    category SMALLINT NOT NULL CHECK (category IN (1, 2, 3, 4)),
    -- Who did it; empty where nobody else did.
    sender_id BIGINT REFERENCES members (id) ON DELETE CASCADE,
    -- The post or the comment that it is about.
    post_id BIGINT REFERENCES posts (id) ON DELETE CASCADE,
    announcement_id BIGINT REFERENCES announcements (id) ON DELETE CASCADE,
    made_at BIGINT NOT NULL,
    unread BOOLEAN NOT NULL,
    CHECK (category <> 1 OR sender_id IS NOT NULL)
);
CREATE UNIQUE INDEX notices_member ON notices (member_id, seq);
CREATE INDEX notices_sender ON notices (sender_id);
CREATE INDEX notices_post ON notices (post_id);
CREATE INDEX notices_announcement ON notices (announcement_id);
CREATE INDEX notices_made ON notices (made_at);

-- Which mails a member wants, where they chose: 1 SOCIAL, 4 MARKETING; the others cannot be refused.
CREATE TABLE mail_preferences (
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    category SMALLINT NOT NULL CHECK (category IN (1, 4)),
    wanted BOOLEAN NOT NULL,
    PRIMARY KEY (member_id, category)
);
