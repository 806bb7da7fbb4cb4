-- A question that went to the wrong unit or phone was taken back then (R6); its end is that moment, too.
ALTER TABLE report_consult ADD COLUMN recalled_at BIGINT;
