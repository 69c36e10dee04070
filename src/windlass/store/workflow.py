"""The door to durable workflows: started in the very transaction that moves a state."""

from typing import Protocol

from windlass.store.transaction import Transaction


class Starter(Protocol):
    """Starts workflow `name` when `tx` commits. The same `key` twice is one workflow, not two."""

    def __call__(self, tx: Transaction, name: str, key: str, **inputs: str | int) -> None: ...


class Started:
    """A small real starter without an engine: it remembers what was started."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, dict[str, str | int]]] = {}

    def __call__(self, tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
        self.keys.setdefault(key, (name, inputs))
