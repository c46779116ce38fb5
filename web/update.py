"""Which version this is, what it brought, and how a newer one gets onto the box."""

from flask import Blueprint, render_template

from firmware.service import installed
from web.i18n import N_, _

bp = Blueprint("update", __name__, url_prefix="/box/update")

#: How it was installed -> what that is called, and the steps to a newer version.
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "image": (
        N_("A card with the whole system"),
        (
            N_("Make a backup and see that it went well."),
            N_("Write the newer image onto another card, and swap the cards."),
            N_("Bring the recordings back from the backup."),
        ),
    ),
    "deb": (
        N_("A Debian package"),
        (
            N_("Copy the newer package onto the box, and choose a quiet hour."),
            N_("Run: sudo apt install ./linekeeper_VERSION_arm64.deb"),
            N_("Look at Health: the recorder has to be running again."),
        ),
    ),
    "tree": (
        N_("A folder with the source"),
        (
            N_("Choose a quiet hour, and stop recorder and page."),
            N_("In the folder: git pull, then ./run setup"),
            N_("Start them again, and look at Health."),
        ),
    ),
    "pip": (
        N_("A Python package"),
        (
            N_("Choose a quiet hour, and stop recorder and page."),
            N_("Install the newer package with pip into the same environment."),
            N_("Start them again, and look at Health."),
        ),
    ),
}
#: Versions whose changes are told.
SHOWN = 5


@bp.get("")
def index() -> str:
    """This installation, and what is to be done for a newer one."""
    here = installed.look()
    name, steps = WAYS[here.way]
    return render_template(
        "box/update.html",
        here=here,
        way=_(name),
        steps=[_(step) for step in steps],
        releases=installed.changelog()[:SHOWN],
    )
