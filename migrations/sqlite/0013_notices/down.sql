DROP TABLE notices;
DROP TABLE notice_counts;
