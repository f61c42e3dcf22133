"""The archive's blueprint, to which the modules of this folder add their routes."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("archive", __name__, template_folder="templates")
