// JSON ⇄ WebAuthn: the wire form of webauthn-rs, binary fields in base64url.
type Json = Record<string, unknown>;

export function toBuffer(text: string): ArrayBuffer {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0)).buffer;
}
export const toText = (buffer: ArrayBuffer): string =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const withIds = (list: unknown): unknown => (Array.isArray(list) ? list.map((c: Json) => ({ ...c, id: toBuffer(c.id as string) })) : undefined);

export function creationOptions(json: Json): PublicKeyCredentialCreationOptions {
  const { excludeCredentials, challenge, user, ...rest } = json;
  const exclude = withIds(excludeCredentials);
  return {
    ...rest,
    challenge: toBuffer(challenge as string),
    user: { ...(user as Json), id: toBuffer((user as Json).id as string) },
    ...(exclude ? { excludeCredentials: exclude } : {}),
  } as unknown as PublicKeyCredentialCreationOptions;
}

export function requestOptions(json: Json): PublicKeyCredentialRequestOptions {
  const { allowCredentials, challenge, ...rest } = json;
  const allow = withIds(allowCredentials);
  return { ...rest, challenge: toBuffer(challenge as string), ...(allow ? { allowCredentials: allow } : {}) } as unknown as PublicKeyCredentialRequestOptions;
}

export function credentialJson(credential: PublicKeyCredential): Json {
  const response = credential.response as AuthenticatorAttestationResponse | AuthenticatorAssertionResponse;
  const base = { id: credential.id, rawId: toText(credential.rawId), type: credential.type, clientExtensionResults: credential.getClientExtensionResults() };
  const clientDataJSON = toText(response.clientDataJSON);
  if ("attestationObject" in response)
    return { ...base, response: { clientDataJSON, attestationObject: toText(response.attestationObject), transports: response.getTransports?.() ?? null } };
  return {
    ...base,
    response: { clientDataJSON, authenticatorData: toText(response.authenticatorData), signature: toText(response.signature), userHandle: response.userHandle ? toText(response.userHandle) : null },
  };
}
