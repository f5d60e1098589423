"""What the doctor says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Iterable, Literal, Optional

Status = Literal["ok", "warning", "failed", "unknown", "skipped"]

_SHOWN = {"ok": "ok", "warning": "warning", "failed": "FAILED", "unknown": "cannot tell", "skipped": "skipped"}


@dataclass(frozen=True)
class Finding:
    """The result of one check; ``next_step`` says what to do about it."""

    name: str
    status: Status
    detail: str
    next_step: Optional[str] = None

    def __str__(self) -> str:
        first = f"{_SHOWN[self.status]:<12}{self.name:<15}{self.detail}"
        return first if self.next_step is None else f"{first}\n{'':<12}-> {self.next_step}"


def as_json(endpoint: str, findings: Iterable[Finding]) -> str:
    """``{"endpoint", "ok", "checks": [{"name", "status", "detail", "next_step"}]}``."""
    listed = list(findings)
    return json.dumps({"endpoint": endpoint, "ok": succeeded(listed), "checks": [asdict(one) for one in listed]}, indent=2)


def succeeded(findings: Iterable[Finding]) -> bool:
    """Whether nothing failed."""
    return all(one.status != "failed" for one in findings)
