-- PostgreSQL keeps the words of a report's search text beside it. With the words in the index alone, a search for frequent words, which reads
-- reports from the newest and drops those that do not fit, took the words out of every text anew: 28 µs a report (docs/adr/0015). The table is
-- written anew once: half a minute for a million reports.
-- only postgres
DROP INDEX report_search;
ALTER TABLE report ADD COLUMN words TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', folded)) STORED;
CREATE INDEX report_search ON report USING gin (words);
-- both
