"""The tables of the spool, and how an older spool becomes one of today."""

from typing import Final

from pywats.ingest.reasons import ACTIVE

APPLICATION_ID: Final = 0x57_41_54_53
"""Marks the SQLite file as a spool ("WATS")."""

VERSION: Final = 4
"""``PRAGMA user_version`` of the tables below."""

ACTIVE_SQL: Final = "state IN ({})".format(", ".join(f"'{state}'" for state in ACTIVE))
"""Written the same way in queries and partial indexes, or SQLite would not use the index."""

FOR_A_PERSON_SQL: Final = "state IN ('quarantined', 'held')"
"""The states in which a report waits for a person; written the same way for the same reason."""

_SINCE_2: Final = (
    """CREATE TABLE command (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        verb TEXT NOT NULL,
        argument TEXT NOT NULL,
        answered_at INTEGER,
        answer TEXT
    ) STRICT""",
    "CREATE INDEX event_file ON event(file)",
)

_SINCE_3: Final = (
    f"CREATE INDEX entry_for_a_person ON entry(state, reason, number) WHERE {FOR_A_PERSON_SQL}",
    "CREATE INDEX file_without_reports ON file(number) WHERE reason IS NOT NULL",
)

_SINCE_4: Final = ("ALTER TABLE file ADD COLUMN so_far INTEGER",)
"""How many of its reports were taken, while there are more to come."""

# Bodies have a table of their own: a change of state then rewrites a small row, and works on a full disk too.
# File names are bytes: they need not be text. Times are milliseconds of UTC, `start` is in microseconds.
TABLES: Final = (
    """CREATE TABLE file (
        number INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        path BLOB NOT NULL,
        digest BLOB NOT NULL,
        size INTEGER NOT NULL,
        converter TEXT NOT NULL,
        taken_at INTEGER NOT NULL,
        fate TEXT NOT NULL,
        here BLOB NOT NULL,
        target BLOB,
        reason TEXT,
        detail TEXT NOT NULL DEFAULT '',
        position TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX file_on_its_way ON file(path) WHERE target IS NOT NULL",
    """CREATE TABLE entry (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        report_id TEXT NOT NULL,
        digest BLOB NOT NULL,
        file INTEGER NOT NULL REFERENCES file,
        position INTEGER NOT NULL,
        type TEXT NOT NULL,
        sn TEXT NOT NULL,
        pn TEXT NOT NULL,
        process INTEGER,
        start INTEGER NOT NULL,
        refers_to TEXT,
        state TEXT NOT NULL,
        ready INTEGER NOT NULL DEFAULT 0,
        backlog INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        unknown INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT '',
        server_id TEXT,
        filed INTEGER NOT NULL DEFAULT 1,
        accepted_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX entry_content ON entry(report_id, digest)",
    f"CREATE INDEX entry_unit ON entry(pn, sn, number) WHERE {ACTIVE_SQL}",
    "CREATE INDEX entry_ready ON entry(backlog, number) WHERE ready = 1",
    "CREATE INDEX entry_ready_of_unit ON entry(pn, sn) WHERE ready = 1",
    f"CREATE INDEX entry_reference ON entry(refers_to) WHERE refers_to IS NOT NULL AND {ACTIVE_SQL}",
    "CREATE INDEX entry_identity ON entry(sn, start)",
    "CREATE INDEX entry_file ON entry(file)",
    "CREATE INDEX entry_unfiled ON entry(file) WHERE filed = 0",
    """CREATE TABLE body (
        entry INTEGER PRIMARY KEY REFERENCES entry,
        bytes BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE event (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        entry INTEGER REFERENCES entry,
        file INTEGER REFERENCES file,
        before TEXT,
        after TEXT,
        cause TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX event_entry ON event(entry)",
    *_SINCE_2,
    *_SINCE_3,
    *_SINCE_4,
)

UPGRADES: Final[dict[int, tuple[str, ...]]] = {1: _SINCE_2, 2: _SINCE_3, 3: _SINCE_4}
"""By version: the statements that bring a spool of that version to the next one."""
