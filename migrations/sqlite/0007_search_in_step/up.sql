-- An entry is of the standing that it was made with: where that changes, it goes, whoever writes the change, and the service
-- writes it anew in the same transaction. So it never says what the standing says no more.
DROP TRIGGER standings_changed;
CREATE TRIGGER standings_changed AFTER UPDATE OF standing, turns_13_on, turns_18_on, audiences, findable ON standings
    WHEN old.standing IS NOT new.standing OR old.turns_13_on IS NOT new.turns_13_on
        OR old.turns_18_on IS NOT new.turns_18_on OR old.audiences IS NOT new.audiences
        OR old.findable IS NOT new.findable BEGIN
    DELETE FROM search_entries WHERE member_id = new.member_id;
END;
