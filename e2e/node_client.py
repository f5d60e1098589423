"""A script of Node.js that answers a line of JSON for each line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class NodeClient:
    script: Path
    environment: dict[str, str]

    def __enter__(self) -> NodeClient:
        environment = {"PATH": os.environ["PATH"], **self.environment}
        self.process = subprocess.Popen(
            ["node", self.script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def ask(self, action: str, **arguments: object):
        answer = self._answer(action, arguments)
        assert "error" not in answer, f"{action}: {answer}"
        return answer["value"]

    def refusal(self, action: str, **arguments: object) -> dict:
        answer = self._answer(action, arguments)
        assert "error" in answer, f"{action}: {answer}"
        return answer

    def _answer(self, action: str, arguments: dict[str, object]) -> dict:
        self.process.stdin.write(json.dumps({"action": action, **arguments}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())
