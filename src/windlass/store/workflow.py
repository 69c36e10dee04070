"""The door to durable workflows: started in the transaction that moves a state, so neither exists without the other."""

from typing import Protocol

from windlass.store.transaction import Transaction


class Starter(Protocol):
    """Starts workflow `name` when `tx` commits. The same `key` twice is the same workflow, not a second one."""

    def __call__(self, tx: Transaction, name: str, key: str, **inputs: str | int) -> None: ...


class Started:
    """A small real starter without an engine: remembers what was started, for simulation and tests of one room."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, dict[str, str | int]]] = {}

    def __call__(self, tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
        self.keys.setdefault(key, (name, inputs))
