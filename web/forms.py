"""Forms on a page: what was posted becomes values for the engine, errors become sentences at the field, fields are drawn.

Everything works without script. A row is added by a button ``_add:<path>``, removed by ``_remove:<path>:<index>``; ``_recheck``
draws the form anew, because a choice shows or hides other fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import render_template
from markupsafe import Markup, escape
from werkzeug.datastructures import FileStorage, MultiDict

from engine import forms
from engine.errors import JuanzongError
from engine.forms import Component, FieldError, is_hidden
from web.errors import say
from web.form_messages import MESSAGES
from web.i18n import language, translate

ADD, REMOVE, RECHECK, DRAWN = "_add:", "_remove:", "_recheck", ":drawn"
MANY = ("checklist", "taglist", "filepicker")
#: kinds that fit into a cell of a table of rows
NARROW = frozenset({"textfield", "number", "select", "datetime", "checkbox"})
WIDEST = 6
#: kinds with one value, which a form that is drawn anew can carry unseen
SINGLE = frozenset({"textfield", "textarea", "number", "select", "radio", "datetime"})
ROW_NUMBER = re.compile(r"\d{1,4}")


class FileDesk(Protocol):
    """Where a page puts what was uploaded, and where it looks up what a form names."""

    def take(self, name: str, content: bytes, field: str) -> str:
        """Store an upload; returns the document's id. Raises a ``JuanzongError`` that is said at the field."""

    def title(self, document_id: str) -> str | None:
        """A document's title; None when it does not belong to this case."""


def word_errors(errors: Mapping[str, list[FieldError]]) -> dict[str, list[str]]:
    """Each path's errors as sentences in the reader's language."""
    return {path: [translate(MESSAGES.get(e.code, e.code)).format(**e.params) for e in found] for path, found in errors.items()}


def label(component: Mapping[str, Any], name: str = "label") -> str:
    """A component's or option's text in the reader's language."""
    english = forms.properties(component).get(f"{name}_en") or component.get(f"{name}_en")
    return str(english if language() == "en" and english else component.get(name) or "")


# -- what was posted ------------------------------------------------------------------------------------------------------


def wants_redraw(posted: MultiDict[str, str]) -> bool:
    """Whether a button asked for the form again, without judging it."""
    return RECHECK in posted or any(name.startswith((ADD, REMOVE)) for name in posted)


def parse_posted(schema: Mapping[str, Any], posted: MultiDict[str, str]) -> dict[str, Any]:
    """The raw values of a posted form, by the schema's keys; nothing is judged here and nothing typed is lost."""
    return read_level(schema.get("components") or [], posted, "")


def read_level(components: list[Any], posted: MultiDict[str, str], prefix: str) -> dict[str, Any]:
    """The raw values of some components; rows are posted as ``path.index.key``."""
    values: dict[str, Any] = {}
    for component in components:
        kind, key = component.get("type"), component.get("key")
        name = f"{prefix}{key}"
        if kind == "group":
            values.update(read_level(component.get("components") or [], posted, prefix))
        elif kind == "dynamiclist":
            values[component["path"]] = read_rows(component, posted, prefix)
        elif key and kind in MANY:
            values[key] = [each for each in posted.getlist(name) if each]
        elif key and kind == "checkbox":
            values[key] = name in posted
        elif key and kind in forms.INPUTS:
            values[key] = posted.get(name + DRAWN) or posted.get(name, "")
    return values


def read_rows(component: Component, posted: MultiDict[str, str], prefix: str) -> list[dict[str, Any]]:
    """The rows of a dynamic list in the order of their numbers, one removed or added if a button said so."""
    path = f"{prefix}{component['path']}"
    start = f"{path}."
    numbers = {name[len(start) :].split(".", 1)[0] for name in posted if name.startswith(start)}
    kept = sorted(int(number) for number in numbers if ROW_NUMBER.fullmatch(number))
    kept = [index for index in kept if f"{REMOVE}{path}:{index}" not in posted]
    rows = [read_level(component.get("components") or [], posted, f"{path}.{index}.") for index in kept]
    if f"{ADD}{path}" in posted:
        rows.append({})
    return rows


def take_files(
    schema: Mapping[str, Any], values: dict[str, Any], files: MultiDict[str, FileStorage], desk: FileDesk
) -> dict[str, list[str]]:
    """Store the uploads of a form and put their document ids into its values; refused ones come back as sentences by path.

    Ids of documents that are not of this case are dropped, whoever wrote them into the page.
    """
    errors: dict[str, list[str]] = {}
    for path, holder, component in pickers(schema.get("components") or [], values, ""):
        key = component["key"]
        known = [each for each in holder.get(key) or [] if desk.title(each) is not None]
        for upload in files.getlist(path):
            if not upload.filename:
                continue
            try:
                known.append(desk.take(upload.filename, upload.read(), path))
            except JuanzongError as refused:
                errors.setdefault(path, []).append(say(refused))
        holder[key] = known
    return errors


def pickers(components: list[Any], values: Any, prefix: str) -> list[tuple[str, dict[str, Any], Component]]:
    """Every place for files of a form: its path, the values that hold it, its component."""
    found: list[tuple[str, dict[str, Any], Component]] = []
    for component in components:
        kind = component.get("type")
        if kind == "group":
            found += pickers(component.get("components") or [], values, prefix)
        elif kind == "dynamiclist":
            path = f"{prefix}{component['path']}"
            for index, row in enumerate(values.get(component["path"]) or []):
                found += pickers(component.get("components") or [], row, f"{path}.{index}.")
        elif kind == "filepicker":
            found.append((f"{prefix}{component['key']}", values, component))
    return found


# -- what is drawn --------------------------------------------------------------------------------------------------------


def with_options(schema: Mapping[str, Any], options: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    """A schema whose selects named by ``properties.options`` hold the given options."""

    def fill(component: Mapping[str, Any]) -> dict[str, Any]:
        name = str(forms.properties(component).get("options", ""))
        filled = {**component, "values": options[name]} if name in options else dict(component)
        if name in options:  # from here on they are judged like options written into the form
            filled["properties"] = {key: value for key, value in forms.properties(component).items() if key != "options"}
        if "components" in filled:
            filled["components"] = [fill(each) for each in filled["components"]]
        return filled

    return {**schema, "components": [fill(component) for component in schema.get("components") or []]}


@dataclass(frozen=True)
class Drawing:
    """What the templates ask while they draw one form."""

    schema: Mapping[str, Any]
    values: Mapping[str, Any]
    errors: Mapping[str, list[str]]
    disabled: bool = False
    desk: FileDesk | None = None
    watched: frozenset[str] = field(default_factory=frozenset)

    def scope(self, components: list[Any], row: Mapping[str, Any], outer: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What conditions see: the row's entries over those outside it."""
        return {**(outer or {}), **forms.condition_data(components, row)}

    def shown(self, components: list[Any], scope: Mapping[str, Any]) -> list[Component]:
        """The components that no condition hides."""
        return [each for each in components if not is_hidden(each, scope)]

    def kept(self, components: list[Any] | None = None, covered: bool = False) -> list[tuple[str, str]]:
        """Name and text of the single entries that a condition hides: they go to and fro, to be there when it shows them."""
        top = self.schema.get("components") or []
        scope = self.scope(top, self.values)
        found: list[tuple[str, str]] = []
        for each in top if components is None else components:
            hidden = covered or is_hidden(each, scope)
            value = self.values.get(each.get("key") or "")
            if each.get("type") == "group":
                found += self.kept(each.get("components") or [], hidden)
            elif hidden and each.get("type") in SINGLE and not forms.properties(each).get("control") and value not in (None, ""):
                found.append((each["key"], str(value)))
        return found

    def is_table(self, component: Component) -> bool:
        """Whether a list's rows fit into a table: a few narrow entries, none of them conditional."""
        parts = [each for each in component.get("components") or [] if not self.is_secret(each)]
        narrow = all(each.get("type") in NARROW and not each.get("conditional") for each in parts)
        return 2 <= len(parts) <= WIDEST and narrow

    def is_secret(self, component: Component) -> bool:
        """Whether an entry goes to and fro without being shown."""
        return forms.properties(component).get("control") == "hidden"

    def is_fixed(self, component: Component) -> bool:
        """Whether an entry can only be read."""
        return bool(self.disabled or component.get("disabled") or component.get("readonly"))

    def is_date(self, value: Any) -> bool:
        """Whether a date control can show a value; what it cannot show stays in a text control."""
        return value in (None, "") or bool(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", str(value)))

    def chosen(self, component: Component, value: Any) -> str:
        """A choice in words, for an entry that can only be read."""
        picked = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        options = component.get("values") or []
        return "、".join(label(each) for each in options if str(each.get("value")) in picked) or "、".join(filter(None, picked))

    def has(self, value: Any, option: Mapping[str, Any]) -> bool:
        """Whether an option is chosen."""
        given = value if isinstance(value, list) else [value]
        return any(each is not None and str(each) == str(option.get("value")) for each in given)

    def loose(self) -> list[str]:
        """The sentences of errors that belong to no field shown: they stand above the form."""
        components = self.schema.get("components") or []
        known = self.paths(components, self.values, self.scope(components, self.values), "")
        return [sentence for path, said in self.errors.items() if path not in known for sentence in said]

    def paths(self, components: list[Any], values: Mapping[str, Any], scope: Mapping[str, Any], prefix: str) -> set[str]:
        """The paths of every field that is drawn."""
        found: set[str] = set()
        for each in self.shown(components, scope):
            parts = each.get("components") or []
            if each.get("type") == "group":
                found |= self.paths(parts, values, scope, prefix)
            elif each.get("type") == "dynamiclist":
                path = f"{prefix}{each['path']}"
                found.add(path)
                for index, row in enumerate(values.get(each["path"]) or []):
                    found |= self.paths(parts, row, self.scope(parts, row, scope), f"{path}.{index}.")
            elif each.get("key") and not self.is_secret(each):
                found.add(f"{prefix}{each['key']}")
        return found

    def files(self, value: Any) -> list[tuple[str, str]]:
        """The documents of an entry: id and title."""
        if self.desk is None or not isinstance(value, list):
            return []
        titled = [(each, self.desk.title(each)) for each in value if isinstance(each, str)]
        return [(each, title) for each, title in titled if title is not None]

    def text(self, component: Component) -> Markup:
        """A text component: paragraphs and bold words of its Markdown, nothing else."""
        parts = [part for part in re.split(r"\n\s*\n", label(component, "text")) if part.strip()]
        bold = [re.sub(r"\*\*([^*\n]{1,500})\*\*", r"<b>\1</b>", str(escape(part.strip(" #\n")))) for part in parts]
        return Markup("").join(Markup("<p>{}</p>").format(Markup(part.replace("\n", "<br>"))) for part in bold)  # noqa: S704 - escaped above


def draw(schema: Mapping[str, Any], values: Mapping[str, Any], errors: Mapping[str, list[str]] | None, **more: Any) -> Drawing:
    """What the templates need to draw a form."""
    watched = forms.condition_names(schema.get("components") or [])
    return Drawing(schema, values, errors or {}, watched=watched, **more)


def render_fields(
    schema: Mapping[str, Any],
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
    *,
    disabled: bool = False,
    desk: FileDesk | None = None,
) -> Markup:
    """The fields of a form, for a page that draws its own ``<form id="task-form">``."""
    drawing = draw(schema, values, errors, disabled=disabled, desk=desk)
    return Markup(render_template("form/fields.html", d=drawing))  # noqa: S704 - the template escapes


def render_form(
    schema: Mapping[str, Any],
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
    *,
    action: str,
    token: str,
    disabled: bool = False,
    draft: str | None = None,
    submit: str | None = None,
    buttons: str = "",
    note: str = "",
    target: str = "",
    keys: str = "",
    desk: FileDesk | None = None,
) -> Markup:
    """A whole form that posts to ``action``.

    ``draft`` is the address for what is typed meanwhile, ``submit`` the words of the button, ``buttons`` more of them (safe
    markup), ``note`` a line beside them, ``target`` the part of the page that the answer replaces (else the form itself),
    ``keys`` the keys that press the button, ``token`` the session's token against forged posts.
    """
    drawing = draw(schema, values, errors, disabled=disabled, desk=desk)
    words = {"action": action, "token": token, "draft": draft, "submit": submit, "buttons": buttons, "note": note}
    page = render_template("form/form.html", d=drawing, **words, target=target, keys=keys)
    return Markup(page)  # noqa: S704 - the template escapes
