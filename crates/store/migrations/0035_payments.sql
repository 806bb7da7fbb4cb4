-- Thanh toán trực tuyến (N15, P2, P3). At the national portal: fees that provinces ask for, attempts to pay them, and the ledger. A fee names its dossier by
-- the province's code and not by the row: copies of dossiers run out after two years, what was paid is kept as accounting law wants it.
CREATE TABLE national_fee (
    id UUID PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES oidc_client (id),
    fee TEXT NOT NULL,              -- as the province numbers it
    dossier_code TEXT NOT NULL,
    name TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),  -- đồng
    state TEXT NOT NULL,            -- due, withdrawn: as the province says
    state_at BIGINT NOT NULL,       -- since when, as the province says
    told_at BIGINT NOT NULL,
    paid_by UUID,                   -- the payment that settles it
    paid_at BIGINT
);
CREATE UNIQUE INDEX national_fee_name ON national_fee (client_id, fee);
CREATE INDEX national_fee_dossier ON national_fee (client_id, dossier_code);
CREATE INDEX national_fee_age ON national_fee (state_at);

CREATE TABLE payment (
    id UUID PRIMARY KEY,
    reference TEXT NOT NULL,        -- at the gateway; used once for ever
    fee_id UUID NOT NULL REFERENCES national_fee (id),
    account_id UUID,                -- who pays; NULL once the account is deleted
    amount BIGINT NOT NULL CHECK (amount > 0),
    received BIGINT NOT NULL,       -- what the gateway says came; 0: nothing
    state TEXT NOT NULL,            -- started, failed, expired, paid, refund_due, refunded, refund_refused
    why TEXT NOT NULL,              -- why it goes back: twice, gone, amount, withdrawn; empty: it does not
    gateway_no TEXT NOT NULL,       -- the gateway's own number
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    paid_at BIGINT,
    refunded_at BIGINT,
    asked_at BIGINT,                -- when the gateway was asked last
    due_at BIGINT,                  -- when the worker turns to it next; NULL: there is nothing to do
    tries INTEGER NOT NULL
);
CREATE UNIQUE INDEX payment_reference ON payment (reference);
CREATE INDEX payment_fee ON payment (fee_id, created_at);
CREATE INDEX payment_account ON payment (account_id, created_at);
CREATE INDEX payment_due ON payment (due_at) WHERE due_at IS NOT NULL;
-- However it comes about: a fee is settled by one payment.
CREATE UNIQUE INDEX payment_paid ON payment (fee_id) WHERE state = 'paid';

-- Sổ cái (P3): double entry, written and never changed. The lines of a posting sum to zero.
CREATE TABLE ledger_line (
    posting UUID NOT NULL,
    line INTEGER NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,             -- paid, surplus, withdrawn, refunded
    payment_id UUID NOT NULL REFERENCES payment (id),
    account TEXT NOT NULL,          -- gateway: what it owes us; province: what we owe provinces; payer: what we owe payers
    client_id TEXT,                 -- which province
    amount BIGINT NOT NULL CHECK (amount <> 0),  -- đồng; what we owe is negative
    PRIMARY KEY (posting, line)
);
-- Nothing is posted twice.
CREATE UNIQUE INDEX ledger_line_once ON ledger_line (payment_id, kind, line);
CREATE INDEX ledger_line_account ON ledger_line (account, client_id);
-- only sqlite
CREATE TRIGGER ledger_line_update BEFORE UPDATE ON ledger_line BEGIN
    SELECT RAISE(ABORT, 'the ledger is never changed');
END;
CREATE TRIGGER ledger_line_delete BEFORE DELETE ON ledger_line BEGIN
    SELECT RAISE(ABORT, 'the ledger is never changed');
END;
-- only postgres
CREATE FUNCTION ledger_line_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is never changed'; END $$;
CREATE TRIGGER ledger_line_kept BEFORE UPDATE OR DELETE ON ledger_line FOR EACH ROW EXECUTE FUNCTION ledger_line_kept();
-- both

-- At a province: fees as its one-stop system told them, and what the portal said was paid. What goes on to the portal waits in the outbox.
CREATE TABLE told_fee (
    fee TEXT PRIMARY KEY,
    dossier TEXT NOT NULL,
    name TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    state_at BIGINT NOT NULL,
    api_key_id UUID,                -- whose word it is; NULL: the demo's
    told_at BIGINT NOT NULL,
    payment TEXT NOT NULL,          -- the payment's reference at the portal; empty: none
    paid_at BIGINT,
    refunded_at BIGINT,
    heard_at BIGINT                 -- when the portal told the newest of it
);
CREATE INDEX told_fee_heard ON told_fee (heard_at, fee) WHERE heard_at IS NOT NULL;
CREATE INDEX told_fee_age ON told_fee (state_at);
