"""Download what a lock names: from its registry alone, held against its digest, into npm's cache.

Nobody's code runs here. The cache is addressed by digest, so that locks share it, and npm finds everything in
it without a network.
"""

import hashlib
import os
import secrets
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx

from windlass.kernel import Unavailable
from windlass.languages import Tarball

TARBALL_MAX: Final = 512 * 1024 * 1024
"""Bytes of one package."""
WHOLE_MAX: Final = 4 * 1024 * 1024 * 1024
"""Bytes that one lock may have downloaded."""
AT_ONCE: Final = 8
TRIES_MAX: Final = 3
TIMEOUT_S: Final = 60.0
"""Without a byte."""
REDIRECTS_MAX: Final = 5
_PART: Final = 256 * 1024


class Refused(Unavailable):
    """The registry answered, and not with the package: asking again is of no use."""


def download(cache: Path, tarballs: Iterable[Tarball]) -> int:
    """Bring what the cache lacks of these; how many. Raises Unavailable with what cannot be had."""
    missing = [one for one in tarballs if not place_of(cache, one).is_file()]
    if not missing:
        return 0
    left = [WHOLE_MAX]

    def spend(count: int) -> None:
        left[0] -= count
        if left[0] < 0:
            raise Refused(f"the packages of the lock are more than {WHOLE_MAX >> 30} GiB")

    with closing(_client()) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(_bring, client, cache, one, spend) for one in missing]
        try:
            for one in running:
                one.result()
        finally:  # after a failure what is not begun yet is not worth waiting for
            pool.shutdown(cancel_futures=True)
    return len(missing)


def place_of(cache: Path, one: Tarball) -> Path:
    """Where npm looks for a package by its digest: the layout of `cacache`, version 2 of its content."""
    digest = one.digest
    return cache / "_cacache" / "content-v2" / one.algorithm / digest[:2] / digest[2:4] / digest[4:]


def registry_of(environ: Mapping[str, str], default: str) -> str:
    """Which registry this machine's owner uses: npm's variable, else the `.npmrc` in the home."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if environ.get(name, "").startswith(("https://", "http://")):
            return environ[name].rstrip("/")
    home = environ.get("HOME", "/nonexistent")
    place = environ.get("npm_config_userconfig") or os.path.join(home, ".npmrc")
    try:
        lines = Path(place).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return default
    said = (line.partition("=") for line in lines if not line.lstrip().startswith(("#", ";")))
    found = [value.strip().strip("\"'") for key, _, value in said if key.strip() == "registry"]
    return found[-1].rstrip("/") if found and found[-1].startswith(("https://", "http://")) else default


def _client() -> httpx.Client:
    """With the certificates that the system trusts; proxies are those of the environment."""
    return httpx.Client(
        verify=ssl.create_default_context(), timeout=TIMEOUT_S, follow_redirects=True,
        max_redirects=REDIRECTS_MAX, limits=httpx.Limits(max_connections=AT_ONCE),
        headers={"accept-encoding": "identity", "user-agent": "windlass"},
    )  # fmt: skip


def _bring(client: httpx.Client, cache: Path, one: Tarball, spend: Callable[[int], None]) -> None:
    place = place_of(cache, one)
    place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    part = cache / f".part-{secrets.token_hex(8)}"
    try:
        for last in (*[False] * (TRIES_MAX - 1), True):
            try:
                _fetch(client, one, part, spend)
                break
            except httpx.HTTPError as error:
                if last:
                    why = str(error) or type(error).__name__
                    raise Unavailable(f"{one.url} cannot be had: {why[:200]}") from error
        os.chmod(part, 0o644)
        os.replace(part, place)
    except OSError as error:
        raise Unavailable(f"{one.url} cannot be kept: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _fetch(client: httpx.Client, one: Tarball, part: Path, spend: Callable[[int], None]) -> None:
    count, digest = 0, hashlib.new(one.algorithm, usedforsecurity=False)
    with client.stream("GET", one.url) as answer, open(part, "wb") as file:
        if answer.status_code >= 500 or answer.status_code == 429:
            raise httpx.HTTPError(f"status {answer.status_code}")
        if answer.status_code != 200:
            raise Refused(f"{one.url} cannot be had: status {answer.status_code}")
        for data in answer.iter_raw(_PART):
            count += len(data)
            spend(len(data))
            if count > TARBALL_MAX:
                raise Refused(f"{one.url} is larger than {TARBALL_MAX >> 20} MiB")
            digest.update(data)
            file.write(data)
    if digest.hexdigest() != one.digest:
        raise Refused(f"{one.url} is not what the lock says: its {one.algorithm} is another")
