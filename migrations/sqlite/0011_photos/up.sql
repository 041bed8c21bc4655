-- A member's albums. What lies in one is seen by those whom both its audience and the photo's name.
CREATE TABLE albums (
    id INTEGER PRIMARY KEY NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    -- 0 the owner alone, 2 penpals, 3 members, 4 the public.
    audience SMALLINT NOT NULL CHECK (audience IN (0, 2, 3, 4)),
    created_at BIGINT NOT NULL
);
CREATE INDEX albums_owner ON albums (owner_id, created_at DESC, id DESC);

CREATE TABLE photos (
    id INTEGER PRIMARY KEY NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- An album that is deleted has narrowed its photos' audiences to its own first.
    album_id BIGINT REFERENCES albums (id) ON DELETE SET NULL,
    audience SMALLINT NOT NULL CHECK (audience IN (0, 2, 3, 4)),
    caption TEXT,
    -- Pixels of the largest size.
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX photos_owner ON photos (owner_id, created_at DESC, id DESC);
CREATE INDEX photos_album ON photos (album_id);

-- The files that are kept, or are about to be: a name without a photo is of files that nobody needs, once the upload that
-- began it is over.
CREATE TABLE photo_files (
    name TEXT PRIMARY KEY NOT NULL,
    photo_id BIGINT REFERENCES photos (id) ON DELETE SET NULL,
    begun_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX photo_files_photo ON photo_files (photo_id);

-- The one photo that stands for a member.
CREATE TABLE profile_photos (
    member_id INTEGER PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    photo_id BIGINT NOT NULL REFERENCES photos (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX profile_photos_photo ON profile_photos (photo_id);

-- Leave to send one photo. To use it is to delete it.
CREATE TABLE photo_tickets (
    digest BLOB PRIMARY KEY NOT NULL,
    member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX photo_tickets_member ON photo_tickets (member_id);
CREATE INDEX photo_tickets_expires ON photo_tickets (expires_at);
