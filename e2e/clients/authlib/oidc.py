import os
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth

ISSUER, HOME_URL, RESOURCE = os.environ["ISSUER"], os.environ["HOME_URL"], os.environ["RESOURCE"]
oauth = OAuth()
loggia = oauth.register(
    "loggia",
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={
        "scope": "openid profile offline_access urn:logto:scope:organizations read:reports",
        "code_challenge_method": "S256",
    },
)


def sign_in():
    """A redirect to the sign-in page."""
    resources = [RESOURCE, "urn:logto:resource:organizations"]
    return loggia.authorize_redirect(f"{HOME_URL}callback", prompt="consent", resource=resources)


def refresh(refresh_token, **parameters):
    """New tokens; with `resource` for an API, with `organization_id` for an organization."""
    return loggia.fetch_access_token(grant_type="refresh_token", refresh_token=refresh_token, **parameters)


def sign_out(id_token):
    """Where to send the browser, so that the session at the server ends too."""
    query = urlencode({"id_token_hint": id_token, "post_logout_redirect_uri": HOME_URL})
    return f"{loggia.load_server_metadata()['end_session_endpoint']}?{query}"
