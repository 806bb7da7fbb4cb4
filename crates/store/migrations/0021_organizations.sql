-- Organisations at the national portal (A11, N1): businesses and state bodies, known by the token that their authority gave them, and the
-- persons who act for them.
CREATE TABLE organization (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,             -- business | state_body
    code TEXT NOT NULL,             -- tax code or electronic identification code
    name TEXT NOT NULL,             -- as in the certificate that was shown last
    confirmed_by TEXT NOT NULL,     -- the authority behind that certificate
    confirmed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX organization_code ON organization (kind, code);

CREATE TABLE organization_member (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    account_id UUID NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,             -- manager | member
    since BIGINT NOT NULL,
    added_by UUID                   -- who invited; NULL: came with the organisation's token
);
CREATE UNIQUE INDEX organization_member_once ON organization_member (organization_id, account_id);
CREATE INDEX organization_member_account ON organization_member (account_id);

-- Answered, withdrawn and late ones are deleted: a row is an offer that stands.
CREATE TABLE organization_invitation (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    phone_hash BYTEA NOT NULL,      -- keyed: whoever signs in with this phone finds it
    phone_sealed BYTEA NOT NULL,    -- for the managers, who see it masked
    role TEXT NOT NULL,
    invited_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX organization_invitation_once ON organization_invitation (organization_id, phone_hash);
CREATE INDEX organization_invitation_phone ON organization_invitation (phone_hash);
