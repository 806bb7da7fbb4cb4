// Signs in at a provider as `openid-client` does, and prints what that package believed as one JSON document. The person at the
// browser is played here too: the provider under test answers its pages as JSON.
//
// Usage: client.mjs ISSUER CLIENT_ID SECRET REDIRECT_URI ALG      (SECRET: a client secret, or a private JWK as JSON; ALG of ID tokens)
import * as oidc from "openid-client";
import { ask, through } from "./browser.mjs";

const [issuer, id, secret, redirect_uri, id_token_signed_response_alg] = process.argv.slice(2);
const insecure = { execute: [oidc.allowInsecureRequests] };

let auth;
if (secret.startsWith("{")) {
  const jwk = JSON.parse(secret);
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  auth = oidc.PrivateKeyJwt({ key, kid: jwk.kid });
} else {
  auth = oidc.ClientSecretBasic(secret);
}
const config = await oidc.discovery(new URL(issuer), id, { id_token_signed_response_alg }, auth, insecure);

const jar = new Map();
// The provider's pages, answered.
async function answer(response) {
  const page = await response.json();
  if (page.page === "login") {
    await ask(jar, `${issuer}/test/login?person=an&acr=${encodeURIComponent(page.acr ?? "loa:1")}`);
    return ask(jar, issuer + page.back);
  }
  if (page.page !== "consent") throw new Error(`unknown page ${JSON.stringify(page)}`);
  const form = new URLSearchParams({ token: page.token, answer: "allow" });
  for (const claim of page.claims) form.append("claim", claim.name);
  return ask(jar, issuer + page.action, form);
}

async function signIn(more, pushed, options) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const parameters = {
    redirect_uri,
    scope: "openid profile offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  };
  const url = pushed ? await oidc.buildAuthorizationUrlWithPAR(config, parameters) : oidc.buildAuthorizationUrl(config, parameters);
  const back = await through(jar, url, { issuer, end: redirect_uri, answer });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  if (more.max_age) checks.maxAge = Number(more.max_age);
  const tokens = await oidc.authorizationCodeGrant(config, back, checks, undefined, options);
  return { tokens, back, checks };
}

async function refusal(doing) {
  try {
    await doing();
  } catch (error) {
    return error.error ?? error.cause?.error ?? error.code ?? String(error);
  }
  return "none";
}

const { tokens, back, checks } = await signIn({ acr_values: "loa:2", max_age: "600" }, false);
const claims = tokens.claims();
const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
const pushed = await signIn({}, true);
const refreshed = await oidc.refreshTokenGrant(config, pushed.tokens.refresh_token);
const before = await oidc.tokenIntrospection(config, refreshed.access_token);
await oidc.tokenRevocation(config, refreshed.refresh_token);
const after = await oidc.tokenIntrospection(config, refreshed.access_token);
const replay = await refusal(() => oidc.authorizationCodeGrant(config, back, checks));
// Bound to a key (DPoP): the same way with a proof at each request.
const handle = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"));
const bound = await signIn({}, false, { DPoP: handle });
const boundInfo = await oidc.fetchUserInfo(config, bound.tokens.access_token, claims.sub, { DPoP: handle });
const asBearer = await refusal(() => oidc.fetchUserInfo(config, bound.tokens.access_token, claims.sub));
const silent = await signIn({ prompt: "none" }, false);
jar.clear();
const nobody = await refusal(() => signIn({ prompt: "none" }, false));
const leave = oidc.buildEndSessionUrl(config, { id_token_hint: silent.tokens.id_token });

console.log(
  JSON.stringify({
    claims,
    userinfo,
    same: [pushed, silent].every((s) => s.tokens.claims().sub === claims.sub) && refreshed.claims().sub === claims.sub,
    active: [before.active, after.active],
    replay,
    nobody,
    bound: [bound.tokens.token_type, boundInfo.name, asBearer !== "none"],
    leave: leave.pathname,
  }),
);
