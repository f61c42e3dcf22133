"""How this deployment runs: read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """``demo`` opens the demo firm with its movable clock and logins without a password."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("data")
    database_url: str = ""
    public_url: str = ""
    demo: bool = False
    secret_key: str = ""
    metrics_token: str = ""
    mail: Mapping[str, Any] | None = None
    archive_copy_dir: Path | None = None
    archive_tsa_url: str = ""

    @property
    def url(self) -> str:
        """The database's connection string; SQLite in the data folder unless another is given."""
        return self.database_url or f"sqlite:///{self.data_dir / 'juanzong.db'}"


def read_settings() -> Settings:
    """Settings from HOST, PORT, DATA_DIR, DATABASE_URL, PUBLIC_URL, DEMO, SECRET_KEY, METRICS_TOKEN, ARCHIVE_* and mail."""
    env = os.environ
    host, port = env.get("HOST", "127.0.0.1"), int(env.get("PORT", "8000"))
    return Settings(
        host=host,
        port=port,
        data_dir=Path(env.get("DATA_DIR", "data")),
        database_url=env.get("DATABASE_URL", ""),
        public_url=env.get("PUBLIC_URL", f"http://{host}:{port}"),
        demo=env.get("DEMO", "1") == "1",
        secret_key=env.get("SECRET_KEY", ""),
        metrics_token=env.get("METRICS_TOKEN", ""),
        mail=read_mail(env),
        archive_copy_dir=Path(env["ARCHIVE_COPY_DIR"]) if env.get("ARCHIVE_COPY_DIR") else None,
        archive_tsa_url=env.get("ARCHIVE_TSA_URL", ""),
    )


def read_mail(env: Mapping[str, str]) -> dict[str, Any] | None:
    """The SMTP server of SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD, SMTP_STARTTLS and MAIL_SENDER; None without a host."""
    if not env.get("SMTP_HOST"):
        return None
    return {
        "host": env["SMTP_HOST"],
        "port": int(env.get("SMTP_PORT", "587")),
        "starttls": env.get("SMTP_STARTTLS", "1") == "1",
        "user": env.get("SMTP_USER", ""),
        "password": env.get("SMTP_PASSWORD", ""),
        "sender": env.get("MAIL_SENDER", env.get("SMTP_USER", "")),
    }
