-- Kho dữ liệu điện tử cá nhân (N6). At the national portal: papers that a person keeps to use again. The file lies sealed with a key of its own
-- among the files; that key and what the person says of the paper stand here, sealed for this row.
CREATE TABLE document (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    sealed BYTEA NOT NULL,          -- JSON: name, kind, the file's key
    key_id BIGINT NOT NULL,
    media TEXT NOT NULL,            -- pdf | jpeg
    bytes BIGINT NOT NULL,          -- of the file before it was sealed
    width INTEGER,                  -- pixels of a picture
    height INTEGER,
    file TEXT NOT NULL,             -- where it lies
    added_at BIGINT NOT NULL
);
CREATE INDEX document_account ON document (account_id, added_at);
CREATE INDEX document_key ON document (key_id, id);
