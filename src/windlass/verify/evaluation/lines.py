"""Secrets among the lines that a change adds. Pure."""

from windlass.scan import find
from windlass.verify.differing import Added


def secrets(added: Added) -> list[str]:
    """Where added lines look like a secret: `path:line kind`, never the secret itself."""
    return [
        f"{path}:{number} {one.what}"
        for path, lines in sorted(added.items())
        for one in find("\n".join(text for _, text in sorted(lines.items())).encode(), path)
        for number in sorted(lines)[one.line - 1 : one.line]
    ]
