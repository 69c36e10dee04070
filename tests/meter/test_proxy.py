"""The proxy between real sockets: four protocols, every fault, caps, and a key that nobody sees."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.meter.lines import ACCOUNT, CLIENT, KEY, WAIT_S, desk, listener, raw_provider
from tests.scripted.asking import ALL, CHAT, GEMINI, MESSAGES, RESPONSES, SHELL, Spoken, events_of

from windlass.kernel import NotFound, Unavailable
from windlass.meter import (
    Caps,
    Exchange,
    Line,
    Meter,
    Outcome,
    Protocol,
    Provider,
    Scope,
    Tally,
    parse_prices,
)
from windlass.meter.caps import full
from windlass.meter.line import Limits
from windlass.scripted import Fault, FaultKind, Run, Script

SCRIPT = Script((Run("make test"),), "It works now. " * 20, key=KEY)
EACH = pytest.mark.parametrize("spoken", ALL, ids=[spoken.name for spoken in ALL])
STREAMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
PRICES = parse_prices({"m-*": {"input": "2", "cached": "0.5", "output": "10"}})
QUICK = Limits(retry_max_s=0.01)


def failing(kind: FaultKind, **more: object) -> Script:
    return Script(SCRIPT.steps, SCRIPT.final, key=KEY, faults=(Fault(kind, **more),))  # type: ignore[arg-type]


@EACH
@STREAMS
def test_a_conversation_goes_through_and_is_counted(spoken: Spoken, stream: bool) -> None:
    with desk(SCRIPT, prices=PRICES) as one:
        answers = [one.post(spoken, done, stream=stream) for done in range(2)]
        plain = [spoken.usage(one.post(spoken, done).json()) for done in range(2)]
        told = [one.exchange(n + 1) for n in range(4)]
    said = [
        spoken.gathered(events_of(answer.text)) if stream else spoken.said(answer.json())
        for answer in answers
    ]
    assert said == [("bash", {"command": "make test"}), ("text", SCRIPT.final)]
    for exchange, (whole, cached, output) in zip(told, plain * 2, strict=True):
        assert exchange.outcome is Outcome.ANSWERED, exchange.detail
        assert exchange.usage is not None
        assert (exchange.usage.input, exchange.usage.cached, exchange.usage.output) == (whole, cached, output)
        pico = (whole - cached) * 2_000_000 + cached * 500_000 + output * 10_000_000
        assert exchange.micro_dollars == -(-pico // 1_000_000)
        assert (exchange.measured, exchange.tries, exchange.model) == (True, 1, "m-1")
    total = one.tally.totals()[Scope.TASK]
    assert total.requests == 4
    assert total.micro_dollars == sum(exchange.micro_dollars or 0 for exchange in told)
    assert (total.unmeasured, total.unpriced) == (0, 0)


@EACH
@STREAMS
def test_the_key_reaches_the_provider_and_nobody_else(spoken: Spoken, stream: bool) -> None:
    with desk(SCRIPT) as one:
        body = spoken.body(0, SHELL, stream)
        body["metadata"] = {"note": f"{KEY} and AIza{'x' * 35}"}
        mine = {
            "Authorization": "Bearer sk-agent-0123456789", "x-api-key": "agents-own",
            "x-goog-api-key": "agents-own",
            "Cookie": "a=b", "OpenAI-Organization": "org-agent",
        }  # fmt: skip
        path = spoken.path(stream)
        answer = CLIENT.post(
            f"{one.url}{path}{'&' if '?' in path else '?'}key=agents-own", json=body, headers=mine
        )
        exchange = one.exchange()
    assert answer.status_code == 200, answer.text
    (seen,) = one.seen
    values = " ".join(seen.headers.values())
    assert KEY in values
    assert "agent" not in values
    assert not {"cookie", "openai-organization"} & set(seen.headers)
    assert KEY not in answer.text + str(answer.headers)
    assert KEY not in repr(exchange)
    assert "AIza" not in exchange.request
    assert exchange.request.count("[secret]") == 2


def test_an_endpoint_that_tells_the_key_is_not_passed_on() -> None:
    def tell(connection: socket.socket) -> None:
        body = json.dumps({"error": {"message": f"bad key {KEY}", "type": "authentication_error"}}).encode()
        connection.sendall(b"HTTP/1.1 401 No\r\nX-Request-Id: r-1\r\nSet-Cookie: a=b\r\n")
        connection.sendall(
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )

    with raw_provider(tell) as url:
        answer, exchange = through(url, CHAT)
    assert (answer.status_code, answer.headers["x-request-id"]) == (401, "r-1")
    assert "set-cookie" not in answer.headers
    assert "bad key [secret]" in answer.text
    assert exchange.outcome is Outcome.UNAUTHENTICATED
    assert (exchange.measured, KEY in repr(exchange)) == (True, False)


def through(
    url: str, spoken: Spoken, *, stream: bool = False, **more: object
) -> tuple[httpx.Response, Exchange]:
    """One call over a line to this address."""
    told: list[Exchange] = []
    ready = threading.Event()

    def record(exchange: Exchange) -> None:
        told.append(exchange)
        ready.set()

    fields = {"key": lambda: KEY, "ledger": Tally(ACCOUNT), "record": record, "limits": QUICK, **more}
    with Meter() as meter:
        sock = listener()
        here = f"http://127.0.0.1:{sock.getsockname()[1]}"
        meter.open(Line(Provider("raw", url, frozenset(Protocol)), **fields), sock)  # type: ignore[arg-type]
        answer = CLIENT.post(here + spoken.path(stream), json=spoken.body(0, SHELL, stream))
        assert ready.wait(WAIT_S)
    return answer, told[0]


@EACH
def test_a_chat_stream_is_made_to_tell_its_usage_and_nobody_notices(spoken: Spoken) -> None:
    with desk(SCRIPT) as one:
        events = events_of(one.post(spoken, 1, stream=True).text)
        exchange = one.exchange()
    assert exchange.measured
    if spoken is CHAT:
        assert all(event == "[DONE]" or event["choices"] for event in events)
        assert '"include_usage": true' not in exchange.request
    with desk(SCRIPT) as one:
        asked = one.post(CHAT, 1, stream=True, stream_options={"include_usage": True})
    assert [event["usage"]["prompt_tokens"] for event in events_of(asked.text)[-2:-1]] != []


@pytest.mark.parametrize("spoken", [CHAT, MESSAGES], ids=["chat", "messages"])
@pytest.mark.parametrize(
    ("status", "outcome", "tries"),
    [
        (400, Outcome.INVALID, 1), (401, Outcome.UNAUTHENTICATED, 1), (403, Outcome.FORBIDDEN, 1),
        (404, Outcome.NOT_FOUND, 1), (408, Outcome.TIMED_OUT, 3), (429, Outcome.RATE_LIMITED, 3),
        (500, Outcome.SERVER_ERROR, 3), (529, Outcome.SERVER_ERROR, 3),
    ],
)  # fmt: skip
def test_a_status_is_typed_tried_again_where_that_helps_and_passed_on(
    spoken: Spoken, status: int, outcome: Outcome, tries: int
) -> None:
    with desk(failing(FaultKind.STATUS, status=status), limits=QUICK) as one:
        answer = one.post(spoken, stream=spoken is MESSAGES)
        exchange = one.exchange()
    assert (answer.status_code, exchange.status) == (status, status)
    assert f"scripted fault {status}" in answer.text
    assert (exchange.outcome, exchange.tries, len(one.seen)) == (outcome, tries, tries)
    assert (exchange.measured, exchange.micro_dollars) == (True, 0)
    assert one.tally.totals()[Scope.TASK].requests == 1


def test_what_fails_twice_may_succeed_the_third_time() -> None:
    with desk(failing(FaultKind.STATUS, status=429, retry_after_s=0, times=2), limits=QUICK) as one:
        answer = one.post(CHAT)
        exchange = one.exchange()
    assert (answer.status_code, exchange.outcome, exchange.tries) == (200, Outcome.ANSWERED, 3)
    assert exchange.retry_after_s is None


def test_who_asks_to_wait_long_is_not_waited_for() -> None:
    with desk(failing(FaultKind.STATUS, status=429, retry_after_s=900)) as one:
        answer = one.post(CHAT)
        exchange = one.exchange()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert (exchange.tries, exchange.retry_after_s) == (1, 900.0)


@EACH
@STREAMS
def test_nobody_there_is_told_in_the_words_of_the_protocol(spoken: Spoken, stream: bool) -> None:
    with desk(Script(faults=(Fault(FaultKind.REFUSED),)), limits=QUICK) as one:
        answer = one.post(spoken, stream=stream)
        exchange = one.exchange()
    assert answer.status_code == 502
    assert "windlass-unreachable" in json.dumps(answer.json()["error"])
    assert (exchange.outcome, exchange.status, exchange.tries) == (Outcome.UNREACHABLE, None, 3)
    assert exchange.measured


@EACH
@STREAMS
@pytest.mark.parametrize(
    ("kind", "outcome", "status"),
    [
        (FaultKind.DROP, Outcome.DROPPED, 502),
        (FaultKind.CUT, Outcome.CUT, 502),
        (FaultKind.GARBAGE, Outcome.GARBAGE, 502),
    ],
)
def test_a_broken_answer_is_typed_and_never_taken_for_nothing(
    spoken: Spoken, stream: bool, kind: FaultKind, outcome: Outcome, status: int
) -> None:
    with desk(failing(kind), prices=PRICES, limits=QUICK) as one:
        if stream and kind is not FaultKind.DROP:
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                one.post(spoken, stream=True)
        else:
            answer = one.post(spoken, stream=stream)
            assert (answer.status_code, f"windlass-{outcome.value}" in answer.text) == (status, True)
        exchange = one.exchange()
    assert exchange.outcome is outcome
    assert (exchange.measured, exchange.micro_dollars) == (False, None)
    spent = one.tally.totals()[Scope.TASK]
    assert (spent.requests, spent.unmeasured, spent.unpriced) == (1, 1, 1)
    assert exchange.tries == (3 if kind is FaultKind.DROP else 1)


@STREAMS
@pytest.mark.parametrize(
    ("kind", "limits", "status"),
    [
        (FaultKind.SLOW, Limits(first_byte_s=0.2, tries_max=1), 504),
        (FaultKind.SLOW, Limits(whole_s=0.3), 504),
        (FaultKind.STALL, Limits(idle_s=0.2), 504),
        (FaultKind.STALL, Limits(whole_s=0.3), 504),
    ],
    ids=["first byte", "whole", "idle", "whole, later"],
)
def test_every_deadline_ends_a_call(stream: bool, kind: FaultKind, limits: Limits, status: int) -> None:
    """The provider would take an hour."""
    with desk(failing(kind, after_s=3_600.0), limits=limits) as one:
        if stream and kind is FaultKind.STALL:
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                one.post(RESPONSES, stream=True)
        else:
            assert one.post(RESPONSES, stream=stream).status_code == status
        exchange = one.exchange()
    assert (exchange.outcome, exchange.measured) == (Outcome.TIMED_OUT, False)


def test_an_agent_that_hangs_up_ends_the_call_at_the_provider() -> None:
    met = threading.Event()
    fault = failing(FaultKind.STALL, after_s=3_600.0)
    with desk(fault) as one, httpx.Client(trust_env=False, timeout=WAIT_S) as client:
        body = MESSAGES.body(0, SHELL, True)
        with client.stream("POST", one.url + MESSAGES.path(True), json=body) as answer:
            next(answer.iter_bytes())
            met.set()
        exchange = one.exchange()
    assert (exchange.outcome, exchange.measured) == (Outcome.LEFT, False)
    assert exchange.usage is not None
    assert exchange.usage.input > 0
    assert "message_start" in exchange.answer


@pytest.mark.parametrize(
    ("caps", "calls", "why"),
    [
        (Caps(requests=2), 2, "the task has 2 of at most 2 requests"),
        (Caps(tokens=1), 1, "of at most 1 tokens"),
        (Caps(micro_dollars=1), 1, "of at most 1 micro-dollars"),
        (Caps(requests=0), 0, "of at most 0 requests"),
    ],
)
@EACH
def test_a_cap_stops_the_next_call_before_it_is_sent(
    spoken: Spoken, caps: Caps, calls: int, why: str
) -> None:
    with desk(SCRIPT, caps={Scope.TASK: caps}, prices=PRICES) as one:
        answers = [one.post(spoken) for _ in range(calls + 1)]
        exchange = one.exchange(calls + 1)
    assert [answer.status_code for answer in answers] == [200] * calls + [403]
    assert why in answers[-1].text
    assert exchange.outcome is Outcome.CAPPED
    assert exchange.breach is not None
    assert exchange.breach.scope is Scope.TASK
    assert (exchange.tries, len(one.seen)) == (0, calls)


@EACH
def test_a_full_window_is_told_as_the_provider_would_and_when_to_come_again(spoken: Spoken) -> None:
    with desk(SCRIPT, requests_max=2, window_s=3600.0) as one:
        answers = [one.post(spoken) for _ in range(3)]
        exchange = one.exchange(3)
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 3500 < int(answers[2].headers["retry-after"]) <= 3600
    assert "2 of at most 2 requests in its window of 3600 s" in answers[2].text
    assert (exchange.outcome, exchange.breach) == (Outcome.CAPPED, full(2))
    assert (exchange.tries, len(one.seen)) == (0, 2)


def test_fifty_at_once_never_pass_a_window() -> None:
    with desk(SCRIPT, requests_max=20) as one, ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(lambda n: one.post(ALL[n % 4]).status_code, range(50)))
    assert (codes.count(200), codes.count(429), len(one.seen)) == (20, 30, 20)


def test_a_window_opens_again() -> None:
    with desk(SCRIPT, requests_max=1, window_s=0.001) as one:
        one.post(ALL[0])
        time.sleep(0.002)
        assert one.post(ALL[0]).status_code == 200


def test_fifty_at_once_never_pass_a_cap_on_requests() -> None:
    caps = {Scope.ATTEMPT: Caps(requests=20)}
    with desk(SCRIPT, caps=caps) as one, ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(lambda n: one.post(ALL[n % 4], stream=n % 2 == 0).status_code, range(50)))
        one.exchange(50)
    assert (codes.count(200), codes.count(403), len(one.seen)) == (20, 30, 20)
    assert one.tally.totals()[Scope.ATTEMPT].requests == 20


def test_fifty_at_once_are_all_counted() -> None:
    with desk(SCRIPT, prices=PRICES) as one, ThreadPoolExecutor(50) as pool:
        asked = [(ALL[n % 4], n % 2) for n in range(100)]
        answers = list(pool.map(lambda ask: one.post(ask[0], ask[1], stream=True), asked))
        one.exchange(100)
    wanted = [("bash", {"command": "make test"}), ("text", SCRIPT.final)]
    for (spoken, done), answer in zip(asked, answers, strict=True):
        assert spoken.gathered(events_of(answer.text)) == wanted[done]
    total = one.tally.totals()[Scope.DAY]
    assert (total.requests, total.unmeasured, total.unpriced) == (100, 0, 0)
    assert total.tokens == sum(one.usage.tokens for one in one.told if one.usage)


def test_a_model_without_a_price_is_not_called_under_a_cap_of_money() -> None:
    prices = parse_prices({"other": {"input": 1, "output": 1}})
    with desk(SCRIPT, caps={Scope.AGENT: Caps(micro_dollars=10**9)}, prices=prices) as one:
        answer = one.post(CHAT)
    assert (answer.status_code, "has no price" in answer.text, one.seen) == (403, True, [])


def test_calls_that_cannot_be_measured_reach_a_cap_of_their_own() -> None:
    caps = {Scope.TASK: Caps(tokens=10**9, unmeasured_max=2)}
    with desk(failing(FaultKind.GARBAGE), caps=caps) as one:
        codes = [one.post(CHAT).status_code for _ in range(4)]
        exchange = one.exchange(4)
    assert codes == [502, 502, 502, 403]
    assert "3 of at most 2 calls of unknown usage" in exchange.detail


class Stuck(Tally):
    """A ledger that cannot be reached for a while."""

    away = False

    def charge(self, exchange: Exchange) -> None:
        if self.away:
            raise Unavailable("the database is away")
        super().charge(exchange)


def test_no_call_starts_while_an_earlier_one_is_not_on_record_and_none_is_lost() -> None:
    ledger = Stuck(ACCOUNT)
    with desk(SCRIPT, ledger=ledger) as one:
        ledger.away = True
        assert one.post(CHAT).status_code == 200
        refused = one.post(CHAT)
        assert (refused.status_code, "the database is away" in refused.text) == (503, True)
        assert one.exchange(2).outcome is Outcome.UNRECORDED
        ledger.away = False
        assert one.post(CHAT).status_code == 200
        one.exchange(3)
    assert ledger.totals()[Scope.TASK].requests == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/files", 403), ("POST", "/v1/chat/completions/../files", 403),
        ("GET", "/v1/chat/completions", 403),
        ("POST", "//v1/chat/completions", 403), ("POST", "/v1/chat%2fcompletions", 403),
        ("POST", "/v1beta/models/../files:generateContent", 403), ("DELETE", "/v1/models", 403),
        ("POST", "/v1beta/models/a%2f..:generateContent", 403), ("GET", "/" + "a" * 1000, 403),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_not_sent(method: str, path: str, status: int) -> None:
    with desk(SCRIPT) as one:
        sent = httpx.Request(method, one.url + "/x", json={"model": "m"} if method == "POST" else None)
        sent.url = sent.url.copy_with(raw_path=path.encode())
        answer = CLIENT.send(sent)
        assert (answer.status_code, one.seen) == (status, [])
        assert one.exchange().outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Host": "evil.example"}, b"{}", 421), ({"Origin": "http://localhost"}, b"{}", 421),
        ({"Content-Type": "text/plain"}, b"{}", 415), ({}, b"{", 400), ({}, b"[]", 400),
        ({}, b'{"model":3}', 400), ({}, b'{"model":"m","n":NaN}', 400), ({}, b"[" * 100_000, 400),
        ({}, b'{"model":"m","background":true}', 400),
        ({}, b" " * 2_000, 413),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_not_sent(headers: dict[str, str], data: bytes, status: int) -> None:
    with desk(SCRIPT, limits=Limits(request_max=1_000 if status == 413 else 1 << 20)) as one:
        kind = {"Content-Type": "application/json", **headers}
        answer = CLIENT.post(f"{one.url}/v1/responses", content=data, headers=kind)
        assert (answer.status_code, one.seen) == (status, []), answer.text
        assert "windlass" in answer.json()["error"]["message"]


def test_only_the_models_of_the_line_are_called() -> None:
    with desk(SCRIPT, models=frozenset({"m-1"})) as one:
        assert one.post(CHAT).status_code == 200
        assert one.post(CHAT, model="m-2").status_code == 403
        assert CLIENT.post(
            f"{one.url}/v1/chat/completions", headers={"Content-Type": "application/json"},
            content=b'{"model":"m-2","model":"m-1","messages":[]}',
        ).status_code == 200  # fmt: skip
        one.exchange(3)
        assert "m-2" not in one.told[2].model


def test_what_costs_nothing_is_passed_on_uncounted() -> None:
    with desk(Script(model="robot", key=KEY), caps={Scope.TASK: Caps(requests=0)}) as one:
        listed = CLIENT.get(f"{one.url}/v1/models")
        assert listed.json()["data"][0]["id"] == "robot"
        counted = CLIENT.post(f"{one.url}/v1/messages/count_tokens", json=MESSAGES.body(0, SHELL, False))
        assert counted.json()["input_tokens"] > 0
        assert one.exchange(2).outcome is Outcome.ANSWERED
    assert one.tally.totals()[Scope.TASK].requests == 0


def test_gemini_as_an_array_is_measured_too() -> None:
    with desk(SCRIPT) as one:
        path = one.url + GEMINI.path(True).partition("?")[0]
        answer = CLIENT.post(path, json=GEMINI.body(1, SHELL, True))
        assert one.exchange().measured
    assert GEMINI.gathered(answer.json()) == ("text", SCRIPT.final)


def test_texts_of_a_transcript_are_bounded() -> None:
    with desk(Script(final="y" * 5_000, key=KEY), limits=Limits(record_max=100)) as one:
        one.post(CHAT, 1, messages=[{"role": "user", "content": "x" * 50_000}])
        exchange = one.exchange()
    assert len(exchange.request) < 200 > len(exchange.answer)
    assert "[cut; 50" in exchange.request


def test_an_answer_that_is_too_large_is_cut() -> None:
    with desk(Script(final="y" * 50_000, key=KEY), limits=Limits(answer_max=10_000)) as one:
        assert one.post(CHAT).status_code == 502
        with pytest.raises(httpx.RemoteProtocolError):
            one.post(CHAT, stream=True)
        assert {one.exchange(2).outcome, one.told[0].outcome} == {Outcome.TOO_LARGE}


def test_a_redirect_takes_the_key_nowhere() -> None:
    def away(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")

    with raw_provider(away) as url:
        answer, exchange = through(url, CHAT)
    assert (answer.status_code, exchange.outcome, exchange.tries) == (502, Outcome.GARBAGE, 1)


def test_an_error_inside_a_stream_is_typed() -> None:
    def fail(connection: socket.socket) -> None:
        body = (
            b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"full"}}\n\n'
        )
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body
        )

    with raw_provider(fail) as url:
        answer, exchange = through(url, MESSAGES, stream=True)
    assert "overloaded_error" in answer.text
    assert (exchange.outcome, exchange.measured) == (Outcome.SERVER_ERROR, True)


def test_a_key_that_cannot_be_had_stops_the_call() -> None:
    def missing() -> str:
        raise NotFound("no secret 'openai'")

    with desk(SCRIPT, key=missing) as one:
        answer = one.post(CHAT)
        assert (answer.status_code, "no secret" in answer.text) == (502, True)
        assert one.exchange().outcome is Outcome.UNAUTHENTICATED
    assert one.seen == []


@pytest.mark.parametrize("key", ["sk-real-\nx: 0123456789", "sk-real-ä0123456789", "short"])
def test_a_key_that_no_header_can_carry_or_no_text_can_hide_is_not_sent(key: str) -> None:
    with desk(SCRIPT, key=lambda: key) as one:
        answer = one.post(CHAT)
        assert (answer.status_code, key in answer.text, one.seen) == (502, False, [])
        assert one.exchange().outcome is Outcome.UNAUTHENTICATED


def test_a_transcript_that_fails_stops_nothing() -> None:
    def broken(_: Exchange) -> None:
        raise OSError("disk full")

    with desk(SCRIPT, record=broken) as one:
        assert [one.post(CHAT).status_code for _ in range(2)] == [200, 200]
