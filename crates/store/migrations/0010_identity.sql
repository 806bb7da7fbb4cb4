-- OpenID Connect (N8): our provider (oidc_…) and our relying party (rp_…). Of every code, token, handle and browser mark only a
-- keyed hash stands here; private keys and what is needed in the clear are sealed.
CREATE TABLE oidc_client (
    id TEXT PRIMARY KEY,            -- the client_id
    name TEXT NOT NULL,             -- what people read when they are asked for consent
    auth TEXT NOT NULL,             -- none | client_secret_basic | client_secret_post | private_key_jwt
    secret_hash BYTEA,              -- random secrets of our own making, so a keyed hash is enough
    jwks TEXT NOT NULL DEFAULT '{"keys":[]}', -- public keys of private_key_jwt
    redirect_uris TEXT NOT NULL,    -- JSON: compared letter by letter
    post_logout_uris TEXT NOT NULL DEFAULT '[]',
    backchannel_logout_uri TEXT,
    sector TEXT NOT NULL,           -- clients of one sector know a person by one `sub`
    scopes TEXT NOT NULL,           -- JSON: what it may ask for
    claims TEXT NOT NULL,           -- JSON: names it may ask for
    must_push BOOLEAN NOT NULL DEFAULT FALSE, -- only through PAR
    may_refresh BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- One row a flow, from the pushed or asked request to the redeemed code. Who may move it: identity/src/flow.rs.
CREATE TABLE oidc_interaction (
    id UUID PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES oidc_client (id),
    state TEXT NOT NULL,            -- pushed | open | answered | redeemed | replayed | refused
    request BYTEA NOT NULL,         -- sealed: as it was checked; a login_hint may be a personal number
    handle_hash BYTEA,              -- of a pushed request's request_uri; NULL once used
    browser_hash BYTEA,             -- of the mark in the browser that may go on
    asked_login BOOLEAN NOT NULL DEFAULT FALSE, -- the login page was shown for this flow
    person UUID,                    -- who answered
    session UUID,                   -- of that person with us
    acr TEXT,
    amr TEXT,                       -- JSON
    auth_time BIGINT,
    scope TEXT NOT NULL DEFAULT '', -- as granted
    claims TEXT NOT NULL DEFAULT '[]',
    code_hash BYTEA,
    code_expires_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX oidc_interaction_handle ON oidc_interaction (handle_hash) WHERE handle_hash IS NOT NULL;
CREATE UNIQUE INDEX oidc_interaction_code ON oidc_interaction (code_hash) WHERE code_hash IS NOT NULL;
CREATE INDEX oidc_interaction_answered ON oidc_interaction (session) WHERE state = 'answered';
CREATE INDEX oidc_interaction_expires ON oidc_interaction (expires_at);

-- What a person agreed to give to a client. A wider consent is a new row; the old one ends.
CREATE TABLE oidc_consent (
    id UUID PRIMARY KEY,
    person UUID NOT NULL,
    client_id TEXT NOT NULL REFERENCES oidc_client (id),
    scope TEXT NOT NULL,
    claims TEXT NOT NULL,           -- JSON: names ticked
    refused TEXT NOT NULL,          -- JSON: names shown and not ticked; not asked again
    given_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX oidc_consent_now ON oidc_consent (person, client_id) WHERE ended_at IS NULL;

-- Everything that came of one code: the tokens live and die together.
CREATE TABLE oidc_family (
    id UUID PRIMARY KEY,            -- the interaction's id
    client_id TEXT NOT NULL REFERENCES oidc_client (id),
    person UUID NOT NULL,
    session UUID NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    scope TEXT NOT NULL,
    claims TEXT NOT NULL,
    offline BOOLEAN NOT NULL,       -- outlives the session
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_why TEXT                -- replay | reuse | revoked | logout | consent
);
CREATE INDEX oidc_family_session ON oidc_family (session);
CREATE INDEX oidc_family_person ON oidc_family (person, client_id);
CREATE INDEX oidc_family_expires ON oidc_family (expires_at);

CREATE TABLE oidc_token (
    hash BYTEA PRIMARY KEY,
    family UUID NOT NULL REFERENCES oidc_family (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,             -- access | refresh
    scope TEXT NOT NULL,            -- a refresh may ask for less
    jkt TEXT,                       -- good only with a proof by the key of this thumbprint (DPoP)
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,                 -- refresh: rotated
    revoked_at BIGINT
);
CREATE INDEX oidc_token_family ON oidc_token (family);
CREATE INDEX oidc_token_expires ON oidc_token (expires_at);

-- Signing keys: published before they sign, published after they stopped.
CREATE TABLE oidc_key (
    kid TEXT PRIMARY KEY,
    state TEXT NOT NULL,            -- next | active | retired
    public TEXT NOT NULL,           -- JSON Web Key
    sealed BYTEA NOT NULL,          -- PKCS #8
    published_at BIGINT NOT NULL,
    active_at BIGINT,
    retired_at BIGINT
);
CREATE UNIQUE INDEX oidc_key_active ON oidc_key (state) WHERE state <> 'retired';

-- Token ids seen (client assertions, logout tokens): each counts once.
CREATE TABLE oidc_seen (
    who TEXT NOT NULL,
    jti_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (who, jti_hash)
);
CREATE INDEX oidc_seen_expires ON oidc_seen (expires_at);

-- A person sent to another's provider, until they come back once.
CREATE TABLE rp_flow (
    id UUID PRIMARY KEY,
    provider TEXT NOT NULL,
    state_hash BYTEA NOT NULL,
    browser_hash BYTEA NOT NULL,
    sealed BYTEA NOT NULL,          -- nonce, PKCE verifier, where to go on
    acr TEXT,                       -- wanted at least
    max_age BIGINT,                 -- seconds
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX rp_flow_state ON rp_flow (state_hash);
CREATE INDEX rp_flow_expires ON rp_flow (expires_at);

-- Sessions of ours that began at a provider: what its logout ends.
CREATE TABLE rp_session (
    session UUID PRIMARY KEY,
    provider TEXT NOT NULL,
    subject_hash BYTEA NOT NULL,
    sid_hash BYTEA,
    sealed BYTEA NOT NULL,          -- the ID token, shown again at logout
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX rp_session_subject ON rp_session (provider, subject_hash);
CREATE INDEX rp_session_sid ON rp_session (provider, sid_hash);
