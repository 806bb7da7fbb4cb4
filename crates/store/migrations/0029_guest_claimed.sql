-- Which guests an account took over (R3): what a phone kept for one of them, written without a network, goes out as the account's (R2).
CREATE TABLE guest_claimed (
    guest_id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    at BIGINT NOT NULL
);
CREATE INDEX guest_claimed_account ON guest_claimed (account_id, at);
