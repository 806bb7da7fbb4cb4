-- Where a filter asks for a unit and a category that hardly go together, PostgreSQL's planner expects many rows, walks the index of the one and
-- fetches every report to look at the other: 90,000 of a million, up to 1.4 s (docs/adr/0021). With what filters ask for beside the keys, the
-- same walk stays inside the index. Three seconds an index for a million reports, and only then the
-- old ones go, so that other nodes read on meanwhile.
-- only postgres
CREATE INDEX report_unit_due_2 ON report (unit, open DESC, due_at, seq, created_at, state, assignee, paused_at) INCLUDE (category, commune);
CREATE INDEX report_unit_created_2 ON report (unit, created_at, seq, category, state, commune) INCLUDE (open);
CREATE INDEX report_category_created_2 ON report (category, created_at, seq, state) INCLUDE (unit, commune, open);
CREATE INDEX report_category_due_2 ON report (category, open DESC, due_at, seq, created_at, state) INCLUDE (unit, commune);
CREATE INDEX report_commune_created_2 ON report (commune, created_at, seq, category, state) INCLUDE (unit, open);
CREATE INDEX report_commune_due_2 ON report (commune, open DESC, due_at, seq, created_at, state) INCLUDE (unit, category);
DROP INDEX report_unit_due;
ALTER INDEX report_unit_due_2 RENAME TO report_unit_due;
DROP INDEX report_unit_created;
ALTER INDEX report_unit_created_2 RENAME TO report_unit_created;
DROP INDEX report_category_created;
ALTER INDEX report_category_created_2 RENAME TO report_category_created;
DROP INDEX report_category_due;
ALTER INDEX report_category_due_2 RENAME TO report_category_due;
DROP INDEX report_commune_created;
ALTER INDEX report_commune_created_2 RENAME TO report_commune_created;
DROP INDEX report_commune_due;
ALTER INDEX report_commune_due_2 RENAME TO report_commune_due;
-- both
