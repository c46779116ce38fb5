"""What recordings are kept for, and how long each purpose needs them: data.

A period is a proposal for the owner, who may choose another; a *minimum* is a law's
demand, and nothing goes before its end.  The sources are named in docs/retention.md;
where a text was not opened, `checked` is False and the row says so on the page.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Purpose:
    """One row: `months` of audio (None: no period of its own), and who says so."""

    id: str
    title: str
    months: int | None
    source: str
    #: The law forbids to erase earlier; the owner cannot choose a shorter period.
    minimum: bool = False
    #: Months an authority may ask for on top.
    extended_months: int | None = None
    #: The text behind it was read, not remembered.
    checked: bool = True


PURPOSES = {
    row.id: row
    for row in (
        Purpose("quality", "quality monitoring", 6, "usual practice, requirement R45"),
        Purpose("service", "customer service", 6, "usual practice, requirement R45"),
        Purpose("training", "training of staff", 12, "usual practice; CNIL: 6 months"),
        Purpose("dispute", "settling disputes", 24, "usual practice, requirement R45"),
        Purpose("feedback", "customers' feedback", 3, "usual practice, at most"),
        Purpose("legal", "legal proceedings", None, "until the case ends: a hold"),
        Purpose("personal", "a person's own memory", None, "GDPR 2(2)(c)"),
        Purpose(
            *("mifid", "orders of investors", 60),
            "2014/65/EU 16(7); 2017/565 art. 76",
            minimum=True,
            extended_months=84,
        ),
        Purpose("fr_work", "staff calls in France", 6, "CNIL; notes of them 1 year"),
        Purpose(
            *("hu_public", "public-service line, Hungary", 60),
            "Hungary: consumer protection act",
            minimum=True,
        ),
        Purpose(
            *("us_telemarketing", "telemarketing, United States", 60),
            "16 CFR 310.5, since 2024",
            minimum=True,
        ),
        Purpose(
            *("us_debt", "debt collection, United States", 36),
            "12 CFR 1006.100(b)",
            minimum=True,
            checked=False,
        ),
        Purpose(
            *("us_health", "health records, United States", 72),
            "45 CFR 164.316(b)(2)(i); content: medical-record law",
            minimum=True,
        ),
    )
}
