"""A task meant for somebody who is away opens for who stands in, or for its role; open ones are handed on."""

from __future__ import annotations

from engine.handlers import Registry, StandIn


def test_the_first_who_names_somebody_else_decides_and_without_one_it_is_the_person():
    away = {"a": "b", "c": None}
    registry = Registry()
    registry.add([StandIn("x.none", lambda context, data, person: person)])
    registry.add([StandIn("x.away", lambda context, data, person: away.get(person, person))])
    found = [registry.find_stand_in(None, {}, person) for person in ("a", "c", "d")]  # type: ignore[arg-type]
    assert found == ["b", None, "d"]
