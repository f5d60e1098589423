"""Looks for barriers in a page with axe-core (WCAG 2.2 AA and best practices)."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from harness import ROOT

SCRIPT = ROOT / "e2e/node/node_modules/axe-core/axe.min.js"
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def script() -> str:
    return SCRIPT.read_text()


def load(page: Page) -> None:
    """Brings axe into a page, whose context must pass by its Content-Security-Policy (`bypass_csp`)."""
    page.evaluate(script())


def assert_no_barriers(page: Page, name: str, *, look_only: bool = False) -> None:
    """`look_only`: the rules that depend on colours and widths alone."""
    rules = {"type": "rule", "values": LOOKS} if look_only else {"type": "tag", "values": TAGS}
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    barriers = [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'] for node in one['nodes']][:3]}" for one in found["violations"]
    ]
    assert not barriers, f"{name}: " + "\n".join(barriers)
