DROP TRIGGER standings_changed;
CREATE TRIGGER standings_changed AFTER UPDATE OF standing, turns_13_on, turns_18_on, audiences, findable ON standings BEGIN
    UPDATE search_entries SET
        audiences = new.audiences,
        turns_13_on = coalesce(new.turns_13_on, 99999999),
        turns_18_on = coalesce(new.turns_18_on, 99999999),
        found_level = CASE new.standing WHEN 0 THEN CAST(substr(new.findable, 1, 1) AS INTEGER) ELSE 0 END
    WHERE member_id = new.member_id;
END;
