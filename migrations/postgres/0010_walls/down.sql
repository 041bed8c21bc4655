DROP TABLE post_edits;
DROP TABLE posts;
