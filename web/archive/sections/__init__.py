"""The parts that a volume's page shows besides its own: a module and a template of the same name each.

A module has ``ORDER`` (small numbers first: 10 what to do now, 30 contents, 50 loans, 70 appraisal, 90 history),
``title() -> str`` (the heading, translated) and ``read(session, volume, person, now) -> dict | None`` (None: nothing to
show); its template is ``archive/sections/<name>.html`` and draws one ``<section class="card pad" id="<name>">`` with an ``<h2>``.
Only people who may see the volume get these parts; what is closed to some of them the part leaves out itself.
"""
