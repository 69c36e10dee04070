"""The meter: lines open and close, on sockets of both kinds, each for itself."""

import socket
import threading
from pathlib import Path

import httpx
import pytest
from tests.meter.lines import ACCOUNT, CLIENT, EVERY, KEY, WAIT_S, desk, listener
from tests.meter.test_proxy import Stuck
from tests.scripted.asking import CHAT, SHELL

from windlass.kernel import Invalid, Unavailable
from windlass.meter import Account, Caps, Exchange, Line, Meter, Outcome, Provider, Scope, Tally
from windlass.scripted import Fault, FaultKind, Script, serving


def test_a_line_may_listen_on_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "model.sock")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(path)
    sock.listen()
    tally = Tally(ACCOUNT)
    with serving(Script(final="Fixed.")) as url, Meter() as meter:
        meter.open(Line(Provider("p", url, EVERY), tally), sock)
        with httpx.Client(transport=httpx.HTTPTransport(uds=path), timeout=WAIT_S) as client:
            answer = client.post("http://localhost/v1/chat/completions", json=CHAT.body(0, SHELL, False))
    assert CHAT.said(answer.json()) == ("text", "Fixed.")
    assert tally.totals()[Scope.TASK].requests == 1


def test_every_line_has_its_own_key_account_and_caps() -> None:
    seen: list[str] = []
    with (
        serving(Script(), watch=lambda one: seen.append(one.headers["authorization"])) as url,
        Meter() as meter,
    ):
        provider = Provider("p", url, EVERY)
        tallies, urls = [], []
        for number in range(3):
            sock, tally = listener(), Tally(Account(1, number, 1, "a"))
            caps = {Scope.TASK: Caps(requests=number)}
            meter.open(Line(provider, tally, key=lambda n=number: f"sk-key-of-{n}", caps=caps), sock)
            tallies.append(tally)
            urls.append(f"http://127.0.0.1:{sock.getsockname()[1]}/v1/chat/completions")
        codes = [
            [CLIENT.post(one, json=CHAT.body(0, SHELL, False)).status_code for _ in range(3)] for one in urls
        ]
    assert codes == [[403, 403, 403], [200, 403, 403], [200, 200, 403]]
    assert [tally.totals()[Scope.TASK].requests for tally in tallies] == [0, 1, 2]
    assert seen == ["Bearer sk-key-of-1", "Bearer sk-key-of-2", "Bearer sk-key-of-2"]


def test_a_line_that_closes_cuts_what_is_at_work_and_puts_it_on_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer would take an hour."""
    monkeypatch.setattr("windlass.meter.meter.GRACE_S", 0)
    met, told, codes, tally = threading.Event(), list[Exchange](), list[int](), Tally(ACCOUNT)
    script = Script(faults=(Fault(FaultKind.SLOW, after_s=3_600.0),))
    with serving(script, watch=lambda _: met.set()) as url, Meter() as meter:
        sock = listener()
        here = f"http://127.0.0.1:{sock.getsockname()[1]}"
        line = meter.open(Line(Provider("p", url, EVERY), tally, record=told.append), sock)

        def call() -> None:
            answer = CLIENT.post(f"{here}/v1/chat/completions", json=CHAT.body(0, SHELL, False))
            codes.append(answer.status_code)

        thread = threading.Thread(target=call)
        thread.start()
        assert met.wait(WAIT_S)
        line.close()
        thread.join(WAIT_S)
        assert codes == [500]
        assert [one.outcome for one in told] == [Outcome.LEFT]
        assert tally.totals()[Scope.TASK].unmeasured == 1
        with pytest.raises(httpx.ConnectError):
            CLIENT.post(f"{here}/v1/chat/completions", json={})
        line.close()


def test_a_meter_that_ends_says_what_is_not_on_record() -> None:
    ledger = Stuck(ACCOUNT)
    made = desk(Script(key=KEY), ledger=ledger)
    one = made.__enter__()
    ledger.away = True
    assert one.post(CHAT).status_code == 200
    with pytest.raises(Unavailable, match="not all spend is on record: the database is away"):
        made.__exit__(None, None, None)


def test_what_does_not_listen_is_refused() -> None:
    with Meter() as meter, socket.socket() as sock:
        line = Line(Provider("p", "http://127.0.0.1:1", EVERY), Tally(ACCOUNT))
        with pytest.raises(Invalid, match="does not listen"):
            meter.open(line, sock)
        capped = Line(line.provider, line.ledger, caps={Scope.DAY: Caps(micro_dollars=1)})
        with pytest.raises(Invalid, match="money is capped"):
            meter.open(capped, sock)


def test_small_answers_are_not_held_back_for_an_acknowledgement() -> None:
    with serving(Script()) as url, Meter() as meter:
        sock = listener()
        meter.open(Line(Provider("p", url, EVERY), Tally(ACCOUNT)), sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
