-- Answers to a category's questions, keys for other systems, and what those systems say about who reported (R12).

-- JSON: {"question": ["answer", …]}
ALTER TABLE report ADD COLUMN answers TEXT NOT NULL DEFAULT '{}';

CREATE TABLE api_key (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    hash BYTEA NOT NULL,            -- keyed; the key itself is shown once and kept nowhere
    ending TEXT NOT NULL,           -- its last four characters, to tell keys apart
    may_create BOOLEAN NOT NULL,    -- else it may only read
    per_minute INTEGER NOT NULL,
    per_day INTEGER NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id), -- kind 'integration': in whose name its reports stand
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);

-- Sealed for its report: name, phone, e-mail and device as another system gave them. Never shown in public.
CREATE TABLE report_contact (
    report_id UUID PRIMARY KEY,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- What Open311 and the open data files read: exactly the public reports, in the order of time, of all or of one category.
CREATE INDEX report_public_time ON report (created_at, seq, open) WHERE public = TRUE AND hidden_why IS NULL;
CREATE INDEX report_public_category ON report (category, created_at, seq, open) WHERE public = TRUE AND hidden_why IS NULL;
-- The public list is read in them, too.
DROP INDEX IF EXISTS report_public;
