-- Policy: who can find a member, a digit a way: by search, by handle, by e-mail address. 0 nobody, 2 penpals,
-- 3 members, 4 visitors too. Members of before begin as teens do.
ALTER TABLE standings ADD COLUMN findable TEXT NOT NULL DEFAULT '330' CHECK (
    findable ~ '^[0234]{2}[023]$'
);

-- What a member is searched by, copied from content whenever that, or an audience, changes. Tags and words are
-- all there are; terms are those alone that whoever is signed in may see, and with a p before them those that
-- everybody may. The levels are digits: of the audience
-- of when they joined, and of those who can find them by search.
CREATE TABLE search_entries (
    member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    tags TEXT NOT NULL,
    words TEXT NOT NULL,
    terms TEXT NOT NULL,
    birth_on INTEGER,
    joined_on INTEGER NOT NULL,
    joined_level SMALLINT NOT NULL,
    found_level SMALLINT NOT NULL,
    -- The terms as they are: no dictionary of the database's has a part in it.
    indexed TSVECTOR NOT NULL GENERATED ALWAYS AS (
        array_to_tsvector(array_remove(string_to_array(terms, ' '), ''))
    ) STORED
);
CREATE INDEX search_entries_newest ON search_entries (joined_on DESC, member_id DESC)
    WHERE joined_level >= 3;
CREATE INDEX search_entries_newest_public ON search_entries (joined_on DESC, member_id DESC)
    WHERE joined_level >= 4;
-- Without a list of what waits to be indexed: a search reads the index alone.
CREATE INDEX search_entries_indexed ON search_entries USING gin (indexed) WITH (fastupdate = off);

-- The digit of the audience of when a member was last seen: the index holds those alone who show it.
ALTER TABLE presences ADD COLUMN level SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX presences_latest ON presences ((last_seen_at / 60000) DESC, member_id DESC) WHERE level >= 3;
CREATE INDEX presences_latest_public ON presences ((last_seen_at / 60000) DESC, member_id DESC)
    WHERE level >= 4;
