DROP TABLE mail_preferences;
DROP TABLE notices;
DROP TABLE announcements;
DROP TABLE notice_counts;
