import os
from urllib.parse import urlencode

ISSUER, HOME_URL = os.environ["ISSUER"], os.environ["HOME_URL"]

OIDC_RP_CLIENT_ID = os.environ["CLIENT_ID"]
OIDC_RP_CLIENT_SECRET = os.environ["CLIENT_SECRET"]
OIDC_RP_SCOPES = "openid profile email"
OIDC_RP_SIGN_ALGO = "ES384"
OIDC_USE_PKCE = True
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/auth"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/token"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/me"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/jwks"
OIDC_OP_LOGOUT_URL_METHOD = "oidc.logout_url"
OIDC_STORE_ACCESS_TOKEN = OIDC_STORE_ID_TOKEN = True
# With mozilla_django_oidc.middleware.SessionRefresh: how long until the server is asked whether the session still is.
OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = int(os.environ.get("RENEW_AFTER", "900"))


def logout_url(request):
    """Where the browser goes from here, so that the session at the server ends too."""
    query = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": HOME_URL}
    return f"{ISSUER}/session/end?{urlencode(query)}"
