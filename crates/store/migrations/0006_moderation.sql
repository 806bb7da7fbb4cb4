-- Moderation and redaction (R10, R11). What was written stays as it was; beside it stands what everybody may see.
ALTER TABLE report ADD COLUMN shown_title TEXT;                 -- staff's wording for the public; NULL: as written
ALTER TABLE report ADD COLUMN shown_content TEXT;
ALTER TABLE report ADD COLUMN masked TEXT NOT NULL DEFAULT '[]'; -- JSON: words that the author hid; only ever longer
ALTER TABLE report ADD COLUMN flags INTEGER NOT NULL DEFAULT 0; -- open rows of report_flag
CREATE INDEX report_flagged ON report (created_at, seq) WHERE flags > 0;

ALTER TABLE report_photo ADD COLUMN public_file TEXT;           -- the covered copy; NULL: the photo itself
ALTER TABLE report_photo ADD COLUMN boxes TEXT NOT NULL DEFAULT '[]'; -- JSON: what is covered, in thousandths
ALTER TABLE report_photo ADD COLUMN hidden BOOLEAN NOT NULL DEFAULT FALSE; -- by the author, for good

-- «Báo nội dung không phù hợp»; without an account: the platform itself noticed a word.
CREATE TABLE report_flag (
    id UUID PRIMARY KEY,
    report_id UUID NOT NULL,
    account_id UUID REFERENCES account (id),
    reason TEXT NOT NULL,           -- personal | insult | false | spam | other | words
    comment TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    handled_at BIGINT,
    handled_by UUID,
    outcome TEXT                    -- dismissed | hidden | moderated
);
CREATE UNIQUE INDEX report_flag_once ON report_flag (report_id, account_id);
CREATE INDEX report_flag_account ON report_flag (account_id, created_at);

-- What corrections by staff taught the suggestion of a category: how often a word or a pair of words stood in it.
CREATE TABLE category_word (
    category TEXT NOT NULL,
    word TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (category, word)
);
