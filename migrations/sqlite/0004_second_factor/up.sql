-- A second factor: a key shared with the member's authenticator, sealed under the server's secret. It counts
-- from when a code of it was given; last_step is that of the last code that was used (RFC 6238, 5.2).
CREATE TABLE second_factors (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    sealed_key TEXT NOT NULL,
    enabled_at BIGINT,
    last_step BIGINT NOT NULL DEFAULT 0
);

-- Codes for whoever has lost the authenticator, as digests: each opens once.
CREATE TABLE recovery_codes (
    member_id BIGINT NOT NULL REFERENCES second_factors (member_id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    PRIMARY KEY (member_id, digest)
);
