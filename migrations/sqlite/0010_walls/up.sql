-- What stands on walls: posts, and comments on them, which are posts that have a parent.
CREATE TABLE posts (
    id INTEGER PRIMARY KEY NOT NULL,
    -- Whose wall it stands on.
    wall_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    author_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    parent_id BIGINT REFERENCES posts (id) ON DELETE CASCADE,
    written_at BIGINT NOT NULL,
    edited_at BIGINT,
    -- 1 who is a penpal of the wall's owner, and was when it was chosen, 2 penpals of the wall's owner, 3 members,
    -- 4 everybody.
    audience SMALLINT NOT NULL CHECK (audience IN (1, 2, 3, 4)),
    -- When the audience was chosen.
    chosen_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX posts_wall ON posts (wall_id, written_at DESC, id DESC) WHERE parent_id IS NULL;
CREATE INDEX posts_of_wall ON posts (wall_id);
CREATE INDEX posts_author ON posts (author_id, written_at DESC, id DESC);
CREATE INDEX posts_parent ON posts (parent_id, written_at, id);

-- What a post said before it was edited, for its author.
CREATE TABLE post_edits (
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    -- How many came before it.
    nth INTEGER NOT NULL,
    -- When it was written.
    written_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (post_id, nth)
);
