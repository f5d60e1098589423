"""All guides."""

from __future__ import annotations

import guides

PAGES = [page for page in sorted(guides.GUIDES.glob("*.md")) if page.name != "README.md" and not page.name.endswith(".zh-CN.md")]


def test_every_guide_is_in_both_languages_with_the_same_code_and_in_the_index():
    index = (guides.GUIDES / "README.md").read_text(encoding="utf-8")
    assert len(PAGES) >= 6
    for page in PAGES:
        other = page.with_name(f"{page.stem}.zh-CN.md")
        guides.assert_same_blocks(page, other)
        assert f"({other.name})" in page.read_text(encoding="utf-8") and f"({page.name})" in other.read_text(encoding="utf-8")
        assert f"({page.name})" in index and f"({other.name})" in index
