"""A website that signs its visitors in with Authlib and Flask."""

import os

from authlib.integrations.base_client import OAuthError
from flask import Flask, redirect, session

import oidc

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
oidc.oauth.init_app(app)
# Tokens are too large for the session's cookie.
tokens = {}


@app.get("/")
def index():
    user = session.get("user")
    if user is None:
        return '<a href="/sign-in">Sign in</a>'
    return f'Hello {user["name"]} ({user["sub"]}). <a href="/sign-out">Sign out</a>'


@app.get("/sign-in")
def sign_in():
    return oidc.sign_in()


@app.get("/callback")
def callback():
    token = oidc.loggia.authorize_access_token()
    session["user"] = {name: token["userinfo"][name] for name in ("sub", "name")}
    tokens[token["userinfo"]["sub"]] = token
    return redirect("/")


def fetch(**parameters):
    held = tokens[session["user"]["sub"]]
    renewed = oidc.refresh(held["refresh_token"], **parameters)
    held["refresh_token"] = renewed["refresh_token"]
    return renewed


@app.get("/refresh")
def refresh():
    return fetch()


@app.get("/resource")
def resource():
    return fetch(resource=os.environ["RESOURCE"])


@app.get("/organization")
def organization():
    return fetch(organization_id=os.environ["ORGANIZATION_ID"])


@app.get("/sign-out")
def sign_out():
    held = tokens.pop(session.pop("user")["sub"])
    return redirect(oidc.sign_out(held["id_token"]))


@app.errorhandler(OAuthError)
def failed(error):
    return f"Something failed: {error.error} {error.description}", 500


if __name__ == "__main__":
    app.run("localhost", int(os.environ["PORT"]))
