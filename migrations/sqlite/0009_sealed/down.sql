-- SQL cannot open what is sealed: there is a way back only while nobody has an account, or from a backup.
CREATE TABLE accounts_are_sealed (n INTEGER NOT NULL CHECK (n = 0));
INSERT INTO accounts_are_sealed SELECT count(*) FROM accounts;
DROP TABLE accounts_are_sealed;

ALTER TABLE profiles DROP COLUMN postal_address;
ALTER TABLE profiles DROP COLUMN phone;
ALTER TABLE profiles ADD COLUMN phone TEXT;
ALTER TABLE profiles ADD COLUMN postal_address TEXT;

DROP TABLE accounts;
CREATE TABLE accounts (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
);
-- Where nothing was sealed yet, all is still here.
CREATE TABLE IF NOT EXISTS unsealed (
    member_id INTEGER PRIMARY KEY NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    phone TEXT,
    postal_address TEXT
);
INSERT INTO accounts SELECT member_id, email, email_folded, password_hash FROM unsealed;
UPDATE profiles SET
    phone = (SELECT u.phone FROM unsealed u WHERE u.member_id = profiles.member_id),
    postal_address = (SELECT u.postal_address FROM unsealed u WHERE u.member_id = profiles.member_id);
DROP TABLE unsealed;
DROP TABLE sealing_keys;
