"""Signs in through the sample as a browser without JavaScript would: `demo_check.py URL USERNAME PASSWORD`.

Standard library only, so that `cargo xtask demo --check` needs nothing but the demo's own environment.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar


class Forms(HTMLParser):
    """The forms of a page with the values their fields have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        named = dict(attributes)
        if tag == "form":
            action, method = named.get("action", ""), named.get("method", "get")
            self.forms.append({"action": action, "method": method, "fields": {}, "kinds": set()})
        elif tag in ("input", "button") and self.forms and named.get("name"):
            form = self.forms[-1]
            form["kinds"].add(named.get("type"))
            if tag == "input" or named["name"] not in form["fields"]:
                form["fields"][named["name"]] = named.get("value") or ""


def main(home: str, username: str, password: str) -> None:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def fetch(url: str, form: dict | None = None) -> tuple[str, str]:
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with opener.open(urllib.request.Request(url, data, {"Accept": "text/html"}), timeout=30) as answer:
                return answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            sys.exit(f"{url} answered {error.code}: {error.read().decode()[:500]}")

    url, text = fetch(f"{home}/sign-in")
    for _ in range(3):
        if url.startswith(home):
            break
        form = next((form for form in Forms(text).forms if "identifier" in form["fields"] or "password" in form["kinds"]), None)
        if form is None:
            sys.exit(f"no sign-in form at {url}")
        fields = {**form["fields"]}
        fields |= {"identifier": username} if "identifier" in fields else {}
        fields |= {name: password for name in fields if name == "password"}
        url, text = fetch(urllib.parse.urljoin(url, form["action"] or url), fields)
    if not url.startswith(home):
        sys.exit(f"still at {url} after signing in")
    _, text = fetch(f"{home}/protected")
    if username not in text:
        sys.exit(f"the protected page does not show {username}")
    print(f"signed in as {username}; the protected page shows it")


if __name__ == "__main__":
    main(*sys.argv[1:4])
