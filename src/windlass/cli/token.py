"""`windlass token …`: who may reach this windlass over the network, and as what."""

import os
from contextlib import ExitStack
from pathlib import Path

import click

from windlass import history, identity
from windlass.app import open_access
from windlass.cli.opening import who
from windlass.cli.render import emit, note, output_options, table
from windlass.history import Act
from windlass.identity import Role, Token, TokenKind
from windlass.kernel import Invalid, iso
from windlass.store import Transaction

KINDS = {
    "person": (TokenKind.PERSON, Role.VIEWER),
    "service": (TokenKind.SERVICE, Role.SERVICE),
    "runner": (TokenKind.RUNNER, Role.AGENT),
}
"""What a subject begins with, the kind of its tokens and the role they have when none is asked for."""
DAY_S = 86_400.0
SERVER = "http://127.0.0.1:7717"


@click.command(help="Make a token for a runner, a service or a person; it is shown once.")
@click.argument("subject")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="What it may do.")
@click.option("--scope", "scopes", multiple=True, metavar="ACTION", help="Narrow it to this action.")
@click.option("--repository", metavar="NAME", help="Bind it to this repository.")
@click.option("--name", default="", help="What it is for, in your words.")
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="How long it lives.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this new file, for you alone.")
@output_options
def create(
    *,
    subject: str,
    role: str | None,
    scopes: tuple[str, ...],
    repository: str | None,
    name: str,
    days: int,
    out: Path | None,
    as_json: bool,
    fields: str | None,
) -> None:
    """SUBJECT is `runner:NAME`, `service:NAME` or `person:NAME`."""
    kind, usual = _kind_of(subject)
    chosen = Role(role) if role else usual
    file = None if out is None else _new_file(out)
    with ExitStack() as undo:
        undo.callback(_discard, file, out)
        with open_access(os.environ) as access:
            bound = access.repository(repository) if repository else None
            made = access.database.write(
                lambda tx: identity.issue(
                    tx, kind, subject=subject, role=chosen, now=tx.now(), expires_at=tx.now() + days * DAY_S,
                    by=who(), name=name, scopes=scopes, repository=bound,
                )
            )  # fmt: skip
        undo.pop_all()
    told = made.text if file is None else _written(file, made.text, out)
    note(f"token {made.id} for {subject} ({chosen.value}) until {iso(made.expires_at)}")
    data = {
        "id": made.id, "subject": subject, "role": chosen.value, "expires_at": iso(made.expires_at),
        "token" if file is None else "file": told,
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: [told])


@click.command(help="List tokens, without their secrets.")
@click.option("--all", "everything", is_flag=True, help="Also those that count no longer.")
@output_options
def list_tokens(*, everything: bool, as_json: bool, fields: str | None) -> None:
    with open_access(os.environ) as access:
        now, found = access.database.read(lambda tx: (tx.now(), identity.tokens(tx)))
    kept = [token for token in found if everything or token.alive(now)]
    rows = [
        (t.id, t.subject, t.role.value, _state(t, now), iso(t.expires_at), _moment(t.used_at), t.name)
        for t in kept
    ]
    header = ("ID", "SUBJECT", "ROLE", "STATE", "UNTIL", "LAST USED", "NAME")
    emit(
        [_row(token, now) for token in kept], as_json=as_json, fields=fields,
        lines=lambda: table(header, rows) if rows else ["There is no token."],
    )  # fmt: skip


@click.command(help="End a token at once.")
@click.argument("number", metavar="ID", type=int)
def revoke(number: int) -> None:
    with open_access(os.environ) as access:

        def work(tx: Transaction) -> Token:
            now = tx.now()
            ended = identity.revoke(tx, number, who(), now)
            if ended.revoked_at == now:
                act = Act("token revoke", who(), f"token {number} of {ended.subject}")
                history.final(tx, act, f"make a new one with `windlass token create {ended.subject}`")
            return ended

        token = access.database.write(work)
    click.echo(f"Token {number} of {token.subject} counts no longer")


@click.command(help="Print a link that opens a browser session as the owner, once, within five minutes.")
@click.option("--server", metavar="URL", default=SERVER, show_default=True, help="Where windlass serves.")
def link(server: str) -> None:
    with open_access(os.environ) as access:
        made = access.database.write(lambda tx: identity.make_link(tx, identity.OWNER, tx.now()))
    click.echo(f"{server.rstrip('/')}/open?code={made.text}")


def _kind_of(subject: str) -> tuple[TokenKind, Role]:
    prefix, colon, name = subject.partition(":")
    if prefix not in KINDS or not colon or not name:
        raise Invalid(
            f"a token cannot be for {subject!r}", hint="name it runner:NAME, service:NAME or person:NAME"
        )
    return KINDS[prefix]


def _new_file(path: Path) -> int:
    """Opened before the token is made, so that no token is made that cannot be kept."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Invalid(
            f"cannot write {str(path)!r}: {error.strerror}", hint="name a file that does not exist yet"
        ) from error


def _written(file: int, text: str, path: Path | None) -> str:
    with os.fdopen(file, "w") as opened:
        opened.write(text + "\n")
    return str(path)


def _discard(file: int | None, path: Path | None) -> None:
    if file is not None and path is not None:
        os.close(file)
        path.unlink(missing_ok=True)


def _state(token: Token, now: float) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "valid" if token.alive(now) else "expired"


def _moment(at: float | None) -> str:
    return iso(at) if at is not None else "never"


def _row(token: Token, now: float) -> dict[str, object]:
    return {
        "id": token.id, "kind": token.kind.name.lower(), "subject": token.subject, "role": token.role.value,
        "state": _state(token, now), "name": token.name, "scopes": list(token.scopes),
        "repository": token.repository, "created_at": iso(token.created_at), "created_by": token.created_by,
        "expires_at": iso(token.expires_at),
        "used_at": iso(token.used_at) if token.used_at is not None else None,
    }  # fmt: skip
