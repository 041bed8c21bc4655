-- What is sealed here stands in no text: the version of its key, a nonce and what was made of it; to be found, it has a
-- keyed hash beside it.

-- Tables are written anew as a whole, which takes as long as it takes.
SET LOCAL statement_timeout = 0;

-- The keys with which anything here is sealed, each by a mark that tells nothing of it.
CREATE TABLE sealing_keys (
    version SMALLINT PRIMARY KEY,
    mark BYTEA NOT NULL
);

-- What earlier versions kept in the clear. SQL cannot seal: the program does, right after this, and then drops the table.
CREATE TABLE unsealed (
    member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
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
    member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    email BYTEA NOT NULL,
    email_hash BYTEA NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
);

-- A column that is dropped stays in the rows, unseen, until they are written again: a change of type writes them all.
ALTER TABLE profiles ALTER COLUMN phone TYPE BYTEA USING NULL, ALTER COLUMN postal_address TYPE BYTEA USING NULL;
