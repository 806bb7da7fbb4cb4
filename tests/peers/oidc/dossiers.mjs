// Pushes one state of a dossier to the portal as a province's own system would, signed by `jose`, which we did not write.
// node dossiers.mjs key                          a key pair as JWKs
// node dossiers.mjs push ORIGIN CLIENT STATE     the private JWK and the state come in the environment
import { SignJWT, exportJWK, generateKeyPair, importJWK } from "jose";

const [what, origin, client] = process.argv.slice(2);
if (what === "key") {
  const pair = await generateKeyPair("ES256", { extractable: true });
  console.log(JSON.stringify({ secret: await exportJWK(pair.privateKey), open: await exportJWK(pair.publicKey) }));
} else {
  const at = `${origin}/api/v1/dossier-states`;
  const token = await new SignJWT({ states: [JSON.parse(process.env.STATE)] })
    .setProtectedHeader({ alg: "ES256", typ: "dossier-states+jwt" })
    .setIssuer(client)
    .setAudience(at)
    .setIssuedAt()
    .setExpirationTime("60s")
    .setJti(crypto.randomUUID())
    .sign(await importJWK(JSON.parse(process.env.KEY), "ES256"));
  const answer = await fetch(at, { method: "POST", headers: { "content-type": "application/jose" }, body: token });
  console.log(JSON.stringify({ status: answer.status, body: await answer.json() }));
}
