-- An entry tells by itself whom it can be found by, so that a search asks no other table about those whom it leaves
-- out: beside the audiences, from which days on the member is 13 and counts as 18. Who takes no part has found_level 0,
-- and no terms.
ALTER TABLE search_entries ADD COLUMN audiences TEXT NOT NULL DEFAULT '';
ALTER TABLE search_entries ADD COLUMN turns_13_on INTEGER NOT NULL DEFAULT 99999999;
ALTER TABLE search_entries ADD COLUMN turns_18_on INTEGER NOT NULL DEFAULT 99999999;
UPDATE search_entries SET
    audiences = s.audiences,
    turns_13_on = coalesce(s.turns_13_on, 99999999),
    turns_18_on = coalesce(s.turns_18_on, 99999999),
    terms = CASE s.standing WHEN 0 THEN terms ELSE '' END,
    found_level = CASE s.standing WHEN 0 THEN found_level ELSE 0 END
FROM standings s WHERE s.member_id = search_entries.member_id;
-- These copies follow the standing, whoever writes it.
CREATE TRIGGER standings_changed AFTER UPDATE OF standing, turns_13_on, turns_18_on, audiences, findable ON standings BEGIN
    UPDATE search_entries SET
        audiences = new.audiences,
        turns_13_on = coalesce(new.turns_13_on, 99999999),
        turns_18_on = coalesce(new.turns_18_on, 99999999),
        found_level = CASE new.standing WHEN 0 THEN CAST(substr(new.findable, 1, 1) AS INTEGER) ELSE 0 END
    WHERE member_id = new.member_id;
END;
