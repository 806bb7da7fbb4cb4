-- Every question to the population registry (CSDL quốc gia về dân cư) with its purpose and what came of it (A7, A18, N16). Neither the
-- number nor the name that was asked about stands here; the registry has the same request id.
CREATE TABLE registry_question (
    id UUID PRIMARY KEY,            -- the request id, ours and the registry's
    account_id UUID,                -- who asked about themselves; NULL once the account is deleted
    procedure TEXT NOT NULL,
    officer TEXT NOT NULL,          -- an officer, or the system where the person asks
    asked_at BIGINT NOT NULL,
    answered_at BIGINT,             -- NULL: on its way, or the answer never came
    outcome TEXT NOT NULL,          -- asked | match | mismatch | unknown | away | refused
    full_name TEXT,                 -- match | mismatch | silent
    birth_date TEXT,
    sex TEXT
);
CREATE INDEX registry_question_account ON registry_question (account_id, asked_at);
