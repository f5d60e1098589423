"""One process of an application whose sessions are in files: `flask_worker.py PORT ENDPOINT FOLDER`."""

import sys

from cachelib import FileSystemCache
from werkzeug.serving import make_server

from flask_site import make_app
from logto.flask import LogtoAuth
from logto.locks import FileLock


def main(port: str, endpoint: str, folder: str) -> None:
    cache = FileSystemCache(f"{folder}/sessions")
    app = make_app(endpoint, LogtoAuth(session_cache=cache, session_lock=FileLock(f"{folder}/locks")), SECRET_KEY=None)
    make_server("127.0.0.1", int(port), app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:4])
