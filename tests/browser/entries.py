"""Fills the firm's forms in a real browser from the same values that the path tests give the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.workflows.filing.pdfs import make_pdf

PASSES = 4  # a choice shows further fields, those may show others


class Upload(str):
    """The title of a PDF to be chosen in a file field."""


def fill(page: Page, values: Mapping[str, Any], prefix: str = "") -> None:
    """Enter values into the open form; what a form does not ask is left out, as the server would leave it out."""
    left = dict(values)
    for _ in range(PASSES):
        for key in list(left):
            if enter(page, f"{prefix}{key}", left[key]):
                del left[key]
        if not left:
            return


def settle(page: Page) -> None:
    """Wait until the page's script has nothing under way."""
    expect(page.locator(".htmx-request")).to_have_count(0)


def enter(page: Page, path: str, value: Any) -> bool:
    """Enter one value; False when the form shows no such field (yet)."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return enter_rows(page, path, value)
    found = page.locator(f'#task-form [name="{path}"]:not([type=hidden])')
    if not found.count():
        return False
    if isinstance(value, Upload | list) and found.last.get_attribute("type") == "file":
        for title in [value] if isinstance(value, str) else value:
            found.last.set_input_files({"name": f"{title}.pdf", "mimeType": "application/pdf", "buffer": make_pdf(1, title)})
        return True
    enter_plain(page, found, value)
    return True


def enter_plain(page: Page, found: Locator, value: Any) -> None:
    """Tick, choose or type."""
    first = found.first
    kind, tag = first.get_attribute("type"), first.evaluate("each => each.tagName")
    if first.is_disabled() or first.get_attribute("readonly") is not None:
        return
    if kind in ("radio", "checkbox"):
        wanted = value if isinstance(value, list) else ["true"] if value is True else [] if value is False else [value]
        for each in wanted:
            choice = page.locator(f'#task-form [name="{first.get_attribute("name")}"][value="{each}"]')
            if not choice.is_checked():
                choice.check()
                settle(page)
    elif tag == "SELECT":
        by_value = first.locator(f'option[value="{value}"]').count()
        first.select_option(value=str(value)) if by_value else first.select_option(label=str(value))
        settle(page)
    elif first.input_value() != str(value):
        first.fill(str(value))


def enter_rows(page: Page, path: str, rows: list[Mapping[str, Any]]) -> bool:
    """Add the rows that lack and enter their cells."""
    if not page.locator(f'[id="f-{path}"]').count():
        return False
    there = page.locator(f'#task-form input[type=hidden][name^="{path}."][name$="._"]')
    for number, row in enumerate(rows):
        if there.count() <= number:
            page.locator(f'button[name="_add:{path}"]').click()
            expect(there).to_have_count(number + 1)
        fill(page, row, f"{path}.{number}.")
    return True
