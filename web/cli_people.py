"""The command line of the firm's people: ``juanzong people add``."""

from __future__ import annotations

import click

from engine import SYSTEM, RunOperation
from engine.errors import JuanzongError
from web.settings import read_settings
from workflows.roles import ROLES
from workflows.wiring import open_firm

SHORTEST = 12  # characters of a password
CHOICES = click.Choice(sorted(set(ROLES) - {"client", "system"}))


@click.group()
def people() -> None:
    """The firm's people."""


@people.command()
@click.argument("login")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=CHOICES, help="What the person does; may be given again.")
@click.option("--title", default="", help="What stands under the name.")
@click.option("--email", default="", help="Where mails go.")
@click.password_option(help="Asked for when it is not given.")
def add(login: str, name: str, roles: tuple[str, ...], title: str, email: str, password: str) -> None:
    """Add somebody who logs in with LOGIN and a password."""
    if len(password) < SHORTEST:
        raise click.ClickException(f"a password has at least {SHORTEST} characters")
    settings = read_settings()
    firm = open_firm(settings.url, data_dir=settings.data_dir)
    given = {"login": login, "name": name, "roles": list(roles), "title": title, "email": email, "password": password}
    try:
        firm.run(RunOperation("people.register", given), SYSTEM)
    except JuanzongError as error:
        raise click.ClickException(str(error)) from None
    finally:
        firm.close()
    click.echo(f"{name} may log in as {login}")
