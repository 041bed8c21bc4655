-- To whom news of what others did may be due by mail. Whether there is any for them is asked when it is.
CREATE TABLE news (
    member_id BIGINT PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- What was before was told by mail, or is not to be.
    since BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX news_due ON news (due_at);
