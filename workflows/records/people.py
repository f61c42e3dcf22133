"""The firm's people: who may log in, and with which roles."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Boolean, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Actor, Context
from engine.db import Base, Json, new_id
from engine.errors import NotAllowed, NotFound
from workflows.records import conflict_changes, conflict_index
from workflows.roles import ROLES

HASHER = PasswordHasher()


class Person(Base):
    """A person of the firm; ``relatives`` are declared close relatives (name, relation), searched for conflicts."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    roles: Mapped[list[str]] = mapped_column(Json)
    relatives: Mapped[list[dict[str, str]]] = mapped_column(Json)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)


def register(
    context: Context,
    *,
    login: str,
    name: str,
    roles: list[str],
    title: str = "",
    email: str = "",
    password: str = "",
    relatives: list[dict[str, str]] | None = None,
    is_demo: bool = False,
) -> dict[str, str]:
    """Add a person; returns ``person_id``. Raises ``NotAllowed`` for an unknown role or a login in use."""
    unknown = set(roles) - ROLES.keys()
    if unknown:
        raise NotAllowed(reason=f"there is no role {', '.join(sorted(unknown))}")
    if context.session.scalars(select(Person.id).where(Person.login == login)).first():  # also of somebody who has left
        raise NotAllowed(reason=f"the login {login} is in use")
    person = Person(
        id=new_id(),
        login=login,
        name=name,
        title=title,
        email=email,
        roles=list(roles),
        relatives=relatives or [],
        password_hash=HASHER.hash(password) if password else "",
        is_active=True,
        is_demo=is_demo,
    )
    context.session.add(person)
    context.session.flush()
    index_person(context, person)
    note_person(context, person, "joined")
    context.audit("person_registered", f"person:{person.id}", login=login, roles=roles)
    return {"person_id": person.id}


def index_person(context: Context, person: Person) -> None:
    """Put a person and the declared relatives into the conflict index; relative ids are ``<person id>:<position>``."""
    session = context.session
    conflict_index.put_subject(session, subject_kind="staff", subject_id=person.id, kind="person", names={person.name: "name"})
    for position, relative in enumerate(person.relatives):
        conflict_index.put_subject(
            session,
            subject_kind="relative",
            subject_id=f"{person.id}:{position}",
            kind="person",
            names={relative["name"]: "name"},
            identifier=relative.get("identifier", ""),
        )


def note_person(context: Context, person: Person, trigger: str) -> None:
    """Have the open matters compared with a person and the relatives at once, not only at night."""
    conflict_changes.note(context, "staff", person.id, person.name)
    for position, relative in enumerate(person.relatives):
        conflict_changes.note(context, "relative", f"{person.id}:{position}", relative["name"])
    context.send_message("conflict.compare_due", correlation="firm", payload={"compare_trigger": trigger})


def declare_relatives(context: Context, *, person_id: str, relatives: list[dict[str, str]]) -> None:
    """Replace a person's declared close relatives (name, relation, and the identity number where known)."""
    person = find_person(context.session, person_id)
    if person is None:
        raise NotFound(kind="person", id=person_id)
    for position in range(len(person.relatives)):
        conflict_index.remove_subject(context.session, "relative", f"{person.id}:{position}")
    person.relatives = [dict(relative) for relative in relatives]
    index_person(context, person)
    note_person(context, person, "declared")
    context.audit("relatives_declared", f"person:{person.id}", count=len(relatives))


def find_person_by_login(session: Session, login: str) -> Person | None:
    """The active person with a login."""
    return session.scalars(select(Person).where(Person.login == login, Person.is_active)).first()


def find_person(session: Session, person_id: str) -> Person | None:
    """A person by id."""
    return session.get(Person, person_id)


def find_name(session: Session, person_id: str) -> str | None:
    """What a person is called, for the engine, which knows only ids."""
    person = find_person(session, person_id)
    return person.name if person else None


def list_people(session: Session, role: str | None = None) -> list[Person]:
    """Active people in the order they were added, all or those with a role."""
    people = session.scalars(select(Person).where(Person.is_active).order_by(Person.id))
    return [person for person in people if role is None or role in person.roles]


def list_logins(session: Session) -> set[str]:
    """Every login ever given, also of who has left."""
    return set(session.scalars(select(Person.login)))


def verify_password(person: Person, password: str) -> bool:
    """Whether a password is the person's; a person without one cannot log in by password."""
    try:
        return bool(person.password_hash) and HASHER.verify(person.password_hash, password)
    except VerificationError:
        return False


def person_actor(person: Person) -> Actor:
    """The person as the engine knows them."""
    return Actor(person.id, person.name, frozenset(person.roles))
