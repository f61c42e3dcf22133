"""Forms: the part of the form-js schema that the server enforces; the server is the only judge of what was posted.

Custom properties (``properties`` of a component): ``check`` names a registered check, ``label_en``, ``description_en`` and
``text_en`` hold English text, ``control`` chooses a control (``signature``, ``hidden``, ``scale``), ``unit`` is shown,
``min_rows`` is a list's least, ``options`` names a list that the page fills in, ``earliest`` and ``latest`` bound a date.
"""

from __future__ import annotations

from engine.forms.entries import is_drawing
from engine.forms.fields import (
    GROUPS,
    INPUTS,
    STATIC,
    Check,
    Component,
    FieldError,
    condition_data,
    condition_names,
    is_hidden,
    properties,
    rules,
    walk,
)
from engine.forms.schema import Fault, check_schema
from engine.forms.validation import fill_defaults, validate

__all__ = [
    "GROUPS", "INPUTS", "STATIC", "Check", "Component", "Fault", "FieldError", "check_schema", "condition_data",
    "condition_names", "fill_defaults", "is_drawing", "is_hidden", "properties", "rules", "validate", "walk",
]  # fmt: skip
