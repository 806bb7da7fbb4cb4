-- Hồ sơ (N6, N14). At the national portal: what connected provinces say of the dossiers they handle, each in its newest state with all before it.
-- Whose a dossier is, is the personal number alone: sealed, and found by the keyed hash that facts of accounts are found by.
CREATE TABLE national_dossier (
    id UUID PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES oidc_client (id),
    code TEXT NOT NULL,             -- as the province numbers it; two provinces may use the same
    procedure_code TEXT NOT NULL,
    number_hash BYTEA NOT NULL,
    sealed BYTEA NOT NULL,          -- the number, to find it by another key after a turn
    key_id BIGINT NOT NULL,
    state INTEGER NOT NULL,         -- the national code
    state_at BIGINT NOT NULL,       -- when it took that state, as the province says
    event TEXT NOT NULL,            -- the step that brought it; of two at one moment the one that sorts last
    due_at BIGINT,
    link TEXT NOT NULL,             -- its page at the province; empty: none
    told_at BIGINT NOT NULL         -- when the province told us the newest
);
CREATE UNIQUE INDEX national_dossier_code ON national_dossier (client_id, code);
CREATE INDEX national_dossier_number ON national_dossier (number_hash, state_at);
CREATE INDEX national_dossier_key ON national_dossier (key_id, id);
CREATE INDEX national_dossier_age ON national_dossier (state_at);

-- Each step that was told, once.
CREATE TABLE national_dossier_event (
    client_id TEXT NOT NULL,
    event TEXT NOT NULL,
    dossier_id UUID NOT NULL REFERENCES national_dossier (id),
    state INTEGER NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, event)
);
CREATE INDEX national_dossier_event_dossier ON national_dossier_event (dossier_id, at);

-- At a province: dossiers of its own one-stop systems (hệ thống một cửa) as they told them, without anybody's number. What goes on to the portal
-- waits in the outbox, put there in the same transaction.
CREATE TABLE told_dossier (
    code TEXT PRIMARY KEY,
    procedure_code TEXT NOT NULL,
    state INTEGER NOT NULL,
    state_at BIGINT NOT NULL,
    event TEXT NOT NULL,
    due_at BIGINT
);
CREATE TABLE told_dossier_event (
    event TEXT PRIMARY KEY,
    code TEXT NOT NULL REFERENCES told_dossier (code),
    state INTEGER NOT NULL,
    at BIGINT NOT NULL,
    api_key_id UUID,                -- whose word it is; NULL: the demo's
    told_at BIGINT NOT NULL
);
CREATE INDEX told_dossier_event_code ON told_dossier_event (code, at);
CREATE INDEX told_dossier_age ON told_dossier (state_at);

-- A key of another system may tell states of dossiers (R12, N14).
ALTER TABLE api_key ADD COLUMN may_tell_dossiers BOOLEAN NOT NULL DEFAULT FALSE;
