-- Photos that come in pieces over a weak network (R2): what has arrived so far. The pieces lie in the file store.
CREATE TABLE upload (
    id UUID PRIMARY KEY,            -- also the photo's id, in a draft and in a report
    account_id UUID NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,             -- as the person's phone called it; only shown
    size BIGINT NOT NULL,           -- as announced
    received BIGINT NOT NULL DEFAULT 0,
    pieces TEXT NOT NULL DEFAULT '[]', -- JSON: keys in the file store, in their order
    photo TEXT,                     -- JSON: the finished photo, as drafts keep it
    taken_for TEXT,                 -- the form it goes with: a photo stands in one report
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upload_account ON upload (account_id, created_at);
CREATE INDEX upload_expires ON upload (expires_at);

-- «Tôi cũng gặp» (R5): what is open and public in a cell of the map, with its place, so that the index alone answers.
CREATE INDEX report_near ON report (category, cell, lat, lon, seq) WHERE open = TRUE AND public = TRUE AND hidden_why IS NULL;
