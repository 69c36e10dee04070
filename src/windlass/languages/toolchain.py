"""What the tools of another language need to be shown in the sandbox: where this machine has them, and the
packages that were downloaded for them. Read from the file system: nothing is executed, and no repository says
which version it is.
"""

import os
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from windlass.sandbox import Mount

PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": ("node", "npm"), "rust": ("cargo", "cargo-clippy", "cargo-fmt"), "go": ("go",),
    "java": ("java", "mvn", "gradle"),
}  # fmt: skip
"""What each language is checked with."""
_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64")
"""Inside anyway."""
_PARTS: Final = (
    "bin", "lib", "libexec", "include", "pkg", "src", "boot", "conf", "jmods", "release", "VERSION", "go.env",
)  # fmt: skip
"""What of an installation is shown: not `share`, where beside ~/.local/bin a person's own files are."""
_OTHERS: Final = 0o005


@dataclass(frozen=True, slots=True)
class Toolchain:
    """`mounts`: read-only or laid over, at the places they have here. `path`: folders of commands.
    `programs`: by name, those that are found. `env`: variables that they need. `problems`: what they need and
    cannot be shown, by language.
    """

    mounts: tuple[Mount, ...] = ()
    path: tuple[str, ...] = ()
    programs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, object]:
        """Which builds they are: where each lies, its size and when it was written."""
        states = {place: os.stat(place) for place in self.programs.values()}
        return {place: [state.st_size, state.st_mtime_ns] for place, state in states.items()}


def toolchain_of(languages: Iterable[str], environ: Mapping[str, str]) -> Toolchain:
    """The programs of some languages, and the packages that this machine's owner has downloaded for them."""
    home = Path(environ.get("HOME") or "/nonexistent")
    shown: dict[str, Mount] = {}
    programs: dict[str, str] = {}
    env: dict[str, str] = {}
    problems: dict[str, str] = {}
    for language in languages:
        found = {name: place for name in PROGRAMS[language] if (place := _program(name, environ, home))}
        programs.update({name: str(place) for name, place in found.items()})
        for place in found.values():
            _show(shown, _parts(place, home))
            _show(shown, _parts(place.resolve(), home))
        env |= _ENV[language]
        if language == "java" and "java" in found:
            env["JAVA_HOME"] = str(found["java"].resolve().parent.parent)
        for folder, said in _packages(language, environ, home):
            if os.geteuid() == 0 and folder.stat().st_mode & _OTHERS != _OTHERS:
                problems[language] = f"only root can read {folder}, and checks run as another user"
                continue
            _show(shown, [folder], layered=language == "java")
            env |= said
    path = dict.fromkeys(str(Path(place).parent) for place in programs.values())
    return Toolchain(tuple(shown.values()), tuple(path), programs, env, problems)


def _program(name: str, environ: Mapping[str, str], home: Path) -> Path | None:
    """Where a program is; of what rustup stands for, the one of its default toolchain."""
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found is None or Path(found).resolve().name != "rustup":
        return Path(os.path.abspath(found)) if found else None
    place = Path(environ.get("RUSTUP_HOME") or home / ".rustup")
    try:
        settings = tomllib.loads((place / "settings.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    named = environ.get("RUSTUP_TOOLCHAIN") or str(settings.get("default_toolchain", ""))
    made = place / "toolchains" / named / "bin" / name
    return made if made.is_file() else None


def _parts(program: Path, home: Path) -> Iterator[Path]:
    """What to show of the installation that a program is in; of one in a home's own `bin` only itself."""
    if str(program).startswith(tuple(f"{top}/" for top in _SYSTEM)):
        return
    top = program.parent.parent
    if program.parent.name != "bin" or home.is_relative_to(top):
        yield program
        return
    yield from (top / part for part in _PARTS if (top / part).exists())


def _show(shown: dict[str, Mount], places: Iterable[Path], *, layered: bool = False) -> None:
    for place in places:
        shown.setdefault(str(place), Mount(place.resolve(), str(place), layered=layered))


def _packages(language: str, environ: Mapping[str, str], home: Path) -> list[tuple[Path, Mapping[str, str]]]:
    """Folders of packages that are there, each with the variables that lead to it: nothing but packages."""
    cargo = Path(environ.get("CARGO_HOME") or home / ".cargo")
    modules = Path(environ.get("GOMODCACHE") or Path(environ.get("GOPATH") or home / "go") / "pkg/mod")
    jars = home / ".m2/repository"
    known: dict[str, list[tuple[Path, Mapping[str, str]]]] = {
        "rust": [(cargo / part, {"CARGO_HOME": str(cargo)}) for part in ("registry", "git")],
        "go": [(modules, {"GOMODCACHE": str(modules)})],
        "java": [(jars, {"MAVEN_OPTS": f"-Dmaven.repo.local={jars}"})],
    }
    return [(folder, said) for folder, said in known.get(language, []) if folder.is_dir()]


_TMP: Final = "/tmp"  # noqa: S108 - the sandbox's own, private and empty
_ENV: Final[Mapping[str, Mapping[str, str]]] = {
    "node": {"npm_config_offline": "true", "npm_config_update_notifier": "false"},
    "rust": {"CARGO_NET_OFFLINE": "true", "CARGO_TERM_COLOR": "never", "CARGO_INCREMENTAL": "0"},
    "go": {
        "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off", "GOCACHE": f"{_TMP}/go-build",
        "GOPATH": f"{_TMP}/go",
    },
    "java": {},
}  # fmt: skip
