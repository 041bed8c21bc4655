CREATE TABLE old_standings (
    member_id BIGINT PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
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
    reach SMALLINT NOT NULL GENERATED ALWAYS AS (GREATEST(
        full_name_audience, email_audience, birth_date_audience, age_audience, gender_audience, country_audience, city_audience, languages_audience, occupation_audience, interests_audience, about_me_audience, last_seen_audience, penpals_audience
    )) STORED
);
-- Lists and exceptions are not known there: what was shown to a list, or with an exception, is shown to nobody.
INSERT INTO old_standings (
    member_id, standing, frozen_at, turns_13_on, turns_18_on, privacy_version,
    full_name_audience, email_audience, birth_date_audience, age_audience, gender_audience, country_audience, city_audience, languages_audience, occupation_audience, interests_audience, about_me_audience, last_seen_audience, penpals_audience
)
SELECT
    o.member_id, o.standing, o.frozen_at, o.turns_13_on, o.turns_13_on + 50000, o.privacy_version + 1,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 0
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 1, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 1
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 2, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 2
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 3, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 3
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 4, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 4
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 5, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 5
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 6, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 6
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 7, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 7
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 8, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 8
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 9, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 9
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 10, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 10
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 11, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 11
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 12, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END,
    CASE WHEN EXISTS (SELECT 1 FROM audience_lists a WHERE a.owner_id = o.member_id AND a.field = 20
        AND a.excepted) THEN 0
        ELSE CASE substr(o.audiences, 21, 1) WHEN '4' THEN 3 WHEN '3' THEN 2 WHEN '2' THEN 1 ELSE 0 END END
FROM standings o;
DROP TABLE standings;
ALTER TABLE old_standings RENAME TO standings;

DROP TABLE audience_lists;
DROP TABLE list_members;
DROP TABLE lists;
DROP TABLE profile_web_handles;
ALTER TABLE profiles DROP COLUMN looking_for;
ALTER TABLE profiles DROP COLUMN relationship;
ALTER TABLE profiles DROP COLUMN education;
ALTER TABLE profiles DROP COLUMN postal_address;
ALTER TABLE profiles DROP COLUMN phone;
CREATE INDEX members_newest ON members (joined_at DESC, id DESC);
