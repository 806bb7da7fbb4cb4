"""A web site that signs people in with idpyoidc, the library of the old certification authors: discovery, PKCE, state and nonce,
private_key_jwt with a key that it publishes itself (`jwks_uri`), the ID token checked by the library (RS256, without which it takes no
provider), userinfo, a refresh, and signing out at the provider.

Usage: idpyoidc_client.py ISSUER CLIENT_ID PORT
"""

from flask import Response, request
from idpyoidc.client.rp_handler import RPHandler

from site_of_a_peer import serve, words

issuer, client_id, port, base, _ = words()
service = "idpyoidc.client.oidc"
handler = RPHandler(
    base_url=base,
    key_conf={"key_defs": [{"type": "EC", "crv": "P-256", "use": ["sig"]}], "uri_path": "jwks.json"},
    services={
        "discovery": {"class": f"{service}.provider_info_discovery.ProviderInfoDiscovery"},
        "authorization": {"class": f"{service}.authorization.Authorization"},
        "accesstoken": {"class": f"{service}.access_token.AccessToken"},
        "refresh_token": {"class": f"{service}.refresh_access_token.RefreshAccessToken"},
        "userinfo": {"class": f"{service}.userinfo.UserInfo"},
        "end_session": {"class": f"{service}.end_session.EndSession"},
    },
    client_configs={
        issuer: {
            "issuer": issuer,
            "client_id": client_id,
            "client_type": "oidc",
            "redirect_uris": [f"{base}/ve"],
            "post_logout_redirect_uris": [f"{base}/xong"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "citizen"],
            "scope": ["openid", "citizen"],
            "client_authn_methods": ["private_key_jwt"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "allow": {"http_links": True},
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                }
            },
        }
    },
)
kept = {}


def come():
    return handler.begin(issuer, req_args={"acr_values": ["LoA2", "LoA3"], "scope": ["openid", "citizen"]})


def arrive():
    result = handler.finalize(issuer, request.args.to_dict())
    if "error" in result:
        return {"error": result["error"]}
    kept["state"] = result["state"]
    return {"claims": result["id_token"].to_dict(), "userinfo": result["userinfo"].to_dict()}


def renew():
    state = kept["state"]
    before = handler.get_valid_access_token(state)[0]
    token = handler.refresh_access_token(state)
    userinfo = handler.get_user_info(state, access_token=token["access_token"])
    claims = token["__verified_id_token"].to_dict()
    return {"claims": claims, "userinfo": userinfo.to_dict(), "new": token["access_token"] != before}


def leave():
    return handler.logout(kept["state"], post_logout_redirect_uri=f"{base}/xong")["url"]


def left():
    client = handler.issuer2rp[issuer]
    same = client.get_context().cstate.get_base_key(request.args["state"]) == kept["state"]
    handler.clear_session(kept["state"])
    return {"left": same, "query": sorted(request.args)}


def keys(site):
    @site.get("/jwks.json")
    def jwks():
        return Response(handler.keyjar.export_jwks_as_json(), mimetype="application/json")


serve(port, come, arrive, renew, leave, left, more=keys)
