-- Which key a fact is sealed with (A15): the key of persons' data is turned row by row while people go on working. 0: the master's.
ALTER TABLE account_fact ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX account_fact_key ON account_fact (key_id, account_id, name);
