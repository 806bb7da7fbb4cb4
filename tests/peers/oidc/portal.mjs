// Signs in at the national portal as `openid-client` does, with the portal's real pages: the person at the browser reads the HTML that
// people get and presses its buttons. Prints what the package believed as one JSON document.
//
// Usage: portal.mjs ISSUER CLIENT_ID SECRET REDIRECT_URI COOKIE      (COOKIE: of somebody who is signed in at the portal)
import * as oidc from "openid-client";
import { ask, through } from "./browser.mjs";

const [issuer, id, secret, redirect_uri, cookie] = process.argv.slice(2);
const config = await oidc.discovery(new URL(issuer), id, {}, oidc.ClientSecretBasic(secret), { execute: [oidc.allowInsecureRequests] });

const jar = new Map([cookie.split("=")]);
const asked = [];
/** Agrees to everything that the consent page names. */
async function agree(response) {
  const html = await response.text();
  const action = /<form method="post" action="(\/oauth2\/interaction\/[^"]+)"/.exec(html)?.[1];
  if (!action || !html.includes('value="allow"')) throw new Error(`no consent page: ${response.status} ${html.slice(0, 400)}`);
  const form = new URLSearchParams({ token: /name="token" value="([^"]+)"/.exec(html)[1], answer: "allow" });
  for (const [, claim] of html.matchAll(/name="claim" value="([^"]+)"/g)) {
    asked.push(claim);
    form.append("claim", claim);
  }
  return ask(jar, new URL(action, issuer), form);
}

const verifier = oidc.randomPKCECodeVerifier();
const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
const url = oidc.buildAuthorizationUrl(config, {
  redirect_uri,
  scope: "openid citizen",
  acr_values: "LoA2 LoA3",
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
const back = await through(jar, url, { issuer, end: redirect_uri, answer: agree });
const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
const claims = tokens.claims();
const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
console.log(JSON.stringify({ claims, userinfo, asked, leave: oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).pathname }));
