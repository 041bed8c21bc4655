-- An entry never says what its member's standing says no more, whoever writes that. Whether they take part, and from which
-- days on they are of an age, a trigger copies. What an entry holds of audiences is more than a copy: so it goes when they
-- change, and is written anew by whoever knows how, in the same transaction.
DROP TRIGGER standings_changed;
CREATE TRIGGER standings_changed AFTER UPDATE OF standing, turns_13_on, turns_18_on ON standings BEGIN
    UPDATE search_entries SET
        turns_13_on = coalesce(new.turns_13_on, 99999999),
        turns_18_on = coalesce(new.turns_18_on, 99999999),
        found_level = CASE new.standing WHEN 0 THEN CAST(substr(new.findable, 1, 1) AS INTEGER) ELSE 0 END
    WHERE member_id = new.member_id;
END;
CREATE TRIGGER standings_shown AFTER UPDATE OF audiences, findable ON standings
    WHEN old.audiences <> new.audiences OR old.findable <> new.findable BEGIN
    DELETE FROM search_entries WHERE member_id = new.member_id;
END;
