"""Runs inside the sandbox with the project's Python: what Django makes of the models, and its migrations on
an empty SQLite, there, back to nothing and there again.

The order has besides: `settings`. See `inside.py`, which runs this.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import tempfile
from typing import Any

from windlass.plugins.checks.migrations.inside import Account, attempt, told


class Look(Account):
    """What one project's migrations came to."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__(order)
        self.now = ""

    def fault(self, rule: str, path: str, text: str) -> None:
        self.put(rule, (path, 0), text)

    def place(self, file: Any) -> str:
        """A file's path in the tree, empty where it is not of it."""
        path = os.path.relpath(os.path.realpath(str(file or "/")), self.top)
        return "" if path.startswith("..") or "site-packages" in path else path

    def follow(self) -> None:
        """Know which migration is at work."""
        made = importlib.import_module("django.db.migrations.migration").Migration
        for name in ("apply", "unapply"):
            setattr(made, name, self.followed(getattr(made, name)))

    def followed(self, method: Any) -> Any:
        def call(migration: Any, *args: Any, **named: Any) -> Any:
            self.now = self.place(getattr(sys.modules.get(type(migration).__module__), "__file__", None))
            return method(migration, *args, **named)

        return call

    def attempt(self, *words: str, **named: Any) -> BaseException | None:
        self.now, out = "", io.StringIO()
        return attempt(lambda: call_command(*words, interactive=False, stdout=out, stderr=out, **named))

    def run(self) -> None:
        settings = importlib.import_module("django.conf").settings
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", self.order["settings"])
        kinds = {one.get("ENGINE", "").rpartition(".")[2] for one in settings.DATABASES.values()}
        for number, one in enumerate(settings.DATABASES.values()):
            if one.get("ENGINE", "").endswith("sqlite3"):
                one["NAME"] = os.path.join(tempfile.mkdtemp(), f"fresh-{number}.db")
        importlib.import_module("django").setup()
        self.follow()
        labels = self.labels()
        for label, path in labels.items():
            self.models(label, path)
        if not kinds <= {"sqlite3"}:
            others = ", ".join(sorted(kinds - {"sqlite3"}))
            self.notes.append(f"its database is {others or 'not named'}, and there is none here")
            return
        error = self.attempt("migrate", verbosity=0)
        if error is not None:
            self.fault("migration-fails", self.now, told(error))
            return
        self.back(labels)

    def labels(self) -> dict[str, str]:
        """The project's own apps that have migrations."""
        found = {}
        for app in importlib.import_module("django.apps").apps.get_app_configs():
            path = self.place(os.path.join(app.path, "migrations", "__init__.py"))
            if path and os.path.exists(os.path.join(self.top, path)):
                found[app.label] = path
        return found

    def models(self, label: str, path: str) -> None:
        out, options = io.StringIO(), {"check_changes": True, "dry_run": True, "interactive": False}
        error = attempt(lambda: call_command("makemigrations", label, stdout=out, stderr=out, **options))
        if isinstance(error, SystemExit):
            if error.code:
                self.fault("model-drift", path, "models and migrations differ: " + out.getvalue())
        elif error is not None:
            self.notes.append(f"models of {label} are not compared: {told(error)}")

    def back(self, labels: dict[str, str]) -> None:
        good = True
        for label in labels:
            error = self.attempt("migrate", label, "zero", verbosity=0)
            if error is not None:
                none = type(error).__name__ == "IrreversibleError"
                rule = "warning no-downgrade" if none else "warning downgrade-fails"
                self.fault(rule, self.now or labels[label], told(error))
                good = False
        error = self.attempt("migrate", verbosity=0) if good else None
        if error is not None:
            self.fault("warning upgrade-again-fails", self.now, told(error))


def call_command(*words: str, **named: Any) -> None:
    importlib.import_module("django.core.management").call_command(*words, **named)
