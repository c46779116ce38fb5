"""The box itself at a glance: is it locked, provable, backed up, alive."""

from flask import Blueprint, render_template

bp = Blueprint("box", __name__, url_prefix="/box")


@bp.get("")
def index() -> str:
    """Everything about the box, one card each."""
    return render_template("box/index.html")
