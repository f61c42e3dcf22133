"""A served demo firm and one real Chromium a worker."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from engine import SYSTEM, DeployProcess, demo_clock
from web.app import create_app
from web.settings import Settings
from workflows.demo import open_demo_firm
from workflows.migrations import upgrade
from workflows.wiring import deployable_bundles, open_firm


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else Playwright's own."""
    installed = shutil.which("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a demo firm on a fresh SQLite database."""
    settings = Settings(data_dir=tmp_path, demo=True, secret_key="test")
    upgrade(settings.url)
    firm = open_firm(settings.url, clock=demo_clock(), data_dir=tmp_path)
    ready, _ = deployable_bundles()
    firm.run(DeployProcess(tuple(bundle for bundle in ready if bundle.name == "intake")), SYSTEM)
    open_demo_firm(firm)
    server = make_server("127.0.0.1", 0, create_app(settings, firm), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    firm.database.dispose()
