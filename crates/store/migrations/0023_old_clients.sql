-- Clients that know nothing younger than RS256 get their ID tokens signed so: a ring of keys of its own.
ALTER TABLE oidc_key ADD COLUMN alg TEXT NOT NULL DEFAULT 'ES256';
DROP INDEX oidc_key_active;
CREATE UNIQUE INDEX oidc_key_active ON oidc_key (alg, state) WHERE state <> 'retired';
ALTER TABLE oidc_client ADD COLUMN id_token_alg TEXT NOT NULL DEFAULT 'ES256';
