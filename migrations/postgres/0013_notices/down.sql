DROP TABLE mail_preferences;
DROP TABLE notices;
DROP TABLE notice_counts;
