-- Guests who proved a phone (R3); merged reports are neither listed nor counted, and a merge can be undone (R5).

-- Somebody without an account: an account of the kind 'guest', that nobody can sign in to, and the phone that was proven.
-- One phone may have several rows: who proves it again after a long time may be another person.
CREATE TABLE guest (
    account_id UUID PRIMARY KEY REFERENCES account (id),
    phone_key BYTEA NOT NULL,       -- keyed hash
    phone_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    proved_at BIGINT NOT NULL       -- the last time
);
CREATE INDEX guest_phone ON guest (phone_key, proved_at);

-- Who came to follow a report by a merge, and with which one.
ALTER TABLE report_follow ADD COLUMN via UUID;
UPDATE report_follow SET via = (
    SELECT d.id FROM report d WHERE d.duplicate_of = report_follow.report_id AND d.reporter = report_follow.account_id ORDER BY d.seq LIMIT 1
);

-- Who followed a report when it was merged: they come back when that is undone.
CREATE TABLE report_follow_merged (
    report_id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    at BIGINT NOT NULL,
    via UUID,
    PRIMARY KEY (report_id, account_id)
);
CREATE INDEX report_follow_merged_account ON report_follow_merged (account_id);

-- Lists for everybody leave merged reports out, and so do their indexes: else each row would be looked at (measured on 400,000
-- rows, a page after 100,000 others: 61 ms instead of 3).
DROP INDEX report_public_time;
DROP INDEX report_public_category;
CREATE INDEX report_public_time ON report (created_at, seq, open) WHERE public = TRUE AND hidden_why IS NULL AND duplicate_of IS NULL;
CREATE INDEX report_public_category ON report (category, created_at, seq, open) WHERE public = TRUE AND hidden_why IS NULL AND duplicate_of IS NULL;

-- The figures counted them; the next start counts anew.
DELETE FROM setting WHERE key = 'report-tally-built';
