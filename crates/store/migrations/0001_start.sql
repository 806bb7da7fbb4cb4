-- One text for both engines. SQLite takes PostgreSQL's type names by affinity; what differs stands in blocks that begin with
-- "-- only sqlite" or "-- only postgres" and end with "-- both". Times are UTC milliseconds. Ids are UUIDv7.

-- The province's units, categories and rules: one document a version, never changed, so that every change can be read and undone.
CREATE TABLE province_version (
    version BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,           -- pack | staff | import | revert
    by_account UUID,
    reason TEXT NOT NULL,
    pack_digest TEXT NOT NULL,      -- of the pack that was last taken over
    document TEXT NOT NULL          -- JSON: units, agencies, categories, rules
);

CREATE TABLE boundary_version (
    version BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    by_account UUID,
    name TEXT NOT NULL,
    document BYTEA NOT NULL         -- the GeoJSON as it was given
);

CREATE TABLE account (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,             -- citizen | staff
    phone TEXT,                     -- E.164, proven
    username TEXT,                  -- folded to lower case
    full_name TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '', -- staff: position
    commune TEXT,                   -- code; NULL: Chưa xác định đơn vị
    address TEXT NOT NULL DEFAULT '',
    email TEXT,
    password_hash TEXT,
    must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
    assurance TEXT NOT NULL,        -- phone | verified | high (A13)
    language TEXT NOT NULL,
    text_size INTEGER NOT NULL DEFAULT 100,
    notify_sms BOOLEAN NOT NULL DEFAULT FALSE,
    totp_sealed BYTEA,
    totp_last_step BIGINT NOT NULL DEFAULT 0,
    totp_confirmed_at BIGINT,
    created_at BIGINT NOT NULL,
    created_by UUID,
    updated_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    blocked_at BIGINT,
    block_reason TEXT,
    deleted_at BIGINT,
    demo BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX account_phone ON account (kind, phone);
CREATE UNIQUE INDEX account_username ON account (username);
CREATE INDEX account_commune ON account (commune, created_at);

CREATE TABLE staff_role (
    account_id UUID NOT NULL REFERENCES account (id),
    unit TEXT NOT NULL,             -- unit code; '*' is the whole province
    role TEXT NOT NULL,
    granted_by UUID,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, unit, role)
);
CREATE INDEX staff_role_unit ON staff_role (unit);

CREATE TABLE session (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    token_hash BYTEA NOT NULL,
    method TEXT NOT NULL,           -- password | passkey | otp | totp …, joined by +
    device TEXT NOT NULL,           -- a label made from the user agent: "Chrome, Android"
    device_key BYTEA,               -- keyed hash of the browser's own mark: known devices, new ones (A18)
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    proved_at BIGINT NOT NULL,      -- last sign-in or step-up (A17)
    ended_at BIGINT,
    ended_why TEXT
);
CREATE UNIQUE INDEX session_token ON session (token_hash);
CREATE INDEX session_account ON session (account_id, ended_at);

-- A flow of several steps (register, recover, sign in with a second factor …) is a row, so that any node can go on with it.
CREATE TABLE flow (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    token_hash BYTEA NOT NULL,      -- of the cookie that binds it to one browser
    account_id UUID,
    phone TEXT,
    step TEXT NOT NULL,
    data TEXT NOT NULL,             -- JSON without secrets
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX flow_expires ON flow (expires_at);

CREATE TABLE otp (
    id UUID PRIMARY KEY,
    flow_id UUID NOT NULL,
    phone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    code_hash BYTEA NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    used_at BIGINT
);
CREATE INDEX otp_flow ON otp (flow_id, sent_at);
CREATE INDEX otp_phone ON otp (phone, sent_at);

-- Wrong passwords by what was typed, whether such an account exists or not (A14). The key is a keyed hash.
CREATE TABLE login_attempt (
    key BYTEA PRIMARY KEY,
    wrong INTEGER NOT NULL,
    last_at BIGINT NOT NULL,
    again_at BIGINT NOT NULL        -- no try before this
);
CREATE INDEX login_attempt_last ON login_attempt (last_at);

-- Counters of the limits: they survive a restart and are shared by all nodes. The key is a keyed hash.
CREATE TABLE limit_counter (
    name TEXT NOT NULL,
    key BYTEA NOT NULL,
    window_start BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (name, key, window_start)
);
CREATE INDEX limit_counter_window ON limit_counter (window_start);

CREATE TABLE passkey (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    credential_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,             -- JSON of the public credential
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_account ON passkey (account_id);

CREATE TABLE backup_code (
    account_id UUID NOT NULL REFERENCES account (id),
    code_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE consent (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,             -- terms | privacy | …
    version TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX consent_account ON consent (account_id);

-- Requests under the data-protection law, with their tracker (A12).
CREATE TABLE data_request (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,             -- export | delete | correct
    note TEXT NOT NULL,
    state TEXT NOT NULL,            -- open | done | refused
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    done_at BIGINT,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX data_request_account ON data_request (account_id);

-- «Hoạt động tài khoản» (A18): what happened to an account, and every look of staff at it.
CREATE TABLE activity (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    by_account UUID,
    by_unit TEXT,
    reason TEXT NOT NULL DEFAULT '',
    device TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX activity_account ON activity (account_id, at);

CREATE TABLE report (
-- only sqlite
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
-- only postgres
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
-- both
    id UUID NOT NULL,
    code TEXT NOT NULL,
    reporter UUID REFERENCES account (id),
    anonymous BOOLEAN NOT NULL,     -- name hidden from the public
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    category TEXT NOT NULL,
    commune TEXT,
    address TEXT NOT NULL,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    cell BIGINT,                    -- H3, resolution 9
    state TEXT NOT NULL,
    open BOOLEAN NOT NULL,          -- derived from state; the queue's indexes start with it
    unit TEXT NOT NULL,
    assignee UUID REFERENCES account (id),
    route TEXT NOT NULL,            -- JSON: which rule, why (R15)
    source TEXT NOT NULL,           -- web | api | demo | …
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    state_at BIGINT NOT NULL,
    term TEXT NOT NULL,             -- JSON: the promised working time
    due_at BIGINT,
    paused_at BIGINT,               -- since when the clock stands
    pauses TEXT NOT NULL DEFAULT '[]',
    resolved_at BIGINT,
    closed_at BIGINT,
    public BOOLEAN NOT NULL,        -- accepted once, not hidden (R11)
    hidden_why TEXT,
    photos INTEGER NOT NULL DEFAULT 0,
    reopened INTEGER NOT NULL DEFAULT 0,
    rating INTEGER,
    rating_comment TEXT,
    rated_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    folded TEXT NOT NULL,           -- what the search finds: title, content, address, code; unit, category, commune, open as words
    demo BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX report_id ON report (id);
CREATE UNIQUE INDEX report_code ON report (code);
CREATE INDEX report_reporter ON report (reporter, created_at);
-- The staff queue finds its page in an index alone, whatever the filter and the order; `reports/queue.rs` names the one to use.
-- What is still open comes first in each; `seq` makes the order whole, and the columns behind it answer a filter or a count.
CREATE INDEX report_unit_due ON report (unit, open DESC, due_at, seq, created_at, state, assignee, paused_at);
CREATE INDEX report_unit_created ON report (unit, created_at, seq, category, state, commune);
CREATE INDEX report_open_due ON report (open DESC, due_at, seq, assignee, paused_at);
CREATE INDEX report_open_created ON report (open DESC, created_at, seq, state);
CREATE INDEX report_created ON report (created_at, seq);
CREATE INDEX report_assignee ON report (assignee, open DESC, due_at, seq);
CREATE INDEX report_category_created ON report (category, created_at, seq, state);
CREATE INDEX report_category_due ON report (category, open DESC, due_at, seq, created_at, state);
CREATE INDEX report_commune_created ON report (commune, created_at, seq, category, state);
CREATE INDEX report_commune_due ON report (commune, open DESC, due_at, seq, created_at, state);
CREATE INDEX report_state_due ON report (state, due_at, seq, unit);
CREATE INDEX report_public ON report (public, created_at);
CREATE INDEX report_cell ON report (cell);

-- only sqlite
CREATE VIRTUAL TABLE report_search USING fts5 (folded, content='', contentless_delete=1, detail='column', tokenize='unicode61 remove_diacritics 0');
CREATE TRIGGER report_search_insert AFTER INSERT ON report BEGIN
    INSERT INTO report_search (rowid, folded) VALUES (new.seq, new.folded);
END;
CREATE TRIGGER report_search_update AFTER UPDATE OF folded ON report BEGIN
    INSERT OR REPLACE INTO report_search (rowid, folded) VALUES (new.seq, new.folded);
END;
CREATE TRIGGER report_search_delete AFTER DELETE ON report BEGIN
    DELETE FROM report_search WHERE rowid = old.seq;
END;
-- only postgres
CREATE INDEX report_search ON report USING gin (to_tsvector('simple', folded));
-- both

-- The history of a report: appended, never changed (R6). Sealed into the chain like the audit log.
CREATE TABLE report_event (
    id UUID PRIMARY KEY,
    report_id UUID NOT NULL,
    no INTEGER NOT NULL,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor TEXT NOT NULL,            -- citizen | staff | system
    actor_id UUID,
    unit TEXT,                      -- the unit that acted
    public_note TEXT NOT NULL DEFAULT '',
    internal_note TEXT NOT NULL DEFAULT '',
    data TEXT NOT NULL DEFAULT '{}',
    sealed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX report_event_no ON report_event (report_id, no);
CREATE INDEX report_event_unsealed ON report_event (id) WHERE NOT sealed;

CREATE TABLE report_photo (
    id UUID PRIMARY KEY,
    report_id UUID NOT NULL,
    event_no INTEGER NOT NULL,      -- the step it came with; 1 is the report itself
    side TEXT NOT NULL,             -- before | after
    file TEXT NOT NULL,             -- key in the file store, without size suffix
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    position INTEGER NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX report_photo_report ON report_photo (report_id, event_no, position);

-- A report that is being written: one step a page, saved on the way.
CREATE TABLE report_draft (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    data TEXT NOT NULL,             -- JSON
    photos TEXT NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX report_draft_account ON report_draft (account_id, updated_at);

-- The same form sent twice does one thing.
CREATE TABLE idempotency (
    account_id UUID NOT NULL,
    key TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE saved_view (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX saved_view_account ON saved_view (account_id);

-- «Thông báo»: the inbox in the app.
CREATE TABLE notice (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,              -- text key; the words are made in the reader's language
    args TEXT NOT NULL,             -- JSON object of texts
    link TEXT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notice_account ON notice (account_id, at);
CREATE INDEX notice_unread ON notice (account_id) WHERE read_at IS NULL;

-- Everything that leaves the house waits here; written in the same transaction as its cause.
CREATE TABLE outbox (
    id UUID PRIMARY KEY,
    channel TEXT NOT NULL,          -- sms | …
    lane INTEGER NOT NULL,          -- 0 urgent, 1 normal, 2 bulk
    dedupe TEXT,
    payload BYTEA NOT NULL,         -- sealed
    state TEXT NOT NULL,            -- queued | sending | sent | delivered | failed | unknown
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT,
    claimed_until BIGINT,
    peer_ids TEXT NOT NULL DEFAULT '',
    parts INTEGER NOT NULL DEFAULT 0,
    parts_delivered INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    sent_at BIGINT,
    done_at BIGINT
);
CREATE UNIQUE INDEX outbox_dedupe ON outbox (dedupe);
CREATE INDEX outbox_due ON outbox (channel, state, lane, next_at);
CREATE INDEX outbox_created ON outbox (created_at);

CREATE TABLE outbox_peer (
    peer_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    outbox_id UUID NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (channel, peer_id)
);

CREATE TABLE job (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    dedupe TEXT,
    payload TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT,
    claimed_until BIGINT,
    error TEXT NOT NULL DEFAULT '',
    done_at BIGINT,
    failed_at BIGINT
);
CREATE UNIQUE INDEX job_dedupe ON job (dedupe);
CREATE INDEX job_due ON job (run_at) WHERE done_at IS NULL AND failed_at IS NULL;

-- Who did what, and who read whose personal data why (X7).
CREATE TABLE audit (
    id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,            -- staff | citizen | system | operator
    actor_id UUID,
    unit TEXT,
    act TEXT NOT NULL,
    object TEXT NOT NULL,           -- "report 0123456789"
    reason TEXT NOT NULL DEFAULT '',
    data TEXT NOT NULL DEFAULT '{}',
    sealed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object, at);
CREATE INDEX audit_actor ON audit (actor_id, at);
CREATE INDEX audit_unsealed ON audit (id) WHERE NOT sealed;

-- The chain over audit and report_event: hash = SHA-256(previous hash, digest of the row), written by one sealer.
CREATE TABLE seal (
    pos BIGINT PRIMARY KEY,
    source TEXT NOT NULL,           -- audit | report_event
    row_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX seal_row ON seal (row_id);

-- Anything small that must be shared by all nodes: leases, installation facts.
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
