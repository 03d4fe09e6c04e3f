"""The parts of a spool that is open, each of which sees to one thing in the same file."""

from pywats.ingest.spool.ages import Ages
from pywats.ingest.spool.books import Books
from pywats.ingest.spool.commands import Commands
from pywats.ingest.spool.database import Database
from pywats.ingest.spool.desk import Desk
from pywats.ingest.spool.queue import Queue
from pywats.ingest.spool.records import Records


class Opened:
    """What lives in the spool's thread."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.queue = Queue(database)
        self.books = Books(database, self.queue)
        self.records = Records(database)
        self.ages = Ages(database)
        self.desk = Desk(database, self.queue)
        self.commands = Commands(database)
