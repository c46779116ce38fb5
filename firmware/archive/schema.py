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


@migrations()
def consent(db: Database) -> None:
    """What the owner chose, who uses the lines, who agreed to what, who objects."""
    _run(
        db,
        """CREATE TABLE choices (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            "by" TEXT NOT NULL,
            at_utc REAL NOT NULL
        ) STRICT""",
        "CREATE INDEX choices_key ON choices (key, id)",
        """CREATE TABLE staff (
            id INTEGER PRIMARY KEY,
            line TEXT NOT NULL,
            name TEXT NOT NULL,
            added_utc REAL NOT NULL,
            added_by TEXT NOT NULL,
            told_utc REAL,
            told_by TEXT,
            language TEXT,
            text_sha256 TEXT,
            left_utc REAL
        ) STRICT""",
        """CREATE TABLE wishes (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL,
            kind TEXT NOT NULL
                CHECK (kind IN ('never', 'private', 'ask_first', 'place')),
            value TEXT NOT NULL,
            name TEXT NOT NULL,
            note TEXT NOT NULL,
            "by" TEXT NOT NULL,
            at_utc REAL NOT NULL,
            ended_utc REAL,
            ended_by TEXT
        ) STRICT""",
        "CREATE INDEX wishes_number ON wishes (number) WHERE ended_utc IS NULL",
        """CREATE TABLE agreements (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL,
            party TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('requested', 'granted', 'refused', 'withdrawn')),
            kind TEXT NOT NULL,
            purposes TEXT NOT NULL,
            given_utc REAL,
            expires_utc REAL,
            place TEXT NOT NULL,
            recorder TEXT NOT NULL,
            "use" TEXT NOT NULL,
            access TEXT NOT NULL,
            details TEXT NOT NULL,
            evidence TEXT NOT NULL,
            evidence_sha256 TEXT NOT NULL,
            call_id TEXT NOT NULL,
            "by" TEXT NOT NULL,
            created_utc REAL NOT NULL
        ) STRICT""",
        "CREATE INDEX agreements_number ON agreements (number)",
        """CREATE TABLE agreement_steps (
            id INTEGER PRIMARY KEY,
            agreement_id INTEGER NOT NULL REFERENCES agreements (id),
            at_utc REAL NOT NULL,
            state TEXT NOT NULL,
            "by" TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX agreement_steps_of ON agreement_steps (agreement_id)",
    )


@migrations()
def quarantine(db: Database) -> None:
    """Find the few calls that are locked away without walking over all."""
    sql = "CREATE INDEX calls_locked ON calls (id) WHERE audio = 'quarantined'"
    _run(db, sql)


@migrations()
def proved(db: Database) -> None:
    """Note when a person last proved with the password who they are."""
    sql = "ALTER TABLE sessions ADD COLUMN proved_utc REAL NOT NULL DEFAULT 0"
    _run(db, sql)


@migrations()
def keeping(db: Database) -> None:
    """Find what people keep or threw away; what was erased, and how far it reached."""
    _run(
        db,
        "ALTER TABLE calls ADD COLUMN keep TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX calls_keep ON calls (id, keep) WHERE keep <> ''",
        """CREATE TABLE certificates (
            id TEXT PRIMARY KEY,
            at_utc REAL NOT NULL,
            data TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE erasures (
            id INTEGER PRIMARY KEY,
            call_id TEXT NOT NULL,
            what TEXT NOT NULL CHECK (what IN ('audio', 'all')),
            reason TEXT NOT NULL,
            "by" TEXT NOT NULL,
            at_utc REAL NOT NULL,
            certificate TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX erasures_call ON erasures (call_id)",
        """CREATE TABLE erasure_reach (
            erasure_id INTEGER NOT NULL REFERENCES erasures (id),
            place TEXT NOT NULL,
            at_utc REAL NOT NULL,
            PRIMARY KEY (erasure_id, place)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE sweeps (
            id INTEGER PRIMARY KEY,
            at_utc REAL NOT NULL,
            calls INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            stopped TEXT NOT NULL
        ) STRICT""",
    )


@migrations()
def roles(db: Database) -> None:
    """Five roles instead of two, and lines of their own; log-ins end with this."""
    _run(
        db,
        """CREATE TABLE people (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            role TEXT NOT NULL CHECK
                (role IN ('owner', 'manager', 'agent', 'reviewer', 'auditor')),
            password TEXT NOT NULL,
            created_utc REAL NOT NULL,
            lines TEXT NOT NULL DEFAULT '[]'
        ) STRICT""",
        "INSERT INTO people SELECT id, name, CASE role WHEN 'user' THEN 'agent' ELSE"
        " role END, password, created_utc, '[]' FROM users",
        "DROP TABLE users",
        "ALTER TABLE people RENAME TO users",
    )


@migrations()
def requests(db: Database) -> None:
    """What people ask for their rights; the law wants an answer within a month."""
    _run(
        db,
        """CREATE TABLE requests (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL
                CHECK (kind IN ('access', 'erase', 'restrict', 'object', 'correct')),
            who TEXT NOT NULL,
            asked_utc REAL NOT NULL,
            "by" TEXT NOT NULL,
            done_utc REAL,
            done_by TEXT NOT NULL,
            answer TEXT NOT NULL
        ) STRICT""",
    )


@migrations()
def finding(db: Database) -> None:
    """What calls are found by; calls of before are indexed while the box works.

    Nothing here reads a call or writes more than a few pages, however many there are.
    """
    _run(
        db,
        """CREATE TABLE facets (
            start_utc REAL NOT NULL,
            id TEXT NOT NULL,
            line TEXT NOT NULL,
            direction TEXT NOT NULL,
            outcome TEXT NOT NULL,
            duration_s REAL NOT NULL,
            number TEXT NOT NULL,
            words TEXT NOT NULL,
            unheard INTEGER NOT NULL,
            PRIMARY KEY (start_utc, id)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX facets_number ON facets (number, start_utc, id)"
        " WHERE number <> ''",
        "CREATE INDEX facets_unheard ON facets (start_utc, id) WHERE unheard = 1",
        "ALTER TABLE terms RENAME TO old_terms",
        """CREATE TABLE terms (
            term TEXT NOT NULL,
            start_utc REAL NOT NULL,
            call_id TEXT NOT NULL,
            PRIMARY KEY (term, start_utc, call_id)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE endings (
            ending TEXT NOT NULL,
            number TEXT NOT NULL,
            PRIMARY KEY (ending, number)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE to_index (
            start_utc REAL NOT NULL,
            id TEXT NOT NULL
        ) STRICT""",
        "INSERT INTO to_index SELECT 1e15, '' WHERE EXISTS (SELECT 1 FROM calls)",
        """CREATE TABLE heard (
            call_id TEXT NOT NULL,
            "by" TEXT NOT NULL,
            first_utc REAL NOT NULL,
            PRIMARY KEY (call_id, "by")
        ) STRICT, WITHOUT ROWID""",
        'CREATE INDEX heard_by ON heard ("by", call_id)',
        """CREATE TABLE texts (
            id INTEGER PRIMARY KEY,
            call_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            start_utc REAL NOT NULL,
            words TEXT NOT NULL,
            UNIQUE (call_id, kind)
        ) STRICT""",
        """CREATE VIRTUAL TABLE texts_index USING fts5(
            words, content='texts', content_rowid='id', detail='none', columnsize=0,
            prefix='3', tokenize='ascii'
        )""",
        """CREATE TABLE views (
            id INTEGER PRIMARY KEY,
            user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            query TEXT NOT NULL,
            shared INTEGER NOT NULL CHECK (shared IN (0, 1)),
            UNIQUE (user_id, name)
        ) STRICT""",
    )
    if not db.execute("SELECT 1 FROM to_index").fetchone():
        db.execute("DROP TABLE old_terms")


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)


@migrations()
def callbacks(db: Database) -> None:
    """What people said of callers who were missed; it goes with the call."""
    _run(
        db,
        """CREATE TABLE callbacks (
            call_id TEXT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
            "by" TEXT NOT NULL,
            at_utc REAL NOT NULL,
            until_utc REAL
        ) STRICT, WITHOUT ROWID""",
    )


@migrations()
def finding_by_line(db: Database) -> None:
    """Find the calls of a line that has few, for those who see no other."""
    _run(db, "CREATE INDEX facets_line ON facets (line, start_utc, id)")


@migrations()
def factors(db: Database) -> None:
    """What somebody proves themselves with besides the password."""
    _run(
        db,
        """CREATE TABLE passkeys (
            id TEXT PRIMARY KEY,
            user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            host TEXT NOT NULL,
            data BLOB NOT NULL,
            counter INTEGER NOT NULL,
            created_utc REAL NOT NULL,
            used_utc REAL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX passkeys_user ON passkeys (user_id)",
        """CREATE TABLE code_apps (
            user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            secret TEXT NOT NULL,
            step INTEGER NOT NULL,
            created_utc REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE recovery_codes (
            user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            hash TEXT NOT NULL,
            PRIMARY KEY (user_id, hash)
        ) STRICT, WITHOUT ROWID""",
    )
