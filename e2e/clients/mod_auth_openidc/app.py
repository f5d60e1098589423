"""A website that leaves signing in to Apache with mod_auth_openidc, and that Apache."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
HOME_URL = os.environ["HOME_URL"]


class Website(BaseHTTPRequestHandler):
    def do_GET(self):
        pages = {"/": self.show_home, "/enter": self.show_enter, "/resource": self.show_resource, "/refresh": self.show_refresh}
        pages.get(self.path, lambda: self.send_error(404))()

    def show_home(self):
        name = self.headers.get("OIDC_CLAIM_name")
        sign_out = f"/callback?{urlencode({'logout': HOME_URL})}"
        self.answer(f'Hello {name}. <a href="{sign_out}">Sign out</a>' if name else '<a href="/enter">Sign in</a>')

    def show_enter(self):
        # Who comes here has signed in.
        self.go_to("/")

    def show_resource(self):
        self.answer(json.dumps({"access_token": self.headers["OIDC_access_token"]}), "application/json")

    def show_refresh(self):
        # Apache renews the token also when it is told to.
        query = {"refresh": f"{HOME_URL}resource", "access_token": self.headers["OIDC_access_token"]}
        self.go_to(f"/callback?{urlencode(query)}")

    def answer(self, text, kind="text/html"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def go_to(self, path):
        self.send_response(302)
        self.send_header("Location", path)
        self.end_headers()


website = ThreadingHTTPServer(("localhost", 0), Website)
threading.Thread(target=website.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as folder:
    (Path(folder) / "oidc.conf").write_text((HERE / "oidc.conf").read_text())
    environment = {**os.environ, "FOLDER": folder, "WEBSITE_PORT": str(website.server_address[1])}
    command = ["/usr/sbin/apache2", "-f", HERE / "httpd.conf", "-DFOREGROUND"]
    apache = subprocess.Popen(command, env=environment, process_group=0)
    try:
        sys.exit(apache.wait())
    finally:
        # Its processes end with this one, also when it is slow to stop.
        if apache.poll() is None:
            os.killpg(apache.pid, signal.SIGTERM)
            try:
                apache.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(apache.pid, signal.SIGKILL)
