-- The search index joins its parts in small steps while nobody waits (`Store::tidy_search`), not inside the transaction of whoever
-- happens to be the sixty-fourth: that held all writers up for as long as a hundred others take (docs/adr/0007).
-- only sqlite
INSERT INTO report_search (report_search, rank) VALUES ('automerge', 0);
-- both
