DROP TABLE photo_tickets;
DROP TABLE profile_photos;
DROP TABLE photo_files;
DROP TABLE photos;
DROP TABLE albums;
