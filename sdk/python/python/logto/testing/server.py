"""A real server on a throwaway database."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
import weakref
from pathlib import Path
from typing import IO, Any, Dict, List, Mapping, Optional

from .binary import server_binary
from .http import Exchange, request
from .management import Management

PORT_ATTEMPTS = 5
# Followed by the id of the process that made the folder.
FOLDERS = "loggia-test-"
# Process ids of another container may be unknown here.
ABANDONED_AFTER_SECONDS = 3600
# Only the tests themselves try to guess these passwords, and they sign in often.
CHEAP_HASHES = {"PASSWORD_HASH_MEMORY": "64", "PASSWORD_HASH_PASSES": "1"}


class LoggiaServerError(RuntimeError):
    """The server did not start, or refused what a test asked of it."""


class LoggiaServer(Management):
    """A running server with a database of its own, which :meth:`stop` deletes.

    ``with LoggiaServer() as server: ...``; in tests the fixture ``loggia_server`` does it.
    """

    endpoint: str
    """The address that applications are configured with, such as ``http://127.0.0.1:40123``."""

    def __init__(self, settings: Optional[Mapping[str, str]] = None) -> None:
        """
        :param settings: settings of the server by the names of their environment variables.
        :raises ServerNotFound: when there is no program to start.
        :raises LoggiaServerError: when it does not start; the message has its log.
        """
        self._binary = server_binary()
        self._settings = dict(settings or {})
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-"))
        self._running: List[subprocess.Popen[str]] = []
        # Also where nobody calls stop(): at the end of the interpreter, after a test run that was interrupted.
        self._clean_up = weakref.finalize(self, _clean_up, os.getpid(), self._running, self._folder)
        self._snapshot = self._folder / "snapshot.db"
        self._manager: Optional[Dict[str, str]] = None
        self._token: Optional[str] = None
        try:
            self._start_on_free_port()
        except BaseException:
            self._clean_up()
            raise

    def __enter__(self) -> LoggiaServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What the server has logged so far."""
        path = self._folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def database(self) -> Path:
        """The file of its SQLite database."""
        return self._folder / "loggia.db"

    def stop(self) -> None:
        """Ends the server and deletes its database."""
        self._clean_up()

    def advance(self, milliseconds: int) -> int:
        """Moves the server's clock forward, and only the server's: the fixture ``clock`` moves the application's as well.

        :returns: the server's time in milliseconds since 1970.
        :raises LoggiaServerError: for a negative number, or one beyond a hundred years in all.
        """
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps({"advance": milliseconds}) + "\n")
        stdin.flush()
        answer = self._line()
        if "error" in answer:
            raise LoggiaServerError(f"the server's clock was not moved: {answer['error']}")
        # Tokens of the time before may have expired.
        self._token = None
        return int(answer["now"])

    def save(self) -> None:
        """Keeps the database as it is now for :meth:`restore`."""
        self._snapshot.unlink(missing_ok=True)
        source, target = sqlite3.connect(self.database), sqlite3.connect(self._snapshot)
        try:
            source.backup(target)
        finally:
            source.close()
            target.close()

    def restore(self) -> None:
        """Starts the server again at the same address with the database of :meth:`save` and the machine's time."""
        self._kill()
        for path in self._folder.glob("loggia.db*"):
            path.unlink()
        self._snapshot.rename(self.database)
        self._token = None
        self._start()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the Management API, such as ``server.api("POST", "/api/organizations", {"name": "Acme"})``.

        :returns: the JSON of the answer; None when it has none.
        :raises LoggiaServerError: when the answer's status is not 2xx.
        """
        answer = self._ask(method, path, body)
        if answer.status == 401:
            self._token = None
            answer = self._ask(method, path, body)
        if not 200 <= answer.status < 300:
            raise LoggiaServerError(f"{method} {path} answered {answer.status}: {answer.text}")
        return answer.json()

    def _ask(self, method: str, path: str, body: Any) -> Exchange:
        return request(method, self.endpoint + path, headers={"Authorization": f"Bearer {self._management_token()}"}, body=body)

    def _management_token(self) -> str:
        if self._token is not None:
            return self._token
        if self._manager is None:
            command = ["app", "create", "--type", "m2m", "--name", "loggia-pytest", "--management-api", "--json"]
            made: Dict[str, str] = json.loads(self._command(*command))
            self._manager = made
        form = {
            "grant_type": "client_credentials",
            "resource": "https://default.logto.app/api",
            "scope": "all",
            "client_id": self._manager["id"],
            "client_secret": self._manager["secret"],
        }
        answer = request("POST", f"{self.endpoint}/oidc/token", form=form)
        if answer.status != 200:
            raise LoggiaServerError(f"no token for the Management API ({answer.status}): {answer.text}")
        self._token = str(answer.json()["access_token"])
        return self._token

    def _command(self, *words: str) -> str:
        done = subprocess.run(
            [self._binary, *words], cwd=self._folder, env=self._environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode != 0:
            raise LoggiaServerError(f"loggia {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def _start_on_free_port(self) -> None:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            port = _free_port()
            self.endpoint = f"http://127.0.0.1:{port}"
            self._environment = {
                **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")},
                "DB_URL": f"sqlite://{self.database}",
                "PORT": str(port),
                "ENDPOINT": self.endpoint,
                "ADMIN_DISABLE_LOCALHOST": "true",
                **CHEAP_HASHES,
                **self._settings,
            }
            try:
                return self._start()
            except LoggiaServerError as error:
                # Another program may have taken the port in the meantime.
                if "PORT" not in str(error) or attempt == PORT_ATTEMPTS:
                    raise

    def _start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "test-server"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._running[:] = [self._process]
        self._line()

    def _line(self) -> Dict[str, Any]:
        stdout: Optional[IO[str]] = self._process.stdout
        assert stdout is not None
        line = stdout.readline()
        if not line:
            code = self._process.wait()
            raise LoggiaServerError(f"the Loggia server ended with {code}:\n{self.log[-3000:]}")
        answer: Dict[str, Any] = json.loads(line)
        return answer

    def _kill(self) -> None:
        _kill(self._process)


def _kill(process: subprocess.Popen[str]) -> None:
    # Nobody will miss the database: there is nothing to end in good order.
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def _clean_up(owner: int, running: List[subprocess.Popen[str]], folder: Path) -> None:
    if os.getpid() != owner:
        # A fork ends, not the process whose server it is.
        return
    for process in running:
        _kill(process)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Deletes the folders of test runs that were killed: they can't do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*-*"):
        owner = folder.name[len(FOLDERS) :].split("-")[0]
        try:
            if owner.isdigit() and not _is_running(int(owner)) and folder.stat().st_mtime < time.time() - ABANDONED_AFTER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _is_running(process_id: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _free_port() -> int:
    """A port below those that systems give to outgoing connections, which could take it before its server starts."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("", port))
            except OSError:
                continue
        return port
