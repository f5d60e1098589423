"""schemathesis at every operation of our own OpenAPI document: no failure of the server, and no answer outside of the document.

The run is bounded by its number of requests and always the same. One of other requests, by time:
`LOGGIA_SCHEMA_SECONDS=600 … pytest e2e/test_schema.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from harness import ARTIFACTS, Server

SECONDS = int(os.environ.get("LOGGIA_SCHEMA_SECONDS", "0"))

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

# What a run must not call, and why.
EXCLUDED = {
    "RotateOidcKeys": "the third rotation ends the key of the token that the run has",
    "DeleteOidcKey": "as RotateOidcKeys",
}

# 501 is the documented answer to what this server does not offer, such as protected applications.
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "501"]
"""


def test_every_answer_is_one_that_the_document_names(server: Server, tmp_path: Path):
    document = server.api("GET", "/api/swagger.json")
    named = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert EXCLUDED.keys() <= named, "an excluded operation has another name now"
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [str(Path(sys.executable).with_name("st")), "--config-file", "schemathesis.toml", "run"]
    command += [f"{server.endpoint}/api/swagger.json", "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"]
    command += ["--max-time", str(SECONDS), "--generation-database", "none"] if SECONDS else ["--max-examples", "2", "--generation-deterministic"]
    command += ["--header", server.authorization(), "--workers", "1", "--no-color"]
    command += ["--continue-on-failure", "--no-shrink", "--request-timeout", "10", "--warnings", "off"]
    command += ["--output-truncate", "false"]
    for name in EXCLUDED:
        command += ["--exclude-operation-id", name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS + 600)
    (ARTIFACTS / f"schemathesis-{server.engine}.log").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested and int(tested[1]) == len(named) - len(EXCLUDED), f"not all of {len(named)}: {done.stdout[-3000:]}"
