import os
from urllib.parse import urlencode

ISSUER, HOME_URL = os.environ["ISSUER"], os.environ["HOME_URL"]

# The redirect URI is /complete/oidc/.
AUTHENTICATION_BACKENDS = ["social_core.backends.open_id_connect.OpenIdConnectAuth"]
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = ISSUER
SOCIAL_AUTH_OIDC_KEY = os.environ["CLIENT_ID"]
SOCIAL_AUTH_OIDC_SECRET = os.environ["CLIENT_SECRET"]
SOCIAL_AUTH_OIDC_USE_PKCE = True
SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ["ES384"]
SOCIAL_AUTH_OIDC_SCOPE = ["offline_access"]
SOCIAL_AUTH_OIDC_AUTH_EXTRA_ARGUMENTS = {"prompt": "consent"}


def logout_url(social):
    """Where the browser goes after Django's logout, so that the session at the server ends too."""
    query = {"id_token_hint": social.extra_data["id_token"], "post_logout_redirect_uri": HOME_URL}
    return f"{ISSUER}/session/end?{urlencode(query)}"
