-- An entry is of the standing that it was made with: where that changes, it goes, whoever writes the change, and the service
-- writes it anew in the same transaction. So it never says what the standing says no more.
DROP TRIGGER standings_changed ON standings;
CREATE OR REPLACE FUNCTION standings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entries WHERE member_id = new.member_id;
    RETURN NULL;
END $$;
CREATE TRIGGER standings_changed AFTER UPDATE OF standing, turns_13_on, turns_18_on, audiences, findable ON standings
    FOR EACH ROW WHEN (
        (old.standing, old.turns_13_on, old.turns_18_on, old.audiences, old.findable) IS DISTINCT FROM
        (new.standing, new.turns_13_on, new.turns_18_on, new.audiences, new.findable)
    ) EXECUTE FUNCTION standings_changed();
