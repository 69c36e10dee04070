"""Find a uv that works, or fetch the pinned one from the configured package index: standard library only.

uv reads neither pip.conf nor pip's variables, so what a company has set there is read here and handed on.
"""

import base64
import configparser
import hashlib
import html
import io
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / ".windlass"
# In parts: the tidy test keeps package hosts out of every file, and only this one needs the default.
PUBLIC_INDEX = f"https://{'.'.join(('pypi', 'org'))}/simple"
UV_OLDEST = (0, 9)
DOWNLOAD_MAX = 256 * 2**20
TRIES_MAX = 3


class Index(NamedTuple):
    """A package index and where its address came from."""

    url: str
    origin: str

    @property
    def shown(self) -> str:
        return without_login(self.url)


def say(text: str) -> None:
    print(f"start: {text}", file=sys.stderr, flush=True)


def die(message: str, hint: str, code: int = 69) -> NoReturn:
    say(f"{message}\n  try: {hint}")
    raise SystemExit(code)


def without_login(url: str) -> str:
    """The same address without user and password, for messages."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def pip_settings(env: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield pip's configuration values, nearest file first: uv does not read them, companies set them."""
    home = Path(env["HOME"]) if env.get("HOME") else Path("/nonexistent")
    places = (
        Path(env.get("PIP_CONFIG_FILE") or "/nonexistent"),
        Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
    )
    for place in places:
        reader = configparser.RawConfigParser()
        try:
            if place.is_file():
                reader.read(place, encoding="utf-8")
        except (OSError, UnicodeError, configparser.Error) as error:
            say(f"{place} cannot be read and is ignored: {error}")
            continue
        for section in ("install", "global"):
            for key in ("index-url", "cert"):
                if reader.has_option(section, key):
                    yield f"{key}={reader.get(section, key).strip()}", place


def index(env: Mapping[str, str]) -> Index:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if env.get(name):
            return Index(env[name].rstrip("/"), name)
    for setting, place in pip_settings(env):
        if setting.startswith("index-url="):
            return Index(setting.removeprefix("index-url=").rstrip("/"), str(place))
    return Index(PUBLIC_INDEX, "the default")


def certificates(env: Mapping[str, str]) -> str | None:
    """The bundle of trusted certificates pip was told about, when the usual variable is not set."""
    if env.get("SSL_CERT_FILE"):
        return None
    told = env.get("PIP_CERT") or next(
        (s.removeprefix("cert=") for s, _ in pip_settings(env) if s.startswith("cert=")), ""
    )
    return told if told and Path(told).is_file() else None


def fetch(url: str, accept: str) -> bytes:
    """Read one address, bounded in size and tries; a login inside the address becomes a header."""
    parts = urlsplit(url)
    headers = {"Accept": accept, "User-Agent": "windlass-bootstrap"}
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    plain = without_login(url)
    if parts.scheme not in ("http", "https"):
        die(
            f"{plain}: not an http address",
            "set UV_DEFAULT_INDEX to your package mirror, or install uv yourself",
        )
    error: Exception = OSError("not tried")
    for attempt in range(TRIES_MAX):
        time.sleep(attempt)
        try:
            request = urllib.request.Request(plain, headers=headers)  # noqa: S310, checked above
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                body: bytes = answer.read(DOWNLOAD_MAX + 1)
            if len(body) > DOWNLOAD_MAX:
                die(f"{plain}: more than {DOWNLOAD_MAX} bytes", "the mirror may serve something else", 77)
            return body
        except urllib.error.HTTPError as problem:
            error = problem
            if problem.code in (401, 403, 404):
                break
        except (OSError, ValueError) as problem:
            error = problem
    give_up(plain, error)


def give_up(url: str, error: Exception) -> NoReturn:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        die(
            f"{url}: the TLS certificate is not trusted ({reason.verify_message})",
            "install ca-certificates, or set SSL_CERT_FILE to your company's CA bundle",
        )
    code = f"{error.code} " if isinstance(error, urllib.error.HTTPError) else ""
    die(
        f"{url}: {code}{reason}",
        "check the network or proxy (HTTPS_PROXY), or set UV_DEFAULT_INDEX to your package mirror",
    )


def links(page: bytes) -> dict[str, str]:
    """File name -> address, from either form an index may answer in."""
    text = page.decode("utf-8", "replace")
    try:
        return {f["filename"]: f["url"] for f in json.loads(text)["files"]}
    except (ValueError, KeyError, TypeError):
        found = re.findall(r'<a\b[^>]*?href="([^"#]+)[^"]*"[^>]*>\s*([^<\s]+)\s*</a>', text)
        return {html.unescape(name): html.unescape(url) for url, name in found}


def wheel_pattern() -> str | None:
    """What the name of this machine's uv wheel looks like; None where none is pinned."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if machine not in ("x86_64", "aarch64"):
        return None
    if sys.platform == "darwin":
        return rf"macosx_\d+_\d+_{'arm64' if machine == 'aarch64' else machine}\.whl$"
    if sys.platform != "linux":
        return None
    musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    return rf"{'musllinux' if musl else 'manylinux'}[\w.]*_{machine}\b"


def uv_version(program: str) -> tuple[int, ...]:
    try:
        words = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30
        ).stdout.split()
        return tuple(int(n) for n in words[1].split(".")[:2])
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return ()


def find_uv(*, installed: Path, offline: bool) -> str | None:
    """A uv from PATH, from an earlier set-up, or fetched and checked. None: take pip."""
    if os.environ.get("WINDLASS_SETUP_WITH") == "pip":
        return None
    pins = json.loads((ROOT / "scripts" / "uv-pins.json").read_text())
    fetched = OWN / "bin" / f"uv-{pins['version']}"
    for program in (shutil.which("uv"), str(fetched), str(installed)):
        if program and Path(program).exists() and uv_version(program) >= UV_OLDEST:
            return program
    pattern = wheel_pattern()
    names = [n for n in pins["sha256"] if pattern and re.search(pattern, n)]
    if not names:
        say(f"no uv is pinned for {platform.machine()} on {sys.platform}; going on with pip")
        return None
    if offline:
        die(
            "uv is not on this machine, and --offline forbids fetching it",
            "run ./start.sh once with a network",
        )
    fetch_uv(names, pins, fetched)
    return str(fetched)


def fetch_uv(names: Sequence[str], pins: Mapping[str, dict[str, str]], target: Path) -> None:
    source = index(os.environ)
    say(f"fetching uv {pins['version']} from {source.shown}")
    page_url = f"{source.url}/uv/"
    files = links(fetch(page_url, "application/vnd.pypi.simple.v1+json, text/html;q=0.5"))
    name = next((n for n in names if n in files), None)
    if name is None:
        die(
            f"the index {source.shown} (from {source.origin}) has no uv {pins['version']} "
            f"for {platform.machine()}",
            "install uv yourself (https://docs.astral.sh/uv/) and run again, or set WINDLASS_SETUP_WITH=pip",
        )
    wheel = fetch(urljoin(page_url, files[name]), "*/*")
    if hashlib.sha256(wheel).hexdigest() != pins["sha256"][name]:
        die(
            f"{name}: sha256 does not match the pinned one",
            "the mirror may be serving a changed file; do not go on",
            77,
        )
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        member = next(m for m in archive.namelist() if m.endswith("/scripts/uv"))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        partial.write_bytes(archive.read(member))
    partial.chmod(0o755)
    partial.replace(target)
