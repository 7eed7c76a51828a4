"""alerting.db: state of alarms, what happened, commands, incidents, the outbox. One owner: the alerting part."""

from __future__ import annotations

from pathlib import Path

from alerting.store.alarms import Alarms
from alerting.store.commands import Commands
from alerting.store.database import Database
from alerting.store.held import Held
from alerting.store.incidents import Incidents
from alerting.store.links import UsedLinks
from alerting.store.memory import Memory
from alerting.store.outbox import Outbox
from qualicity.store.durable import Closes

NAME = "alerting.db"


class AlertStore(Closes):
    """The open file. Everything that is written inside one `transaction()` is kept or lost together.

    Args:
        path: of the file; made when missing.
        reader: nothing is made and nothing can be written.

    Raises:
        UsageError: a reader finds no file.
    """

    def __init__(self, path: Path, *, reader: bool = False) -> None:
        self.database = Database(path, reader=reader)
        self.transaction = self.database.transaction
        self.alarms = Alarms(self.database)
        self.commands = Commands(self.database)
        self.incidents = Incidents(self.database)
        self.held = Held(self.database)
        self.links = UsedLinks(self.database)
        self.outbox = Outbox(self.database)
        self.memory = Memory(self.database)

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def open_reader(path: Path) -> AlertStore | None:
    """Open the file for reading; None while the engine has not made it yet."""
    if not path.is_file():
        return None
    store = AlertStore(path, reader=True)
    if store.database.rows("SELECT 1 FROM sqlite_master WHERE name = 'notification'"):  # the last that readers need
        return store
    store.close()
    return None
