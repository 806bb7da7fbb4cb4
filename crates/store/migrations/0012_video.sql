-- One short video of a report (R1). It is never public: faces and plates in it cannot be covered.
CREATE TABLE report_video (
    id UUID PRIMARY KEY,
    report_id UUID NOT NULL UNIQUE REFERENCES report (id),
    file TEXT NOT NULL,             -- key in the file store
    kind TEXT NOT NULL,             -- mp4, quicktime or 3gpp
    seconds INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
ALTER TABLE report_draft ADD COLUMN video TEXT;   -- JSON: its file is stored, its row comes with the report
ALTER TABLE upload ADD COLUMN video BOOLEAN NOT NULL DEFAULT FALSE; -- a video comes, not a photo
