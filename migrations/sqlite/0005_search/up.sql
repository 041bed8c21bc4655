-- Policy: who can find a member, a digit a way: by search, by handle, by e-mail address. 0 nobody, 2 penpals,
-- 3 members, 4 visitors too. Members of before begin as teens do.
ALTER TABLE standings ADD COLUMN findable TEXT NOT NULL DEFAULT '330' CHECK (
    length(findable) = 3 AND findable NOT GLOB '*[^0234]*' AND substr(findable, 3, 1) <= '3'
);

-- What a member is searched by, copied from content whenever that, or an audience, changes. Tags and words are
-- all there are; terms are those alone that whoever is signed in may see, and with a p before them those that
-- everybody may. The levels are digits: of the audience
-- of when they joined, and of those who can find them by search.
CREATE TABLE search_entries (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    tags TEXT NOT NULL,
    words TEXT NOT NULL,
    terms TEXT NOT NULL,
    birth_on INTEGER,
    joined_on INTEGER NOT NULL,
    joined_level SMALLINT NOT NULL,
    found_level SMALLINT NOT NULL
);
CREATE INDEX search_entries_newest ON search_entries (joined_on DESC, member_id DESC)
    WHERE joined_level >= 3;
CREATE INDEX search_entries_newest_public ON search_entries (joined_on DESC, member_id DESC)
    WHERE joined_level >= 4;

CREATE VIRTUAL TABLE search_terms USING fts5 (
    terms, content = 'search_entries', content_rowid = 'member_id', tokenize = 'ascii', detail = 'column'
);
-- What is deleted is gone from the index, too, and not only marked as gone.
INSERT INTO search_terms (search_terms, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_terms (rowid, terms) VALUES (new.member_id, new.terms);
END;
CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries WHEN old.terms <> new.terms BEGIN
    INSERT INTO search_terms (search_terms, rowid, terms) VALUES ('delete', old.member_id, old.terms);
    INSERT INTO search_terms (rowid, terms) VALUES (new.member_id, new.terms);
END;
CREATE TRIGGER search_entries_gone AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_terms (search_terms, rowid, terms) VALUES ('delete', old.member_id, old.terms);
END;

-- The digit of the audience of when a member was last seen: the index holds those alone who show it.
ALTER TABLE presences ADD COLUMN level SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX presences_latest ON presences (last_seen_at / 60000 DESC, member_id DESC) WHERE level >= 3;
CREATE INDEX presences_latest_public ON presences (last_seen_at / 60000 DESC, member_id DESC)
    WHERE level >= 4;
