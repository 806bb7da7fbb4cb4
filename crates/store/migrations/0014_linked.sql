-- Accounts elsewhere that lead to an account here (liên kết tài khoản, N9–N12), and what they proved of a person (A13, A15).
CREATE TABLE linked_account (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL,
    provider TEXT NOT NULL,         -- as it is named in the configuration
    subject_hash BYTEA NOT NULL,    -- keyed: the provider's name for the person
    level TEXT NOT NULL,            -- the assurance when it was last used
    linked_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX linked_account_subject ON linked_account (provider, subject_hash);
CREATE UNIQUE INDEX linked_account_one ON linked_account (account_id, provider);

-- One thing known of a person, with where it is from; a tick on a page is derived from this and never stored.
CREATE TABLE account_fact (
    account_id UUID NOT NULL,
    name TEXT NOT NULL,             -- number | full_name | birth_date | sex
    sealed BYTEA NOT NULL,
    number_hash BYTEA,              -- keyed, of the personal number alone: found without reading it
    source TEXT NOT NULL,
    assurance TEXT NOT NULL,
    proved_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);
CREATE UNIQUE INDEX account_fact_number ON account_fact (number_hash);
