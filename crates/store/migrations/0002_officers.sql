-- Officers' tools (R5, R6, R8): merging, splitting, asking others, standard texts, reminders; and following a report.

ALTER TABLE report ADD COLUMN duplicate_of UUID;               -- closed because it tells of the same thing as this one
ALTER TABLE report ADD COLUMN parent UUID;                     -- a part of this one, for another unit
ALTER TABLE report ADD COLUMN followers INTEGER NOT NULL DEFAULT 0;
CREATE INDEX report_duplicate_of ON report (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX report_parent ON report (parent) WHERE parent IS NOT NULL;

-- «Tôi cũng gặp»: who is told of each step beside the person who reported.
CREATE TABLE report_follow (
    report_id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (report_id, account_id)
);
CREATE INDEX report_follow_account ON report_follow (account_id, at);

-- A question to another unit, or to somebody outside who answers by a link.
CREATE TABLE report_consult (
    id UUID PRIMARY KEY,
    report_id UUID NOT NULL,
    unit TEXT,                      -- the unit that is asked; NULL: somebody outside
    outside TEXT NOT NULL DEFAULT '', -- the name of who is asked outside
    phone TEXT,                     -- E.164, where the link was sent
    token_hash BYTEA,
    question TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_by UUID NOT NULL,
    expires_at BIGINT NOT NULL,
    answer TEXT NOT NULL DEFAULT '',
    answered_at BIGINT,
    answered_by UUID                -- NULL: by the link
);
CREATE INDEX report_consult_report ON report_consult (report_id, asked_at);
CREATE INDEX report_consult_unit ON report_consult (unit, expires_at) WHERE answered_at IS NULL;
CREATE UNIQUE INDEX report_consult_token ON report_consult (token_hash);

-- Văn bản mẫu: what is written again and again.
CREATE TABLE standard_text (
    id UUID PRIMARY KEY,
    unit TEXT NOT NULL,             -- '*': for the whole province
    category TEXT,                  -- NULL: for all
    act TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by UUID NOT NULL
);
CREATE INDEX standard_text_unit ON standard_text (unit, act);

-- Who was reminded of which deadline; a moved deadline is another one.
CREATE TABLE report_reminder (
    report_id UUID NOT NULL,
    kind TEXT NOT NULL,             -- soon | over | above
    due_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (report_id, kind, due_at)
);
