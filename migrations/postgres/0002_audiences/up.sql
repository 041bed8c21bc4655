-- The member's own lists of penpals.
CREATE TABLE lists (
    id BIGINT PRIMARY KEY NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (owner_id, name_folded)
);

-- Policy: who stands on a list. An entry outlives the bond: who is excepted stays so.
CREATE TABLE list_members (
    list_id BIGINT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (list_id, member_id)
);
CREATE INDEX list_members_of_member ON list_members (member_id, list_id);

-- Policy: the lists to which a field is shown, and those who are excepted from its audience. A list that is
-- used here cannot be deleted: to lose an exception would widen.
CREATE TABLE audience_lists (
    owner_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    field SMALLINT NOT NULL,
    list_id BIGINT NOT NULL REFERENCES lists (id),
    excepted BOOLEAN NOT NULL,
    PRIMARY KEY (owner_id, field, list_id)
);
CREATE INDEX audience_lists_of_list ON audience_lists (list_id);

-- Audiences as one text, a digit a field in the order of the list of governed fields: 0 only me, 1 lists,
-- 2 penpals, 3 members, 4 public. E-mail address, telephone number and postal address (2, 13, 14) are never
-- wider than penpals. A member counts as an adult from the first of the month after the birthday.
CREATE TABLE new_standings (
    member_id BIGINT PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    standing SMALLINT NOT NULL,
    frozen_at BIGINT,
    turns_13_on INTEGER,
    turns_18_on INTEGER,
    privacy_version BIGINT NOT NULL DEFAULT 1,
    uses_lists BOOLEAN NOT NULL DEFAULT FALSE,
    audiences TEXT NOT NULL CHECK (audiences ~ '^[0-4]{22,}$'
        AND substr(audiences, 2, 1) <= '2' AND substr(audiences, 13, 1) <= '2'
        AND substr(audiences, 14, 1) <= '2')
);
INSERT INTO new_standings (
    member_id, standing, frozen_at, turns_13_on, turns_18_on, privacy_version, audiences
)
SELECT
    member_id, standing, frozen_at, turns_13_on,
    CASE WHEN turns_18_on / 100 % 100 = 12 THEN (turns_18_on / 10000 + 1) * 10000 + 101
        ELSE (turns_18_on / 100 + 1) * 100 + 1 END,
    privacy_version + 1,
    -- A field that is new begins as narrow as anybody's does.
    CASE full_name_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE email_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE birth_date_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE age_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE gender_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE country_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE city_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE languages_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE occupation_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE interests_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE about_me_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE last_seen_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    '0' ||
    '0' ||
    '0' ||
    '2' ||
    '0' ||
    '2' ||
    '0' ||
    '2' ||
    CASE penpals_audience WHEN 3 THEN '4' WHEN 2 THEN '3' WHEN 1 THEN '2' ELSE '0' END ||
    CASE WHEN penpals_audience = 0 THEN '0' ELSE '2' END
FROM standings;
DROP TABLE standings;
ALTER TABLE new_standings RENAME TO standings;

-- Nothing is ordered by when somebody joined: it has an audience of its own now.
DROP INDEX members_newest;

ALTER TABLE profiles ADD COLUMN phone TEXT;
ALTER TABLE profiles ADD COLUMN postal_address TEXT;
ALTER TABLE profiles ADD COLUMN education TEXT;
ALTER TABLE profiles ADD COLUMN relationship SMALLINT;
ALTER TABLE profiles ADD COLUMN looking_for TEXT;

CREATE TABLE profile_web_handles (
    member_id BIGINT NOT NULL REFERENCES profiles (member_id) ON DELETE CASCADE,
    place SMALLINT NOT NULL,
    service TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (member_id, place)
);
