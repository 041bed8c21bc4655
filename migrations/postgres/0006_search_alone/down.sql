DROP TRIGGER standings_changed ON standings;
DROP FUNCTION standings_changed;
ALTER TABLE search_entries DROP COLUMN turns_18_on;
ALTER TABLE search_entries DROP COLUMN turns_13_on;
ALTER TABLE search_entries DROP COLUMN audiences;
