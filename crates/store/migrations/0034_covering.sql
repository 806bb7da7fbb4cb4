-- Where a filter asks for a unit and a category that hardly go together, PostgreSQL's planner expects many rows, walks the index of the one and
-- fetches every report to look at the other: 90,000 of a million, up to 1.4 s (docs/adr/0021). With what filters ask for beside the keys, the
-- same walk stays inside the index. Three seconds an index for a million reports.
-- only postgres
DROP INDEX report_unit_due;
CREATE INDEX report_unit_due ON report (unit, open DESC, due_at, seq, created_at, state, assignee, paused_at) INCLUDE (category, commune);
DROP INDEX report_unit_created;
CREATE INDEX report_unit_created ON report (unit, created_at, seq, category, state, commune) INCLUDE (open);
DROP INDEX report_category_created;
CREATE INDEX report_category_created ON report (category, created_at, seq, state) INCLUDE (unit, commune, open);
DROP INDEX report_category_due;
CREATE INDEX report_category_due ON report (category, open DESC, due_at, seq, created_at, state) INCLUDE (unit, commune);
DROP INDEX report_commune_created;
CREATE INDEX report_commune_created ON report (commune, created_at, seq, category, state) INCLUDE (unit, open);
DROP INDEX report_commune_due;
CREATE INDEX report_commune_due ON report (commune, open DESC, due_at, seq, created_at, state) INCLUDE (unit, category);
-- both
