-- For which organisation somebody acts (A11). At the provider: what the person said in a flow, which is asked anew at each sign-in, and what its
-- tokens were given for. At a province: what a session works for, and a report that was sent in such a session.
ALTER TABLE oidc_interaction ADD COLUMN chosen_in UUID; -- the session whose owner said it; NULL: nothing said yet
ALTER TABLE oidc_interaction ADD COLUMN acting UUID;    -- NULL: as oneself
ALTER TABLE oidc_family ADD COLUMN acting UUID;
CREATE INDEX oidc_family_acting ON oidc_family (person, acting) WHERE acting IS NOT NULL;

ALTER TABLE session ADD COLUMN behalf_code TEXT;        -- of the organisation, as the provider said; NULL: as oneself
ALTER TABLE session ADD COLUMN behalf_name TEXT;

-- A table of its own, so that nothing that reads reports for the public can show it.
CREATE TABLE report_behalf (
    report_id UUID PRIMARY KEY REFERENCES report (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL
);
