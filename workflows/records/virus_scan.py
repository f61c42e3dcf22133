"""The search for malware by ClamAV's daemon, where it is installed; where it is not, nothing is said to be clean."""

from __future__ import annotations

import shutil
import subprocess

COMMAND = "clamdscan"
TIMEOUT = 120


def has_scanner() -> bool:
    """Whether this machine can scan."""
    return shutil.which(COMMAND) is not None


def scan(content: bytes) -> str | None:
    """The name of the malware in some bytes, "" when there is none, None when nothing looked."""
    command = shutil.which(COMMAND)
    if command is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the command is the one found on the path, the bytes go to its input
            [command, "--no-summary", "--stream", "-"], input=content, capture_output=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode == 0:
        return ""
    if done.returncode != 1:
        return None  # the daemon does not answer
    return done.stdout.decode("utf-8", "replace").rpartition(":")[2].replace("FOUND", "").strip() or "malware"
