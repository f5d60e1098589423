import os
from urllib.parse import urlencode

import requests

ISSUER, CLIENT_ID, CLIENT_SECRET = os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]

# The redirect URI is /accounts/oidc/loggia/login/callback/.
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": ["openid", "profile", "email", "offline_access"],
        "AUTH_PARAMS": {"prompt": "consent", "resource": os.environ["RESOURCE"]},
        "APPS": [
            {
                "provider_id": "loggia",
                "name": "Loggia",
                "client_id": CLIENT_ID,
                "secret": CLIENT_SECRET,
                "settings": {"server_url": ISSUER},
            }
        ],
    }
}
SOCIALACCOUNT_STORE_TOKENS = True
# So that the session at the server ends too.
ACCOUNT_LOGOUT_REDIRECT_URL = (
    f"{ISSUER}/session/end?{urlencode({'client_id': CLIENT_ID, 'post_logout_redirect_uri': os.environ['HOME_URL']})}"
)


def refresh(token, **parameters):
    """New tokens for a SocialToken: django-allauth only signs in. With `resource` for an API."""
    form = {"grant_type": "refresh_token", "refresh_token": token.token_secret, **parameters}
    answer = requests.post(f"{ISSUER}/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=10)
    answer.raise_for_status()
    tokens = answer.json()
    token.token_secret = tokens["refresh_token"]
    token.save()
    return tokens
