"""How long recordings stay: rules in words, what goes tonight, held calls, the bin."""

from flask import Blueprint, render_template

bp = Blueprint("keeping", __name__, url_prefix="/keeping")


@bp.get("")
def index() -> str:
    """The rules in words, and what goes tonight and why."""
    return render_template("keeping/index.html")
