-- «Cập nhật từ CSDL Quốc gia về Dân cư» (N7). What the population registry said of a thing that is known of a person: a verdict, never a
-- value. It falls with the value that it was said of.
ALTER TABLE account_fact ADD COLUMN registry TEXT;          -- match | mismatch | silent; NULL: not asked about this value
ALTER TABLE account_fact ADD COLUMN registry_at BIGINT;

-- How the last time went. Which fields fit stands with the fields.
CREATE TABLE registry_check (
    account_id UUID PRIMARY KEY,
    asked_at BIGINT,                -- NULL: it was tried, and too often was asked
    outcome TEXT NOT NULL,          -- asked | match | mismatch | silent | unknown | away | refused | too-often
    kept_at BIGINT,                 -- the person saw that something differs, and keeps what is held
    later_until BIGINT              -- nobody could be asked: until then no door is closed for it
);
