-- What is sealed here stands in no text: the version of its key, a nonce and what was made of it; to be found, it has a
-- keyed hash beside it.

-- The keys with which anything here is sealed, each by a mark that tells nothing of it.
CREATE TABLE sealing_keys (
    version SMALLINT PRIMARY KEY NOT NULL,
    mark BLOB NOT NULL
);

-- What earlier versions kept in the clear. SQL cannot seal: the program does, right after this, and then drops the table.
CREATE TABLE unsealed (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    phone TEXT,
    postal_address TEXT
);
INSERT INTO unsealed (member_id, email, email_folded, password_hash, phone, postal_address)
SELECT a.member_id, a.email, a.email_folded, a.password_hash, p.phone, p.postal_address
FROM accounts a LEFT JOIN profiles p ON p.member_id = a.member_id;

DROP TABLE accounts;
CREATE TABLE accounts (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    email BLOB NOT NULL,
    email_hash BLOB NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
);

ALTER TABLE profiles DROP COLUMN phone;
ALTER TABLE profiles DROP COLUMN postal_address;
ALTER TABLE profiles ADD COLUMN phone BLOB;
ALTER TABLE profiles ADD COLUMN postal_address BLOB;
