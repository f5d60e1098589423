"""``python -m logto doctor ENDPOINT``: why sign-in does not work."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional, Sequence

from ._connection import DEFAULT_TIMEOUT
from ._doctor_cookie import DEFAULT_RESOURCES
from ._doctor_report import Finding, as_json, conclusion, exit_code, outcome
from .doctor import Target, examine


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The exit code: 0, or 1 when a check failed or, with ``--strict``, could not tell. (2 for arguments that make no sense.)"""
    given = _parser().parse_args(arguments)
    target = Target(
        endpoint=given.endpoint,
        app_id=given.app_id,
        redirect_uri=given.redirect_uri,
        resources=given.resources,
        ca_bundle=given.ca_bundle,
        allow_insecure_http=given.allow_insecure_http,
        timeout=given.timeout,
    )
    found: List[Finding] = []
    for finding in examine(target):
        found.append(finding)
        if not given.json:
            print(finding, flush=True)
    if given.json:
        print(as_json(target.endpoint, found, given.strict))
    else:
        print(f"\n{conclusion(found, given.strict)}")
    return exit_code(outcome(found), given.strict)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m logto", description="Tools of the package logto.")
    doctor = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "doctor", help="checks a provider and how this machine reaches it", description="Changes nothing, and signs nobody in."
    )
    doctor.add_argument("endpoint", metavar="ENDPOINT", help="the provider's public address, for example https://auth.example.com")
    doctor.add_argument("--app-id", help="the application whose redirect URI is checked")
    doctor.add_argument("--redirect-uri", help="the callback that should be registered")
    doctor.add_argument("--resources", type=_count, default=DEFAULT_RESOURCES, metavar="N",
                        help="API resources that access tokens are asked for (default: %(default)s)")
    doctor.add_argument("--strict", action="store_true", help="what could not be checked counts as a failure")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--ca-bundle", metavar="PATH", help="authorities to trust instead of the system's, a PEM file or a directory")
    doctor.add_argument("--allow-insecure-http", action="store_true", help="plain http at other addresses than localhost")
    doctor.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT, metavar="SECONDS", help="of each request (default: %(default)s)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError("a number from 0 to 100")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
