-- Helping (A19): who may act for whom, in what, until when. A row stays after its end, so that both sides can see what there was.
CREATE TABLE mandate (
    id UUID PRIMARY KEY,
    principal UUID NOT NULL REFERENCES account (id), -- who is helped
    helper UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,             -- given | aloud | guardian
    scope TEXT NOT NULL,            -- names of the table of rights, with spaces between them
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    ended_at BIGINT,
    ended_why TEXT                  -- principal | helper | replaced | time | deleted
);
-- One at a time for a pair, whoever races.
CREATE UNIQUE INDEX mandate_pair ON mandate (principal, helper) WHERE ended_at IS NULL;
CREATE INDEX mandate_principal ON mandate (principal, since);
CREATE INDEX mandate_helper ON mandate (helper, since);
CREATE INDEX mandate_until ON mandate (until) WHERE ended_at IS NULL;

-- Answered, withdrawn and late ones are deleted: a row is an offer that stands.
CREATE TABLE mandate_offer (
    id UUID PRIMARY KEY,
    principal UUID NOT NULL REFERENCES account (id),
    offered_by UUID NOT NULL,       -- the principal, or a child's guardian
    kind TEXT NOT NULL,             -- given | guardian
    phone_hash BYTEA NOT NULL,      -- keyed: whoever signs in with this phone finds it
    phone_sealed BYTEA NOT NULL,    -- for who offered, who sees it masked
    scope TEXT NOT NULL,
    days INTEGER NOT NULL,          -- 0: until the child is of age
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX mandate_offer_once ON mandate_offer (principal, phone_hash);
CREATE INDEX mandate_offer_phone ON mandate_offer (phone_hash);

-- A child's account: nobody can sign in to it.
CREATE TABLE child (
    account_id UUID PRIMARY KEY REFERENCES account (id),
    guardian UUID NOT NULL,         -- who answers for its data
    adult_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX child_guardian ON child (guardian);

-- A session in which somebody acts for the account: under which mandate, and beside which session of their own.
ALTER TABLE session ADD COLUMN mandate_id UUID;
ALTER TABLE session ADD COLUMN helper_session UUID;
CREATE INDEX session_mandate ON session (mandate_id) WHERE mandate_id IS NOT NULL;

-- What a helper is writing; it is nobody else's to read.
ALTER TABLE report_draft ADD COLUMN mandate_id UUID;
