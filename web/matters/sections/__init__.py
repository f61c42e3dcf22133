"""The parts that a case's page shows besides its own: a module and a template of the same name each.

A module has ``ORDER`` (small numbers first), ``title() -> str`` (the heading, translated) and
``read(session, lead, matter, actor, now) -> dict | None`` (None: nothing to show); its template is
``matters/sections/<name>.html`` and draws one ``<section class="card pad" id="<name>">`` with an ``<h2>``.
Only people who see the case whole get these parts.
"""
