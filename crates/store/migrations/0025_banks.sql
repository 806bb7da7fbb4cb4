-- Bank accounts that a person linked at the national portal (tài khoản ngân hàng liên kết, N13). A grant is one consent at a bank; it may
-- cover several accounts, and ends at the bank when none of them is linked any more.
CREATE TABLE bank_grant (
    id UUID PRIMARY KEY,
    account_id UUID,                -- NULL: nobody's any more, the bank is still to be told
    bank TEXT NOT NULL,             -- as it is named in the configuration
    sealed BYTEA NOT NULL,          -- the refresh token
    key_id BIGINT NOT NULL,
    asking_until BIGINT,            -- who renews the token has it alone until then
    created_at BIGINT NOT NULL
);
CREATE INDEX bank_grant_account ON bank_grant (account_id);
CREATE INDEX bank_grant_key ON bank_grant (key_id, id);

CREATE TABLE bank_link (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    grant_id UUID,                  -- NULL: the bank ended it
    bank TEXT NOT NULL,
    account_hash BYTEA NOT NULL,    -- keyed: the bank's own name of the account, found without reading it
    masked TEXT NOT NULL,           -- the last four digits
    sealed BYTEA NOT NULL,          -- the bank's name of it, holder, product, currency
    key_id BIGINT NOT NULL,
    state TEXT NOT NULL,            -- linked | ended
    linked_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL      -- when the bank last said so
);
-- One bank account belongs to one account here, whoever races.
CREATE UNIQUE INDEX bank_link_once ON bank_link (bank, account_hash);
CREATE INDEX bank_link_account ON bank_link (account_id, linked_at);
CREATE INDEX bank_link_grant ON bank_link (grant_id);
CREATE INDEX bank_link_key ON bank_link (key_id, id);
