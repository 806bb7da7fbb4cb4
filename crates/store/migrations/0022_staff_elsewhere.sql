-- Accounts elsewhere that staff sign in over (A16). Apart from the citizens' links: the same account elsewhere may lead to a person's own
-- account and to their desk, and neither knows of the other.
CREATE TABLE staff_link (
    account_id UUID NOT NULL,
    provider TEXT NOT NULL,         -- as it is named in the configuration
    subject_hash BYTEA NOT NULL,    -- keyed: the provider's name for the person
    level TEXT NOT NULL,            -- how surely the person was known there when it was last used
    linked_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, provider)
);
CREATE UNIQUE INDEX staff_link_subject ON staff_link (provider, subject_hash);

-- Other systems that staff sign in to through the console (S2); their addresses and secrets are the client's.
CREATE TABLE staff_system (
    client_id TEXT PRIMARY KEY REFERENCES oidc_client (id),
    about TEXT NOT NULL,            -- one sentence for its tile
    connected_by UUID,
    connected_at BIGINT NOT NULL
);
