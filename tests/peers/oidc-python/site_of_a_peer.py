"""The pages of a small web site whose people sign in elsewhere. What they signed in with is shown as JSON, for the test that reads it."""

import logging
import sys

from flask import Flask, jsonify, redirect


def serve(port, come, arrive, renew, leave, left, more=None):
    """`come` and `leave` give the address to send a browser to; `arrive` what the library believed; `renew` the same after a refresh."""
    site = Flask(__name__)
    site.secret_key = "of a test"
    # Sites on one host share their cookies, whatever their port.
    site.config["SESSION_COOKIE_NAME"] = f"peer-{port}"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    pages = {
        "/": lambda: "ready",
        "/vao": lambda: redirect(come()),
        "/ve": lambda: jsonify(arrive()),
        "/gia-han": lambda: jsonify(renew()),
        "/ra": lambda: redirect(leave()),
        "/xong": lambda: jsonify(left()),
    }
    for path, page in pages.items():
        site.add_url_rule(path, endpoint=path, view_func=page)
    if more:
        more(site)
    site.run("localhost", port)


def words():
    """ISSUER CLIENT_ID PORT [SECRET]"""
    issuer, client_id, port, *secret = sys.argv[1:]
    return issuer, client_id, int(port), f"http://localhost:{port}", secret[0] if secret else None
