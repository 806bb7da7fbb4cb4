-- The national portal's catalogue (N10–N12, N14): what each connected system handles, as it says itself, and where it takes people in.
-- OpenID Connect Core 4: where a client is told to begin a sign-in.
ALTER TABLE oidc_client ADD COLUMN initiate_login_uri TEXT;

CREATE TABLE connected_system (
    client_id TEXT PRIMARY KEY REFERENCES oidc_client (id),
    procedures_uri TEXT NOT NULL,   -- a list in JSON, read again and again
    read_at BIGINT,                 -- the last time it answered
    due_at BIGINT NOT NULL,         -- when it is asked next
    failures INTEGER NOT NULL DEFAULT 0,
    digest TEXT NOT NULL DEFAULT '' -- of the list as it stands here; the same list is not written again
);
CREATE INDEX connected_system_due ON connected_system (due_at);

-- One row for each national code, named as the first system that lists it names it.
CREATE TABLE listed_procedure (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    field TEXT NOT NULL,
    level TEXT NOT NULL,            -- commune | province
    folded TEXT NOT NULL,           -- code, name and field without marks, in small letters, for the search
    systems INTEGER NOT NULL        -- how many handle it
);
CREATE INDEX listed_procedure_field ON listed_procedure (field, name);

CREATE TABLE system_procedure (
    client_id TEXT NOT NULL REFERENCES connected_system (client_id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    field TEXT NOT NULL,
    level TEXT NOT NULL,
    page TEXT NOT NULL,             -- a path at the system
    PRIMARY KEY (client_id, code)
);
CREATE INDEX system_procedure_code ON system_procedure (code);
