-- Times (`_at`) are milliseconds since the Unix epoch, UTC. Dates (`_on`) are the number yyyymmdd, so that
-- an age is (today - birth) / 10000 in every dialect and no function of a dialect decides about children.

-- What this database is for; a demo refuses to move in with anything else.
CREATE TABLE purposes (
    purpose TEXT PRIMARY KEY NOT NULL
);

-- Every handle that was ever given, as its SHA-256 digest: none is given twice, and of one who was erased
-- not even the handle is left to read.
CREATE TABLE handles (
    digest BLOB PRIMARY KEY NOT NULL
);

-- Content: who one is on the page.
CREATE TABLE members (
    id INTEGER PRIMARY KEY NOT NULL,
    handle TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    joined_at BIGINT NOT NULL
);
CREATE INDEX members_newest ON members (joined_at DESC, id DESC);

-- How one comes in. The e-mail address is a governed column.
CREATE TABLE accounts (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
);

-- Policy: what decisions look at. No content; the two dates say when doors open, not who is old. The last
-- column is the widest of the audiences: for a visitor, only who shows something exists.
CREATE TABLE standings (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    standing SMALLINT NOT NULL,
    frozen_at BIGINT,
    turns_13_on INTEGER,
    turns_18_on INTEGER,
    privacy_version BIGINT NOT NULL DEFAULT 1,
    full_name_audience SMALLINT NOT NULL CHECK (full_name_audience BETWEEN 0 AND 3),
    email_audience SMALLINT NOT NULL CHECK (email_audience BETWEEN 0 AND 1),
    birth_date_audience SMALLINT NOT NULL CHECK (birth_date_audience BETWEEN 0 AND 3),
    age_audience SMALLINT NOT NULL CHECK (age_audience BETWEEN 0 AND 3),
    gender_audience SMALLINT NOT NULL CHECK (gender_audience BETWEEN 0 AND 3),
    country_audience SMALLINT NOT NULL CHECK (country_audience BETWEEN 0 AND 3),
    city_audience SMALLINT NOT NULL CHECK (city_audience BETWEEN 0 AND 3),
    languages_audience SMALLINT NOT NULL CHECK (languages_audience BETWEEN 0 AND 3),
    occupation_audience SMALLINT NOT NULL CHECK (occupation_audience BETWEEN 0 AND 3),
    interests_audience SMALLINT NOT NULL CHECK (interests_audience BETWEEN 0 AND 3),
    about_me_audience SMALLINT NOT NULL CHECK (about_me_audience BETWEEN 0 AND 3),
    last_seen_audience SMALLINT NOT NULL CHECK (last_seen_audience BETWEEN 0 AND 3),
    penpals_audience SMALLINT NOT NULL CHECK (penpals_audience BETWEEN 0 AND 3),
    reach SMALLINT NOT NULL GENERATED ALWAYS AS (MAX(
        full_name_audience, email_audience, birth_date_audience, age_audience,
        gender_audience, country_audience, city_audience, languages_audience,
        occupation_audience, interests_audience, about_me_audience, last_seen_audience,
        penpals_audience
    )) STORED
);

-- Content: the governed columns.
CREATE TABLE profiles (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    full_name TEXT,
    birth_on INTEGER,
    gender SMALLINT,
    country TEXT,
    city TEXT,
    occupation TEXT,
    about_me TEXT
);

CREATE TABLE profile_languages (
    member_id BIGINT NOT NULL REFERENCES profiles (member_id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    fluency SMALLINT NOT NULL,
    PRIMARY KEY (member_id, language)
);

CREATE TABLE profile_interests (
    member_id BIGINT NOT NULL REFERENCES profiles (member_id) ON DELETE CASCADE,
    interest SMALLINT NOT NULL,
    PRIMARY KEY (member_id, interest)
);

-- Content that changes often, apart from content that does not.
CREATE TABLE presences (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    last_seen_at BIGINT NOT NULL
);

-- Policy: a bond is two rows, one from each side.
CREATE TABLE bonds (
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    penpal_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, penpal_id),
    CHECK (member_id <> penpal_id)
);
CREATE INDEX bonds_newest ON bonds (member_id, since_at DESC, penpal_id DESC);
CREATE INDEX bonds_of_penpal ON bonds (penpal_id);

-- Policy: who asked whom. A declined one stays, unknown to the one who asked.
CREATE TABLE bond_requests (
    id INTEGER PRIMARY KEY NOT NULL,
    from_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    to_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    asked_at BIGINT NOT NULL,
    declined_at BIGINT,
    withdrawn BOOLEAN NOT NULL,
    UNIQUE (from_id, to_id),
    CHECK (from_id <> to_id)
);
CREATE INDEX bond_requests_to ON bond_requests (to_id);

-- Policy: who blocked whom. The entry keeps the handle, so that a block list looks the same whatever
-- became of the blocked; for the same reason the blocked member is no foreign key, and may be nobody.
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY NOT NULL,
    blocker_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    blocked_id BIGINT,
    handle TEXT NOT NULL,
    blocked_at BIGINT NOT NULL,
    UNIQUE (blocker_id, handle)
);
CREATE INDEX blocks_pair ON blocks (blocker_id, blocked_id);
CREATE INDEX blocks_of_blocked ON blocks (blocked_id);

-- A session's token is known by its digest alone.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY NOT NULL,
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    token_digest BLOB NOT NULL UNIQUE,
    bearer BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Devices that signed in before, by digest.
CREATE TABLE devices (
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    token_digest BLOB NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, token_digest)
);

-- Screening tokens that made an account: each makes one.
CREATE TABLE used_screenings (
    digest BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Birth dates that a member states and staff must confirm.
CREATE TABLE birth_date_requests (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    birth_on INTEGER NOT NULL,
    asked_at BIGINT NOT NULL
);

-- What remains of an account that was erased: that there was one, when it went, and why.
CREATE TABLE tombstones (
    id INTEGER PRIMARY KEY NOT NULL,
    erased_at BIGINT NOT NULL,
    reason TEXT NOT NULL
);
