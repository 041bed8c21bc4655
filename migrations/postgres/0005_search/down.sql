DROP INDEX presences_latest_public;
DROP INDEX presences_latest;
ALTER TABLE presences DROP COLUMN level;
DROP TABLE search_entries;
ALTER TABLE standings DROP COLUMN findable;
