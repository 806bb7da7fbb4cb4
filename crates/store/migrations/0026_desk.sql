-- An officer who writes a report down for somebody (A19): for which unit they sit at the desk. Empty for everybody else who helps.
ALTER TABLE mandate ADD COLUMN unit TEXT;
