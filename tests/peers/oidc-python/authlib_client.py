"""A web site that signs people in with Authlib, as its documentation shows: discovery, PKCE, state and nonce, client_secret_basic, the ID
token checked by the library, userinfo, a refresh, and signing out at the provider.

Usage: authlib_client.py ISSUER CLIENT_ID PORT SECRET
"""

from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, request, session

from site_of_a_peer import serve, words

issuer, client_id, port, base, secret = words()
kept = {}
oauth = None


def connect(site: Flask):
    global oauth
    oauth = OAuth(site)
    oauth.register(
        "portal",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid citizen", "code_challenge_method": "S256", "token_endpoint_auth_method": "client_secret_basic"},
    )


def come():
    answer = oauth.portal.authorize_redirect(f"{base}/ve", acr_values="LoA2 LoA3")
    return answer.location


def arrive():
    token = oauth.portal.authorize_access_token()
    kept["token"] = token
    claims = dict(token["userinfo"])
    return {"claims": claims, "userinfo": dict(oauth.portal.userinfo(token=token))}


def renew():
    metadata = oauth.portal.load_server_metadata()
    client = OAuth2Session(client_id, secret, token=kept["token"])
    before = kept["token"]["access_token"]
    token = client.refresh_token(metadata["token_endpoint"], refresh_token=kept["token"]["refresh_token"])
    claims = oauth.portal.parse_id_token(token, nonce=None)
    kept["token"] = token
    userinfo = oauth.portal.userinfo(token=token)
    return {"claims": dict(claims), "userinfo": dict(userinfo), "new": token["access_token"] != before}


def leave():
    return oauth.portal.logout_redirect(post_logout_redirect_uri=f"{base}/xong", id_token_hint=kept["token"]["id_token"]).location


def left():
    known = dict(oauth.portal.validate_logout_response())
    return {"left": known["post_logout_redirect_uri"], "query": sorted(request.args), "rest": sorted(session)}


serve(port, come, arrive, renew, leave, left, more=connect)
