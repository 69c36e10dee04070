"""`windlass model meter`: count and cap what one agent, started by hand, asks of a model."""

import os
import socket
import sys
import threading
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TextIO

import click

from windlass.cli.interrupting import interruptible
from windlass.cli.model_serve import log_file
from windlass.cli.render import emit, note, output_options
from windlass.kernel import Invalid, NotFound
from windlass.meter import (
    Account,
    Caps,
    Exchange,
    Line,
    Meter,
    Protocol,
    Provider,
    Scope,
    Tally,
    parse_prices,
)

BY_HAND: Final = Account(0, 0, 0, "by hand")
BACKLOG: Final = 128
PRICES_MAX: Final = 1 << 20


@click.command(help="Count and cap what an agent asks of a model: a proxy on loopback that adds the key.")
@click.option("--base-url", required=True, metavar="URL", help="The provider: what comes before /v1.")
@click.option(
    "--speaks",
    multiple=True,
    required=True,
    type=click.Choice([one.value for one in Protocol]),
    help="A protocol of the provider; repeatable.",
)
@click.option("--key-env", metavar="NAME", help="The variable that holds the provider's key; default: none.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port; default: a free one.")
@click.option("--max-requests", type=click.IntRange(0), help="Calls that are let through.")
@click.option("--max-tokens", type=click.IntRange(0), help="Input and output tokens together.")
@click.option("--max-dollars", metavar="AMOUNT", help="Money; needs --prices.")
@click.option(
    "--prices", "prices_path", type=click.Path(path_type=Path), help="Prices by model (TOML), in dollars."
)
@click.option(
    "--transcript",
    type=click.Path(path_type=Path),
    help="Write each call as a line of JSON, without secrets.",
)
@output_options
def meter(
    *, base_url: str, speaks: tuple[str, ...], key_env: str | None, port: int, max_requests: int | None,
    max_tokens: int | None, max_dollars: str | None, prices_path: Path | None, transcript: Path | None,
    as_json: bool, fields: str | None,
) -> None:  # fmt: skip
    tally = Tally(BY_HAND)
    with ExitStack() as stack:
        record = None
        if transcript is not None:
            record = _Transcript(stack.enter_context(log_file(transcript))).note
        line = Line(
            Provider("by hand", base_url, frozenset(map(Protocol, speaks))),
            tally,
            key=_key(key_env) if key_env else None,
            caps={Scope.TASK: Caps(max_requests, max_tokens, _micro(max_dollars))},
            prices=parse_prices(_table(prices_path) if prices_path else {}),
            record=record,
        )
        line.check()
        listener = _listener(port)
        told = {
            "url": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "provider": base_url,
            "speaks": speaks,
        }
        stack.enter_context(Meter()).open(line, listener)
        emit(told, as_json=as_json, fields=fields, lines=lambda: _lines(told))
        sys.stdout.flush()
        try:
            with interruptible():
                threading.Event().wait()
        except KeyboardInterrupt:
            pass
    note(str(tally.totals()[Scope.TASK]))


def _key(name: str) -> Callable[[], str]:
    if not os.environ.get(name):
        raise NotFound(
            f"variable {name!r} holds no key", hint="leave --key-env out for a server without keys"
        )
    return lambda: os.environ[name]


def _micro(dollars: str | None) -> int | None:
    if dollars is None:
        return None
    try:
        micro = Decimal(dollars) * 1_000_000
        if 0 <= micro <= 10**15 and micro == micro.to_integral_value():
            return int(micro)
    except InvalidOperation:
        pass
    raise click.UsageError(f"--max-dollars {dollars!r} is no amount of dollars with at most six places.")


def _table(path: Path) -> object:
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(PRICES_MAX).decode())
    except OSError as error:
        raise NotFound(f"prices {str(path)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Invalid(f"prices {str(path)!r} are no TOML: {error}") from error


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    except OSError as error:
        raise click.UsageError(f"port {port} cannot be taken: {error.strerror}.") from error


def _lines(told: dict[str, Any]) -> list[str]:
    return [
        f"The meter answers at {told['url']} and asks {told['provider']}",
        f"OpenAI clients take {told['url']}/v1 as their base address. Ctrl-C ends it and sums up.",
    ]


class _Transcript:
    """One line for each exchange."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def note(self, exchange: Exchange) -> None:
        with self._lock:
            self._file.write(exchange.dump() + "\n")
