"""The two README commands from a fresh clone: real runs, nothing pretended."""

import http.server
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import ClassVar

import pytest

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "HTTPS_PROXY": "http://127.0.0.1:9"}


class Index(http.server.BaseHTTPRequestHandler):
    """A package index that answers what the test wants."""

    page = b""
    wheel = b"not a wheel"
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self):
        self.seen.append((self.path, self.headers.get("Authorization", "")))
        body = self.page if self.path.endswith("/uv/") else self.wheel
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def index():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Fresh", (Index,), {"seen": []}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def address(server):
    return f"http://me:secret@127.0.0.1:{server.server_port}/simple/"


@pytest.mark.slow
def test_a_fresh_clone_with_an_empty_home_is_set_up_and_the_program_starts(ready):
    done = ready.run(".venv/bin/python", "-c", "import windlass, pytest, ruff; print(windlass.__file__)")
    assert str(ready.path) in done.stdout
    assert (ready.path / ".venv" / "bin" / "windlass").exists()
    assert (ready.path / ".windlass" / "bin").is_dir() or ready.run("uv", "--version").returncode == 0


@pytest.mark.slow
def test_bytecode_is_there_even_where_python_writes_none(ready):
    assert list((ready.path / "src" / "windlass" / "kernel" / "__pycache__").glob("errors.*.pyc"))
    site = next((ready.path / ".venv" / "lib").glob("python*")) / "site-packages"
    assert list((site / "click" / "__pycache__").glob("*.pyc"))


@pytest.mark.slow
def test_a_second_run_does_nothing_and_needs_no_network(ready):
    before = (ready.path / ".venv" / "windlass-stamp").stat()
    done = ready.run("./start.sh", "--setup-only", **OFFLINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert (ready.path / ".venv" / "windlass-stamp").stat().st_mtime == before.st_mtime


@pytest.mark.slow
def test_a_changed_lock_is_installed_from_the_cache_when_the_network_is_gone(ready):
    lock = ready.path / "requirements.lock"
    before = lock.read_text()
    try:
        lock.write_text(before + "# changed\n")
        done = ready.run("./start.sh", "--setup-only", **OFFLINE)
        assert done.returncode == 0, done.stderr
        assert "from this machine's cache" in done.stderr
        assert ready.run("./start.sh", "--setup-only", "--offline").stderr == ""
    finally:
        lock.write_text(before)


@pytest.mark.slow
def test_another_active_environment_is_neither_used_nor_touched(ready, tmp_path):
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", tmp_path / "other"], check=True)
    (ready.path / ".venv" / "windlass-stamp").unlink()
    other = str(tmp_path / "other")
    done = ready.run(
        "./start.sh", "--setup-only", VIRTUAL_ENV=other, CONDA_PREFIX=other, UV_SYSTEM_PYTHON="1"
    )
    assert done.returncode == 0, done.stderr
    site = next((tmp_path / "other" / "lib").glob("python*")) / "site-packages"
    assert list(site.iterdir()) == []


def test_no_network_names_the_host_the_cause_and_the_way_out(clone, programs):
    done = clone.run("./start.sh", "--setup-only", PATH=minimal(programs), **OFFLINE)
    assert done.returncode == 69
    assert "http://127.0.0.1:9/simple/uv/" in done.stderr
    assert "refused" in done.stderr
    assert "set UV_DEFAULT_INDEX to your package mirror" in done.stderr


def minimal(programs):
    return programs("python3", "dirname", "git", "sh")


def test_a_wheel_that_is_not_the_pinned_one_is_refused(clone, programs, index):
    names = json.loads((ROOT / "scripts" / "uv-pins.json").read_text())["sha256"]
    index.RequestHandlerClass.page = "".join(
        f'<a href="../f/{n}#sha256=00">{n}</a>\n' for n in names
    ).encode()
    done = clone.run("./start.sh", "--setup-only", PATH=minimal(programs), PIP_INDEX_URL=address(index))
    assert done.returncode == 77, done.stderr
    assert "sha256 does not match" in done.stderr
    assert not (clone.path / ".windlass" / "bin").exists()
    assert "secret" not in done.stderr
    assert {login for _, login in index.RequestHandlerClass.seen} == {"Basic bWU6c2VjcmV0"}


def test_an_index_without_uv_is_named_with_where_its_address_came_from(clone, programs, index):
    index.RequestHandlerClass.page = json.dumps({"files": []}).encode()
    conf = Path(clone.env["HOME"]) / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(f"[global]\nindex-url = {address(index)}\n")
    done = clone.run("./start.sh", "--setup-only", PATH=minimal(programs))
    assert done.returncode == 69
    assert f"http://127.0.0.1:{index.server_port}/simple (from {conf}) has no uv" in done.stderr


def test_missing_git_stops_with_the_exact_line(clone, programs):
    done = clone.run("./start.sh", PATH=programs("python3", "dirname", "sh", "apt-get"))
    assert done.returncode == 69
    sudo = "" if os.geteuid() == 0 else "sudo "
    assert f"git is not installed\n  try: {sudo}apt-get install -y git" in done.stderr


def test_missing_bubblewrap_stops_only_what_needs_it(clone, programs):
    path = minimal(programs)
    stopped = clone.run("./start.sh", "--autonomous", "--repo", "/x", PATH=path, **OFFLINE)
    assert stopped.returncode == 69
    assert "bubblewrap is not installed, and" in stopped.stderr
    for arguments in (("--autonomous",), ("--autonomous", "--repo", "/x", "--trust")):
        further = clone.run("./start.sh", *arguments, PATH=path, **OFFLINE)
        assert "only the bundled demo runs without it" in further.stderr
        assert "refused" in further.stderr  # it went on as far as the network


def test_no_python_gives_the_line_to_get_one(clone, programs):
    done = clone.run("./start.sh", PATH=programs("dirname", "sh"))
    assert done.returncode == 69
    assert "apt-get install -y python3" in done.stderr


def test_a_shim_that_does_not_run_is_passed_over(clone, programs, tmp_path):
    path = Path(programs("dirname", "sh"))
    (path / "python3").write_text("#!/bin/sh\nexit 127\n")
    (path / "python3").chmod(0o755)
    (path / "python3.11").symlink_to("/usr/bin/python3")
    assert clone.run("./start.sh", "--help", PATH=str(path)).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--autonomus",),
        ("--setup-only", "--land"),
        ("--repo",),
        ("--repo", "x"),
        ("--doctor", "--autonomous"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_happens(clone, arguments):
    done = clone.run("./start.sh", *arguments)
    assert done.returncode == 2
    assert "usage: ./start.sh" in done.stderr
    assert not (clone.path / ".venv").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "becomes"),
    [
        (("--autonomous",), "run --demo"),
        (("--autonomous", "--max-tasks", "1"), "run --demo --max-tasks 1"),
        (
            ("--autonomous", "--repo", "x y", "--land", "--for", "8h"),
            "run --repo x y --continuous --land --for 8h",
        ),
        (("--doctor", "--repo=z"), "doctor --repo z"),
    ],
)
def test_arguments_reach_windlass_in_the_callers_folder(ready, tmp_path, arguments, becomes):
    program = ready.path / ".venv" / "bin" / "windlass"
    before = program.read_bytes()
    try:
        program.write_text('#!/bin/sh\necho "$PWD: $*"\nexit 4\n')
        done = ready.run("./start.sh", *arguments, cwd=tmp_path)
    finally:
        program.write_bytes(before)
    assert done.returncode == 4, done.stderr
    assert done.stdout == f"{tmp_path}: {becomes}\n"


@pytest.mark.slow
@pytest.mark.nightly
def test_pip_does_it_where_uv_is_not_to_be_had(clone, index_reachable):
    if not index_reachable:
        pytest.skip("the package index does not answer from here")
    probe = subprocess.run(["python3", "-c", "import ensurepip"], capture_output=True)
    if probe.returncode:
        done = clone.run("./start.sh", "--setup-only", WINDLASS_SETUP_WITH="pip")
        assert done.returncode == 69
        assert "apt-get install -y python3-venv" in done.stderr
        return
    done = clone.run("./start.sh", "--setup-only", WINDLASS_SETUP_WITH="pip", PATH=os.environ["PATH"])
    assert done.returncode == 0, done.stderr
    assert clone.run(".venv/bin/python", "-c", "import windlass, pytest").returncode == 0
