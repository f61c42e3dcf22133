"""A served demo firm and one real Chromium a worker; the diagrams are deployed once and the database is copied."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from engine import SYSTEM, DeployProcess, Engine, demo_clock
from web.app import create_app, find_pages
from web.settings import Settings
from workflows.demo import open_demo_firm
from workflows.wiring import build_registry, deployable_bundles, open_firm

FONTS = Path(__file__).parents[2] / "web" / "static" / "dist" / "fonts"

# imports every record now: the database template is made of the tables that are known
build_registry()
find_pages()


@dataclass(frozen=True)
class Served:
    """A firm and the address at which it is served."""

    firm: Engine
    address: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else Playwright's own."""
    installed = shutil.which("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def firm_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file of a demo firm with every diagram deployed, to be copied."""
    folder = tmp_path_factory.mktemp("demo-firm")
    path = folder / "firm.db"
    shutil.copy(sqlite_template, path)
    firm = open_firm(f"sqlite:///{path}", clock=demo_clock(), data_dir=folder)
    ready, _held = deployable_bundles()
    firm.run(DeployProcess(tuple(ready)), SYSTEM)
    open_demo_firm(firm)
    firm.database.dispose()
    return path


@pytest.fixture
def demo(firm_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A demo firm on a fresh SQLite database, served."""
    shutil.copy(firm_template, tmp_path / "juanzong.db")
    shutil.copy(firm_template.with_name("conflict_key"), tmp_path)
    settings = Settings(data_dir=tmp_path, demo=True, secret_key="test")
    firm = open_firm(settings.url, clock=demo_clock(), data_dir=tmp_path, fonts=FONTS if FONTS.is_dir() else None)
    server = make_server("127.0.0.1", 0, create_app(settings, firm), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    firm.tools = {**firm.tools, "public_url": address}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(firm, address)
    server.shutdown()
    thread.join()
    firm.database.dispose()


@pytest.fixture
def served(demo: Served) -> str:
    """The address of a served demo firm."""
    return demo.address
