"""What the doctor says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Iterable, Literal, Optional, Sequence

Status = Literal["ok", "warning", "failed", "unknown", "skipped"]
Outcome = Literal["ok", "unknown", "failed"]

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


def as_json(endpoint: str, findings: Sequence[Finding], strict: bool) -> str:
    """``{"endpoint", "outcome", "ok", "checks": [{"name", "status", "detail", "next_step"}]}``; ``ok`` says that the exit code is 0."""
    found = outcome(findings)
    members = {"endpoint": endpoint, "outcome": found, "ok": exit_code(found, strict) == 0, "checks": [asdict(one) for one in findings]}
    return json.dumps(members, indent=2)


def outcome(findings: Iterable[Finding]) -> Outcome:
    """``failed`` when a check failed, ``unknown`` when one could not tell. Warnings, and checks that nobody asked for, do not count."""
    found = {one.status for one in findings}
    return "failed" if "failed" in found else "unknown" if "unknown" in found else "ok"


def exit_code(found: Outcome, strict: bool) -> int:
    """
    :param strict: what could not be checked counts as failed.
    """
    return 1 if found == "failed" or (strict and found == "unknown") else 0


def conclusion(findings: Sequence[Finding], strict: bool) -> str:
    """The last line, for people."""
    found = outcome(findings)
    if found == "failed":
        return "Sign-in cannot work like this."
    if found == "ok":
        return "Nothing is wrong here."
    names = ", ".join(one.name for one in findings if one.status == "unknown")
    rest = "that counts as a failure (--strict)" if strict else "look at that yourself; --strict makes it a failure"
    return f"Nothing was found wrong, but this could not be checked: {names}. {rest[0].upper()}{rest[1:]}."
