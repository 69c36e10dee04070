"""The scripted model over real sockets: every protocol, every fault, many at once."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.scripted.asking import ALL, CHAT, GEMINI, MESSAGES, SHELL, Spoken, events_of

from windlass.kernel import Unavailable
from windlass.scripted import Answered, Call, Fault, FaultKind, Run, Script, parse_script, serving

SCRIPT = Script((Run("make"), Call("bash", {"command": "ls"})), "Fixed." + "." * 200)
EACH = pytest.mark.parametrize("spoken", ALL, ids=[spoken.name for spoken in ALL])
STREAMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
WAIT_S = 60.0
CLIENT = httpx.Client(trust_env=False, timeout=WAIT_S, limits=httpx.Limits(max_keepalive_connections=0))


def post(url: str, spoken: Spoken, done: int = 0, *, stream: bool = False) -> httpx.Response:
    body = spoken.body(done, SHELL, stream)
    return CLIENT.post(url + spoken.path(stream), json=body)


@EACH
def test_a_conversation_goes_through_the_script(spoken: Spoken) -> None:
    with serving(SCRIPT) as url:
        for done, wanted in enumerate([("bash", {"command": "make"}), ("bash", {"command": "ls"})]):
            assert spoken.said(post(url, spoken, done).json()) == wanted
            assert spoken.gathered(events_of(post(url, spoken, done, stream=True).text)) == wanted
        assert spoken.said(post(url, spoken, 2).json()) == ("text", SCRIPT.final)


@EACH
def test_a_case_is_told_by_the_words_of_a_request(spoken: Spoken) -> None:
    script = parse_script(
        {"steps": ["make"], "cases": [{"when": "no such words"}, {"when": "Fix it", "steps": ["ls"]}]}
    )
    with serving(script) as url:
        assert spoken.said(post(url, spoken).json()) == ("bash", {"command": "ls"})


def test_gemini_streams_an_array_unless_it_is_asked_for_events() -> None:
    with serving(SCRIPT) as url:
        path = url + GEMINI.path(True).partition("?")[0]
        answer = CLIENT.post(path, json=GEMINI.body(2, SHELL, True))
    assert answer.headers["content-type"] == "application/json"
    assert GEMINI.gathered(answer.json()) == ("text", SCRIPT.final)


def test_fifty_at_once_are_each_at_their_own_step() -> None:
    with serving(SCRIPT) as url, ThreadPoolExecutor(50) as pool:
        asked = [(spoken, done) for spoken in ALL for done in range(3)] * 5
        said = list(pool.map(lambda one: one[0].said(post(url, *one).json()), asked))
    wanted = [("bash", {"command": "make"}), ("bash", {"command": "ls"}), ("text", SCRIPT.final)]
    assert said == [wanted[done] for _, done in asked]


def test_models_and_counts_of_tokens_are_told() -> None:
    with serving(Script(model="robot")) as url:
        listed = CLIENT.get(f"{url}/v1/models").json()
        assert (listed["data"][0]["id"], listed["models"][0]["name"]) == ("robot", "models/robot")
        body = MESSAGES.body(1, SHELL, False)
        counted = CLIENT.post(f"{url}/v1/messages/count_tokens", json=body).json()
        assert counted["input_tokens"] == MESSAGES.usage(post(url, MESSAGES, 1).json())[0]
        counted = CLIENT.post(f"{url}/v1beta/models/m-1:countTokens", json=GEMINI.body(0, SHELL, False))
        assert counted.json()["totalTokens"] == GEMINI.usage(post(url, GEMINI).json())[0]


@EACH
@STREAMS
def test_a_status_comes_so_often_as_the_script_says(spoken: Spoken, stream: bool) -> None:
    fault = Fault(FaultKind.STATUS, status=429, retry_after_s=7, times=2)
    with serving(Script(faults=(fault,))) as url:
        answers = [post(url, spoken, stream=stream) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert "scripted fault 429" in answers[0].text


def test_a_fault_is_met_at_its_step_alone() -> None:
    fault = Fault(FaultKind.STATUS, step=1, status=503)
    with serving(Script(SCRIPT.steps, faults=(fault,))) as url:
        assert [post(url, CHAT, done).status_code for done in range(3)] == [200, 503, 200]


@EACH
@STREAMS
def test_a_cut_answer_ends_in_the_middle(spoken: Spoken, stream: bool) -> None:
    with (
        serving(Script(final="x" * 500, faults=(Fault(FaultKind.CUT),))) as url,
        pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
    ):
        post(url, spoken, stream=stream)


@STREAMS
def test_garbage_is_no_answer(stream: bool) -> None:
    with serving(Script(faults=(Fault(FaultKind.GARBAGE),))) as url:
        answer = post(url, CHAT, stream=stream)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()


def test_a_dropped_connection_brings_no_byte() -> None:
    with (
        serving(Script(faults=(Fault(FaultKind.DROP),))) as url,
        pytest.raises(httpx.RemoteProtocolError, match="without sending a response"),
    ):
        post(url, CHAT)


def test_a_refusing_model_has_a_port_where_nobody_listens() -> None:
    with serving(Script(faults=(Fault(FaultKind.REFUSED),))) as url:
        with pytest.raises(httpx.ConnectError):
            post(url, CHAT)
        with (
            pytest.raises(Unavailable, match="cannot be taken"),
            serving(SCRIPT, port=httpx.URL(url).port or 0),
        ):
            pass


@pytest.mark.parametrize("kind", [FaultKind.SLOW, FaultKind.STALL])
def test_a_slow_answer_is_whole_in_the_end(kind: FaultKind) -> None:
    with serving(Script(final="x" * 100, faults=(Fault(kind, after_s=0.05),))) as url:
        assert CHAT.said(post(url, CHAT).json()) == ("text", "x" * 100)


def test_a_server_that_ends_does_not_wait_for_the_slow_answer() -> None:
    """It would be an hour."""
    met = threading.Event()
    fault = Fault(FaultKind.SLOW, after_s=3_600.0)
    with ThreadPoolExecutor(1) as pool:
        with serving(Script(faults=(fault,)), watch=lambda _: met.set()) as url:
            late = pool.submit(post, url, CHAT)
            assert met.wait(WAIT_S)
        assert late.result(WAIT_S).status_code == 200


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "x-goog-api-key"])
def test_a_script_may_ask_for_a_key(header: str) -> None:
    seen: list[Answered] = []
    with serving(Script(key="sk-1"), watch=seen.append) as url:
        assert post(url, CHAT).status_code == 401
        key = "Bearer sk-1" if header == "Authorization" else "sk-1"
        shown = CLIENT.post(url + CHAT.path(False), json=CHAT.body(0, {}, False), headers={header: key})
    assert shown.status_code == 200
    assert [(one.status, one.outcome, one.step) for one in seen] == [
        (401, "refused", None),
        (200, "answered", 0),
    ]
    assert seen[1].headers[header.lower()] == key


@pytest.mark.parametrize(
    ("path", "data", "status", "why"),
    [
        ("/v1/chat/completions", b"{", 400, "scripted model: Expecting"),
        ("/v1/chat/completions", b"[]", 400, "no JSON object"),
        ("/v1/chat/completions", b'{"model":"m"}', 400, "'messages' of the request"),
        ("/v1/messages", b"[" * 100_000, 400, "recursion"),
        ("/v1/chat/completions", b'{"model":"m","messages":[],"tools":[{"type":"function","function":'
         b'{"name":"read"}}]}', 400, "offered: read"),
        ("/v1/embeddings", b"{}", 404, "no protocol"),
    ],
)  # fmt: skip
def test_what_it_cannot_answer_it_says(path: str, data: bytes, status: int, why: str) -> None:
    with serving(Script((Run("make"),))) as url:
        answer = CLIENT.post(url + path, content=data)
        assert (answer.status_code, why in answer.text) == (status, True), answer.text
        assert CLIENT.get(f"{url}/").status_code == 404


def test_a_request_in_chunks_is_read(tmp_path: object) -> None:
    data = httpx.Request("POST", "http://x", json=CHAT.body(0, SHELL, False)).read()
    with serving(SCRIPT) as url:
        sent = CLIENT.post(url + CHAT.path(False), content=iter([data[:10], data[10:]]))
        assert CHAT.said(sent.json()) == ("bash", {"command": "make"})


@pytest.mark.parametrize("length", ["-1", "99999999999", "²"])
def test_a_length_that_cannot_be_is_refused_and_the_connection_closed(length: str) -> None:
    with (
        serving(SCRIPT) as url,
        socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), WAIT_S) as raw,
    ):
        raw.sendall(
            f"POST /v1/responses HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode("latin-1", "replace")
        )
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400")
