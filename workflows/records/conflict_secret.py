"""Identity numbers, credit codes and telephone numbers as the firm's registers keep them: keyed digests, never the number.

There are few enough identity numbers to try them all, so a plain digest would give them away, and so would a keyed one to
whoever has the key. The key therefore stands in a file of the data folder (``conflict_key``, for its owner alone) and not in
the database: a copy of the database gives no number away. The database keeps a check value, so that a wrong key is noticed.

A database of before holds the key itself; ``carry_over`` moves it. An engine without a data folder (a measurement) keeps it.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from pathlib import Path

from sqlalchemy import Integer, LargeBinary, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column
from stdnum.iso7064 import mod_11_2

from engine.db import Base
from engine.errors import JuanzongError
from workflows.records.identifiers import check_credit_code, check_id_number, clean
from workflows.records.name_writing import read_rules

DIGEST, KEY = 16, 32
OLD_ID_NUMBER, CREDIT_CODE = 15, 18
ID_NUMBER = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{9}[\dX]")
SECRET, CHECK = 1, 2  # the rows: the key itself, and what tells that a key is the right one
OPTION, FILE = "conflict_key", "conflict_key"


class ConflictKeyMissing(JuanzongError):
    """The key of the conflict register is missing or is another one: {path} must hold the key this database was begun with."""


class ConflictSecretRow(Base):
    """The firm's key, or the check value of the key that stands in the data folder."""

    __tablename__ = "conflict_secret"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)


def get_secret(session: Session) -> bytes:
    """The firm's key, made when it is first needed; of two who need it first at once, one makes it."""
    secret = find_secret(session)
    if secret is not None:
        return secret
    path = _find_path(session)
    if path is None:
        _keep(session, SECRET, secrets.token_bytes(KEY))
        return _read_rows(session)[SECRET]
    secret = _write_file(path, secrets.token_bytes(KEY))
    _keep(session, CHECK, make_check(secret))
    return _confirm(secret, _read_rows(session), path)


def find_secret(session: Session) -> bytes | None:
    """The firm's key; None as long as no identifier was ever kept. Raises ``ConflictKeyMissing`` for a lost or wrong file."""
    rows, path = _read_rows(session), _find_path(session)
    if SECRET in rows or path is None or CHECK not in rows:
        return rows.get(SECRET)
    try:
        return _confirm(path.read_bytes(), rows, path)
    except FileNotFoundError as error:
        raise ConflictKeyMissing(path=path) from error


def is_in_database(session: Session) -> bool:
    """Whether the key still stands in a database whose engine has a data folder."""
    return _find_path(session) is not None and SECRET in _read_rows(session)


def carry_over(session: Session) -> None:
    """Move the key out of the database into the data folder. The file is written first: losing the key would lose every match."""
    path, secret = _find_path(session), _read_rows(session).get(SECRET)
    if path is None or secret is None:
        return
    if _write_file(path, secret) != secret:
        raise ConflictKeyMissing(path=path)
    _keep(session, CHECK, make_check(secret))
    session.execute(delete(ConflictSecretRow).where(ConflictSecretRow.id == SECRET))


def make_check(secret: bytes) -> bytes:
    """What tells that a key is the right one, and nothing else about it."""
    return hmac.digest(secret, b"conflict_key", "sha256")[:DIGEST]


def _confirm(secret: bytes, rows: dict[int, bytes], path: Path) -> bytes:
    if not hmac.compare_digest(make_check(secret), rows[CHECK]):
        raise ConflictKeyMissing(path=path)
    return secret


def _find_path(session: Session) -> Path | None:
    """Where the key stands: an option of the engine."""
    path: Path | None = session.connection().get_execution_options().get(OPTION)
    return path


def _read_rows(session: Session) -> dict[int, bytes]:
    return {row.id: row.secret for row in session.execute(select(ConflictSecretRow.id, ConflictSecretRow.secret))}


def _keep(session: Session, row: int, value: bytes) -> None:
    made = {"id": row, "secret": value}
    session.execute(text("INSERT INTO conflict_secret (id, secret) VALUES (:id, :secret) ON CONFLICT DO NOTHING"), made)


def _write_file(path: Path, secret: bytes) -> bytes:
    """Write a key unless there is one; returns the one that is there. It appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
    return path.read_bytes()


def canonical(identifier: str) -> str:
    """An identifier in the one form it is compared in.

    An old identity number of 15 digits becomes the one of 18; a credit code its organisation code, which older papers have.
    """
    cleaned = clean(identifier)
    if len(cleaned) == OLD_ID_NUMBER and cleaned.isdigit():
        longer = f"{cleaned[:6]}19{cleaned[6:]}"
        longer += str(mod_11_2.calc_check_digit(longer))
        return longer if check_id_number(longer) is None else cleaned
    if len(cleaned) == CREDIT_CODE and not ID_NUMBER.fullmatch(cleaned) and check_credit_code(cleaned) is None:
        return cleaned[8:17]
    return cleaned


def digest(secret: bytes, canonical_text: str) -> bytes | None:
    """The keyed digest of an identifier in its one form; None for nothing."""
    return hmac.digest(secret, canonical_text.encode(), "sha256")[:DIGEST] if canonical_text else None


def birth_year_of(canonical_text: str) -> int | None:
    """The year of birth in an identity number in its one form."""
    return int(canonical_text[6:10]) if ID_NUMBER.fullmatch(canonical_text) else None


def birthplace_of(canonical_text: str) -> str:
    """The province where an identity number was given out; empty if that is not known."""
    if not ID_NUMBER.fullmatch(canonical_text):
        return ""
    return str(read_rules("name_business")["province_codes"].get(int(canonical_text[:2]), ""))
