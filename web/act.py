"""The one way by which pages change a call: the recorder does it, or says why not."""

from typing import Any

from flask import g
from werkzeug.exceptions import Conflict, NotFound

from firmware.archive import acting
from firmware.errors import ControlError, NoSuchCall, Refused
from web import house, words
from web.i18n import _


def act(verb: str, **fields: Any) -> dict[str, Any]:
    """Do one deed in the name of whoever is logged in; Conflict says why not."""
    try:
        return acting.act(house.settings(), verb, by=g.user.name, **fields)
    except NoSuchCall:
        raise NotFound(_("There is no call with this id.")) from None
    except Refused as refusal:
        told = _("That is not possible: %(why)s.", why=words.clean(str(refusal)))
        raise Conflict(told) from refusal
    except ControlError as error:
        raise Conflict(
            _("The recorder did not do it: %(error)s", error=error)
        ) from error
