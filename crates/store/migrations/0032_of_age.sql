-- A child comes of age (A19): the code by which the young adult takes the account over. One at a time; a row is a code that may still be answered.
CREATE TABLE child_code (
    child UUID PRIMARY KEY REFERENCES account (id),
    code_hash BYTEA NOT NULL,       -- keyed: nobody reads a code out of the table
    made_by UUID NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX child_code_hash ON child_code (code_hash);
-- How often its guardian was told that the account will be deleted, and when last.
ALTER TABLE child ADD COLUMN warned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE child ADD COLUMN warned_at BIGINT;
CREATE INDEX child_adult ON child (adult_at);
