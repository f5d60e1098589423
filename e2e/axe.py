"""Looks for barriers in a page with axe-core (WCAG 2.2 AA and best practices)."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from harness import ROOT

SCRIPT = ROOT / "e2e/node/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def script() -> str:
    return SCRIPT.read_text()


def assert_no_barriers(page: Page, name: str) -> None:
    """The page's context must pass by its Content-Security-Policy (`bypass_csp`), which lets no such script in."""
    page.evaluate(script())
    found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    barriers = [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'] for node in one['nodes']][:3]}" for one in found["violations"]
    ]
    assert not barriers, f"{name}: " + "\n".join(barriers)
