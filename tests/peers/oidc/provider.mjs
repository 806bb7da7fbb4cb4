// `oidc-provider` as the national portal: its claim names, its levels, people who agree to everything at once. Prints its issuer.
//
// Usage: provider.mjs REDIRECT_URI BACKCHANNEL_URI PUBLIC_JWK
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [redirect_uri, backchannel_logout_uri, jwk] = process.argv.slice(2);
const { subtle } = globalThis.crypto;
async function key(algorithm, alg) {
  const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return { ...(await subtle.exportKey("jwk", pair.privateKey)), alg, use: "sig", kid: alg, key_ops: undefined, ext: undefined };
}
const keys = [
  await key({ name: "ECDSA", namedCurve: "P-256" }, "ES256"),
  await key({ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, "RS256"),
];

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const common = {
  redirect_uris: [redirect_uri],
  post_logout_redirect_uris: [redirect_uri],
  backchannel_logout_uri,
  backchannel_logout_session_required: true,
  response_types: ["code"],
  grant_types: ["authorization_code"],
};

const provider = new Provider(issuer, {
  clients: [
    { ...common, client_id: "key", token_endpoint_auth_method: "private_key_jwt", id_token_signed_response_alg: "ES256", jwks: { keys: [JSON.parse(jwk)] } },
    { ...common, client_id: "secret", client_secret: "a secret: 100%", token_endpoint_auth_method: "client_secret_basic", id_token_signed_response_alg: "RS256" },
  ],
  jwks: { keys },
  acrValues: ["LoA1", "LoA2", "LoA3"],
  claims: { openid: ["sub"], profile: ["TechID", "HoVaTen", "GioiTinh"], dinhdanh: ["SoDinhDanh"], acr: null, amr: null, auth_time: null, sid: null },
  scopes: ["openid", "profile", "dinhdanh"],
  cookies: { keys: ["a key for tests only"] },
  // Its own guard against private addresses would keep it from telling us, who listen on this machine.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = form;
      },
    },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(_, sub) {
    return {
      accountId: sub,
      claims: () => ({ sub, TechID: "tech-1", HoVaTen: "NGUYỄN THỊ AN", GioiTinh: "2", SoDinhDanh: "044190001234" }),
    };
  },
});

async function agree(req, res) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  const result = {};
  if (prompt.name === "login") {
    result.login = { accountId: "an", acr: "LoA2", amr: ["pwd", "sms"] };
  } else {
    const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result.consent = { grantId: await grant.save() };
  }
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
}

const callback = provider.callback();
server.on("request", (req, res) => {
  if (req.url.startsWith("/interaction/")) {
    agree(req, res).catch((error) => {
      res.statusCode = 500;
      res.end(String(error));
    });
  } else {
    callback(req, res);
  }
});
process.on("disconnect", () => process.exit());
console.log(issuer);
