ALTER TABLE accounts DROP COLUMN confirmed_at;
DROP TABLE links;
