"""What a check found wrong, in the words of the pages."""

from web.i18n import N_, _

#: A word of `firmware.archive.ledger.problem.MEANING` -> what it means.
MEANING = {
    "ledger_missing": N_("there is no ledger"),
    "ledger_damaged": N_("the ledger’s file is damaged"),
    "entry_missing": N_("entries of the ledger are missing"),
    "entry_altered": N_("an entry of the ledger is not what was entered"),
    "entry_late": N_("the ledger knew of it much later than it says it happened"),
    "tree_altered": N_("the ledger’s stored tree does not fit its entries"),
    "head_missing": N_("the ledger’s signed head is missing"),
    "head_altered": N_("the ledger’s head is not signed with the key of the box"),
    "rolled_back": N_("the ledger is shorter than a checkpoint that was signed"),
    "rewritten": N_("the ledger’s past is not what a checkpoint covers"),
    "anchor_altered": N_("a checkpoint on the shelf is not what was signed"),
    "stamp_altered": N_("a timestamp does not belong to its checkpoint"),
    "key_missing": N_("the key of the box cannot be read"),
    "record_missing": N_("the ledger tells of a call that has no record"),
    "record_unknown": N_("the ledger knows nothing of this call"),
    "record_damaged": N_("the record cannot be read"),
    "record_altered": N_("the record is not what the ledger vouches for"),
    "signature_missing": N_("the record is not signed"),
    "signature_altered": N_("the signature of the record is not good"),
    "row_missing": N_("the catalogue does not list this call"),
    "row_altered": N_("the catalogue says something else than the record"),
    "row_unknown": N_("the catalogue lists a call that has no record"),
    "file_missing": N_("a file is gone, and no entry says why"),
    "file_altered": N_("a file is not what was stored"),
    "file_unknown": N_("a file is there that the ledger does not know"),
    "file_back": N_("a file is there that the ledger says was removed"),
    "hashes_altered": N_("the hashes of the seconds do not lead to the root"),
    "audio_altered": N_("the sound is not what was recorded"),
    "unreadable": N_("something cannot be read"),
}


def meaning(what: str) -> str:
    """Return what a problem means."""
    return _(MEANING[what]) if what in MEANING else what.replace("_", " ")


def checked(found: str | None) -> tuple[str, str]:
    """Return what a check of one call says, and its tone; nothing if there was none."""
    if not found or (found != "good" and found not in MEANING):
        return "", ""
    if found == "good":
        return _("Checked just now: everything is as it was recorded."), "good"
    told = _("Checked just now, and something is wrong: %(what)s.", what=meaning(found))
    return told, "bad"
