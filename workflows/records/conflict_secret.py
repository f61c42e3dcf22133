"""Identity numbers, credit codes and telephone numbers as the conflict index keeps them: keyed digests, never the number.

There are few enough identity numbers to try them all, so a plain digest would give them away. The key is made once for each
firm and stands in its database, because web and worker nodes share nothing else; who exports the index does not export it.
"""

from __future__ import annotations

import hmac
import re
import secrets

from sqlalchemy import Integer, LargeBinary, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column
from stdnum.iso7064 import mod_11_2

from engine.db import Base
from workflows.records.identifiers import check_credit_code, check_id_number, clean
from workflows.records.name_writing import read_rules

DIGEST = 16
OLD_ID_NUMBER, CREDIT_CODE = 15, 18
ID_NUMBER = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{9}[\dX]")


class ConflictSecretRow(Base):
    """The firm's key; one row."""

    __tablename__ = "conflict_secret"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)


def get_secret(session: Session) -> bytes:
    """The firm's key, made when it is first needed; of two who need it first at once, one makes it."""
    secret = find_secret(session)
    if secret is None:
        made = {"id": 1, "secret": secrets.token_bytes(32)}
        session.execute(text("INSERT INTO conflict_secret (id, secret) VALUES (:id, :secret) ON CONFLICT DO NOTHING"), made)
        secret = find_secret(session)
        assert secret is not None
    return secret


def find_secret(session: Session) -> bytes | None:
    """The firm's key; None as long as no identifier was ever kept."""
    return session.scalars(select(ConflictSecretRow.secret)).first()


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
