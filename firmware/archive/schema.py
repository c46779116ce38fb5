"""The catalogue's tables, as migrations that each run once."""

from sqlite_utils import Database, Migrations

migrations = Migrations("linekeeper")


@migrations()
def calls(db: Database) -> None:
    """One row per call; `data` is the sidecar, the other columns are for finding."""
    _run(
        db,
        """CREATE TABLE calls (
            id TEXT PRIMARY KEY,
            line TEXT NOT NULL,
            start_utc REAL NOT NULL,
            direction TEXT NOT NULL,
            outcome TEXT NOT NULL,
            audio TEXT NOT NULL,
            clock TEXT NOT NULL,
            boot_id TEXT NOT NULL,
            unsettled INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            data TEXT NOT NULL
        ) STRICT""",
        # Pages and filters walk this one index; every further one is wear.
        "CREATE INDEX calls_newest ON calls (start_utc, id, direction, outcome)",
        "CREATE INDEX calls_unsettled ON calls (id) WHERE unsettled = 1",
        "CREATE INDEX calls_boot ON calls (boot_id) WHERE clock <> 'synced'",
        """CREATE TABLE terms (
            call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
            term TEXT NOT NULL,
            PRIMARY KEY (call_id, term)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX terms_term ON terms (term)",
        """CREATE TABLE counters (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "INSERT INTO counters VALUES ('change', 0)",
        """CREATE TABLE clock_jobs (
            boot_id TEXT PRIMARY KEY,
            utc_at_boottime_0 REAL NOT NULL,
            reason TEXT NOT NULL,
            at_utc REAL NOT NULL
        ) STRICT, WITHOUT ROWID""",
    )


@migrations()
def people(db: Database) -> None:
    """Who may see the calls, and who is doing so."""
    _run(
        db,
        """CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            role TEXT NOT NULL CHECK (role IN ('owner', 'user')),
            password TEXT NOT NULL,
            created_utc REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE sessions (
            token TEXT PRIMARY KEY,
            user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            created_utc REAL NOT NULL,
            seen_utc REAL NOT NULL,
            expires_utc REAL NOT NULL,
            user_agent TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX sessions_user ON sessions (user_id)",
        """CREATE TABLE claim (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            salt TEXT NOT NULL,
            code TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE claim_failures (
            id INTEGER PRIMARY KEY,
            at_utc REAL NOT NULL
        ) STRICT""",
    )


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)
