"""One tree made ready for its checks: its facts, a clean read-only checkout, its environment, and the way
into the sandbox.
"""

import base64
import binascii
import fcntl
import json
import marshal
import os
import posixpath
import re
import secrets
import shlex
import shutil
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import CodeType
from typing import Any, Final

from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]  # the wheel carries no types

from windlass import papers
from windlass.kernel import Unavailable, WindlassError
from windlass.languages import PYTHON, Toolchain, languages_of, toolchain_of
from windlass.sandbox import Level, Limits, Mount, Order, interpreter_mounts, prepare_writable
from windlass.verify.check import Scene
from windlass.verify.distribution import Distribution
from windlass.verify.ended import Ended
from windlass.verify.environment import Environment, base_python, prepare, shared
from windlass.verify.facts import Facts, facts_of
from windlass.verify.installer import Installer
from windlass.verify.packages import Packages, Wish, packages_of
from windlass.verify.requirements import wanted
from windlass.verify.settings import Settings
from windlass.verify.site import Site
from windlass.workspace import Entry, lent_checkout

GRACE_S: Final = 20.0
"""Beyond a run's own wall time: for the copy before it and the report after it."""
OUTPUT_MAX: Final = 64 * 1024 * 1024
"""Bytes of one output file, unpacked."""
REPORT_MAX: Final = 48 * 1024 * 1024
"""Bytes of the whole report of one run, packed."""
TMP_MAX: Final = 4 * 1024 * 1024 * 1024
FULL: Final = f"; its temporary space, {TMP_MAX >> 30} GiB, was full"
USED: Final = ("wall_s", "cpu_s", "peak_mb")
CHECKOUT: Final = "verify-"
WARM: Final = ".trees"
"""Beside the environments: copies of trees that are kept for the next judgement."""
INSIDE: Final = "/tmp"  # noqa: S108 - the sandbox's own, private and empty
"""Where the program of ours starts that runs a check."""
_FINDING: Final = threading.Lock()
"""sysconfig fills its variables unguarded: of two threads that ask first, one may see none."""
_TYPED: Final = ("[tool.mypy", "[tool.pyright", "[tool.basedpyright")
_STEERING: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.?)", re.DOTALL)
"""Escape sequences: of colours and cursors, of titles, others."""
STAGE: Final = Path(__file__).with_name("stage.py")
START: Final = """import marshal, sys
program, order = marshal.loads(sys.stdin.buffer.read())
names = {"__name__": "stage"}
exec(program, names)
names["tell"](order)
"""
"""How it does: compiled by us, since what runs there is our own interpreter and keeps no bytecode."""


@dataclass(frozen=True)
class Lab:
    """Everything about one tree. Facts come from the mirror; the checkout and the environment are made when
    first needed.
    """

    site: Site
    settings: Settings
    tree: str
    folder: Path
    facts: Facts = field(repr=False)
    _lent: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self.facts.entries

    @property
    def files(self) -> frozenset[str]:
        return self.facts.files

    @property
    def texts(self) -> dict[str, str]:
        return self.facts.texts

    @property
    def distribution(self) -> Distribution:
        return self.facts.distribution

    def contents(self, paths: Sequence[str], size_max: int) -> Iterator[tuple[str, bytes]]:
        """The bytes of files of the tree; those larger than `size_max` are left out."""
        return self.facts.contents(paths, size_max)

    @cached_property
    def environment(self) -> Environment:
        """Built once per set of requirements; a problem is a value, since lint and syntax can do without."""
        try:
            folder = environments_of(self.site, self.settings)
            python = base_python(self.settings.python)
            return prepare(
                folder, Installer(folder / ".uv", os.environ, self.settings.index), self._wanted(),
                python=python,
                requires_python=self.distribution.requires_python,
            )  # fmt: skip
        except Unavailable as error:
            return Environment(base_python(), {}, (), f"{error} ({error.hint})" if error.hint else str(error))

    @cached_property
    def toolchain(self) -> Toolchain:
        """The programs of the other languages of the tree."""
        return toolchain_of(languages_of(self.files), os.environ)

    @cached_property
    def packages(self) -> Packages:
        """Those of Node, built once for a lock; beside a Python project where the owner names a test run."""
        if PYTHON & self.files and not self.settings.tests:
            return Packages()
        try:
            folder = environments_of(self.site, self.settings)
            wish = Wish(folder, os.environ, self.settings.npm_hosts)
            return packages_of(self.facts, self.site.launcher, self.toolchain, wish)
        except WindlassError as error:
            why = f"packages cannot be installed: {error}"
            return Packages(problem=f"{why} ({error.hint})" if error.hint else why, outside=True)

    @property
    def checkout(self) -> Path:
        """Made when the first asks for it; checks run side by side."""
        with self._making:
            return self._checkout

    @cached_property
    def _checkout(self) -> Path:
        """A kept copy where the sandbox holds, as nothing in there can write into it; else a fresh one."""
        pool = self.site.folders.environments / WARM if self.confined else None
        place = self.folder / self.tree[:16]
        give = prepare_writable if self.confined else None
        lent = lent_checkout(self.site.mirror, self.tree, place, pool=pool, give=give)
        return self._lent.enter_context(lent)

    @property
    def confined(self) -> bool:
        """Whether nothing that runs on the tree can reach it."""
        return self.site.launcher.level is not Level.NONE

    def close(self) -> None:
        """Give back what was lent."""
        self._lent.close()

    def scene(self, *, only: Sequence[str], changed: Sequence[str], wall_s: float, coverage: bool) -> Scene:
        """What a check sees. `wall_s` bounds each program it starts."""
        environment = self.environment
        return Scene(
            files=self.files, root=str(self.checkout), texts=self.texts, changed=tuple(changed),
            packages=environment.packages,
            python=environment.python, start=Starting(self, wall_s), tools=self.tools, only=tuple(only),
            contents=self.contents,
            problem=environment.problem, coverage=coverage,
        )  # fmt: skip

    @property
    def bin(self) -> str:
        """Where the environment's own programs are."""
        return posixpath.dirname(self.environment.python)

    @property
    def tools(self) -> dict[str, str]:
        """Programs of ours by name, and what they are made of, each at its path on the host."""
        zizmor = found_zizmor(self.settings.security.zizmor)
        return {"ruff": self.ruff, **({"zizmor": zizmor} if zizmor else {}), **papers.lent(base_python())}

    @property
    def ruff(self) -> str:
        """The project's own ruff where its environment has one, else the one that came with windlass."""
        if "ruff" in self.environment.packages:
            return posixpath.join(posixpath.dirname(self.environment.python), "ruff")
        return bundled_ruff()

    def _wanted(self) -> Any:
        if self.settings.requirements:
            texts = {"requirements.txt": "\n".join(self.settings.requirements)}
            return wanted(texts, self.distribution.name, typing=False)
        said = self.texts.get("pyproject.toml", ""), f"\n{self.texts.get('setup.cfg', '')}"
        typing = any(table in said[0] for table in _TYPED) or "\n[mypy]" in said[1] or bool(
            {"mypy.ini", ".mypy.ini", "pyrightconfig.json"} & self.files
        )
        return wanted(self.texts, self.distribution.name, typing=typing)


@dataclass(frozen=True)
class Starting:
    """`check.Start` for one lab: every program goes through `stage.py` in a sandbox of its own."""

    lab: Lab
    wall_s: float
    used: dict[str, float] = field(default_factory=dict)
    """What was started so far took, added up; the largest `peak_mb`."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        copy: bool = False,
        outputs: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        dist, tools, bin_ = self.lab.distribution, self.lab.toolchain, self.lab.bin
        roots = [posixpath.join("{tree}", root) if root else "{tree}" for root in dist.roots]
        document = {
            "argv": list(argv), "copy": copy, "layered": copy and self.lab.confined,
            "tree": str(self.lab.checkout), "files": dict(dist.generated), "extra": dict(dist.metadata),
            "scripts": _scripts(dist.scripts, self.lab.environment.python),
            "packages": self.lab.packages.document, "wall_s": self.wall_s, "outputs": list(outputs),
            "output_max": OUTPUT_MAX,
            "env": {
                "PYTHONPATH": ":".join([*roots, "{extra}"]),
                "PATH": ":".join([bin_, "{scripts}", *tools.path, "/usr/local/bin:/usr/bin:/bin"]),
                **tools.env, **(env or {}),
            },
        }  # fmt: skip
        (argv, stdin), python = staged(document), base_python()
        order = Order(
            (python, *argv), INSIDE, self._mounts(python, layered=copy), {}, stdin,
            Limits(wall_s=self.wall_s + GRACE_S, output_max=REPORT_MAX, tmp_max=TMP_MAX),
        )  # fmt: skip
        try:
            outcome = self.lab.site.launcher.run(order)
        except WindlassError as error:
            return Ended(None, {}, b"", "", 0.0, False, f"the sandbox failed: {error}", outside=True)
        ran = outcome.ran
        if outcome.timed_out:
            late = f"did not end within {self.wall_s:.0f} s"
            return Ended(None, {}, b"", _text(ran.stderr), ran.seconds, True, late)
        ended = parse_report(ran.stdout, _text(ran.stderr), ran.seconds, self.wall_s)
        for name, value in ended.used.items():
            before = self.used.get(name, 0.0)
            self.used[name] = max(before, value) if name == "peak_mb" else before + value
        return ended

    def _mounts(self, python: str, *, layered: bool) -> tuple[Mount, ...]:
        """Everything read-only and at the path it has on the host, so that level NONE needs nothing more; the
        tree with a layer of the run's own if that may write into it.
        """
        checkout = self.lab.checkout
        places: dict[str, Path] = {}
        for interpreter in (python, self.lab.environment.python):
            places.update({mount.target: mount.source for mount in interpreter_mounts(Path(interpreter))})
        for tool in self.lab.tools.values():
            if not any(tool.startswith(place + "/") for place in (*places, str(checkout))):
                places[tool] = Path(tool)
        if self.lab.packages.folder is not None:
            places[str(self.lab.packages.folder)] = self.lab.packages.folder
        shown = [Mount(source, target) for target, source in sorted(places.items())]
        more = (mount for mount in self.lab.toolchain.mounts if mount.target not in places)
        return (Mount(checkout, str(checkout), layered=layered), *shown, *more)


def _scripts(places: Mapping[str, str], python: str) -> dict[str, str]:
    """What pip would install for entry points; the shell starts them, since a first line has to be short."""
    head = f"#!/bin/sh\n'''exec' {shlex.quote(python)} \"$0\" \"$@\"\n' '''\nimport sys\n"
    found = {}
    for name, place in places.items():
        module, _, what = place.partition(":")
        found[name] = f"{head}from {module} import {what.partition('.')[0]}\nsys.exit({what}())\n"
    return found


def staged(document: Mapping[str, Any]) -> tuple[tuple[str, ...], bytes]:
    """Arguments and input with which our own interpreter carries out an order of plain values inside."""
    return ("-I", "-S", "-c", START), marshal.dumps((_stage(), json.loads(json.dumps(document))))


@cache
def _stage() -> CodeType:
    return compile(STAGE.read_bytes(), str(STAGE), "exec")


def parse_report(stdout: bytes, stderr: str, seconds: float, wall_s: float) -> Ended:
    """What `stage.py` said. Everything in it may be forged by what ran beside it: bounded, and never trusted
    to exist.
    """
    try:
        report = json.loads(stdout)
        exit_code, timed_out = report["exit"], report["timed_out"] is True
        tail = _text(_unpacked(report["tail"]))
        outputs = {str(name): _unpacked(text) for name, text in report["outputs"].items()}
        head = _unpacked(report["head"])
        told = report.get("used", {})
        full = FULL if report.get("full") is True else ""
        used = {name: value for name in USED if isinstance(value := told.get(name), float) and value >= 0}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error, binascii.Error):
        return Ended(None, {}, b"", stderr, seconds, False, "the run ended without a report")
    if timed_out:
        return Ended(None, outputs, head, tail, seconds, True, f"did not end within {wall_s:.0f} s")
    if not isinstance(exit_code, int):
        return Ended(None, {}, b"", tail, seconds, False, "the run ended without an exit code")
    return Ended(exit_code, outputs, head, tail, seconds, False, used=used, full=full)


def environments_of(site: Site, settings: Settings) -> Path:
    """Where environments are kept: what the owner lets data homes share, else the data home's own."""
    return shared(Path(settings.environments)) if settings.environments else site.folders.environments


def found_zizmor(named: str) -> str:
    """The zizmor that the owner names, or one on the path of commands; empty where there is none."""
    found = named or shutil.which("zizmor") or ""
    return os.path.realpath(found) if os.path.isfile(found) else ""


def bundled_ruff() -> str:
    with _FINDING:
        return os.path.realpath(str(find_ruff_bin()))


@contextmanager
def labs(site: Site, settings: Settings, trees: Sequence[str]) -> Iterator[list[Lab]]:
    """Labs for some trees, in a folder that is gone afterwards; a lock on it tells `sweep_checkouts` that we
    live.
    """
    parent = site.folders.checkouts
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / f"{CHECKOUT}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o755)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        made = {
            tree: Lab(site, settings, tree, folder, facts_of(site.mirror, tree))
            for tree in dict.fromkeys(trees)
        }
        with ExitStack() as open_labs:
            for lab in made.values():
                open_labs.callback(lab.close)
            yield [made[tree] for tree in trees]
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def sweep_checkouts(parent: Path) -> int:
    """Delete checkouts whose maker was killed; how many. Only we ever wrote into them."""
    gone = 0
    for path in parent.glob(f"{CHECKOUT}*"):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, FileNotFoundError):
            continue  # Its maker lives, or was faster than we.
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)
        gone += 1
    return gone


def _unpacked(text: str) -> bytes:
    stream = zlib.decompressobj()
    content = stream.decompress(base64.b64decode(text, validate=True), OUTPUT_MAX)
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError("an output is too large or cut off")
    return content


def _text(output: bytes) -> str:
    """The end of what was printed, without what steers a terminal."""
    return _STEERING.sub("", output[-65536:].decode("utf-8", "replace"))
