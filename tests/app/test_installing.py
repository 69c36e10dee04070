"""Installing agents: with a small npm of our own on the PATH, and no registry at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from windlass.agents import Preset, preset_named
from windlass.app.home import Home
from windlass.app.installing import install, remove
from windlass.app.programs import folder, installed
from windlass.kernel import Conflict, Invalid, NotFound, Unavailable
from windlass.sandbox import open_launcher

NPM = """#!/bin/sh
[ "$1 $2" = "install --prefix" ] || exit 9
echo "$@ $WINDLASS_SECRET" > "$3/asked"
umask 077; mkdir -p "$3/node_modules/.bin" && echo x > "$3/node_modules/.bin/tool"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"WINDLASS_HOME": str(tmp_path / "home")})


def add(home: Home, npm: str | None, chosen: Preset | None = None, **env: str) -> list[str]:
    tools = home.path / "tools"
    tools.mkdir(exist_ok=True)
    for name, text in {"npm": npm, "node": "#!/bin/sh\n" if npm else None}.items():
        if text is not None:
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
    told: list[str] = []
    path = f"{tools}:/usr/bin:/bin" if npm else str(tools)
    chosen = chosen or preset_named("codex")
    install(chosen, home, open_launcher(trust=False), {"PATH": path, **env}, told.append)
    return told


def test_npm_unpacks_and_runs_nothing(home: Home) -> None:
    assert add(home, NPM, WINDLASS_SECRET="s") == ["installing @openai/codex 0.169.0"]
    place = folder(home, "codex")
    words = (place / "asked").read_text().split()
    assert {"--ignore-scripts", "@openai/codex@0.169.0"} <= {*words}
    assert "s" not in words
    assert (place / "node_modules/.bin/tool").stat().st_mode & 0o444 == 0o444
    (found,) = installed(home)
    assert found.path[0] == str(place / "node_modules/.bin")
    assert found.shown == (str(place), str(home.path / "tools/node"))
    assert remove(home, "codex")
    assert not remove(home, "codex")
    assert installed(home) == []


def test_without_npm_it_is_said_what_to_install(home: Home) -> None:
    with pytest.raises(NotFound) as raised:
        add(home, None)
    assert "Node.js" in (raised.value.hint or "")
    assert not folder(home, "codex").exists()


def test_a_failure_leaves_nothing_behind(home: Home) -> None:
    with pytest.raises(Unavailable, match="no such package"):
        add(home, "#!/bin/sh\necho no such package >&2; exit 1\n")
    assert not folder(home, "codex").exists()


def test_what_finishes_a_package_runs_in_the_sandbox(home: Home) -> None:
    source = replace(
        preset_named("codex").source, prepare=("/bin/sh", "-c", "echo done > finished; ls /root /home > seen")
    )
    chosen = replace(preset_named("codex"), source=source)
    with pytest.raises(Invalid, match="could not be finished in the sandbox"):
        add(home, NPM, chosen)
    source = replace(source, prepare=("/bin/sh", "-c", "echo done > finished"))
    assert add(home, NPM, replace(chosen, source=source))[-1] == "finishing it in the sandbox"
    assert (folder(home, "codex") / "finished").read_text() == "done\n"


def test_a_python_agent_without_an_index_is_not_half_installed(home: Home) -> None:
    with pytest.raises(Unavailable, match="uv could not install it"):
        add(home, NPM, preset_named("mini"), UV_OFFLINE="1", UV_CACHE_DIR=str(home.path / "cache"))
    assert not folder(home, "mini").exists()


def test_what_comes_with_windlass_is_not_installed(home: Home) -> None:
    with pytest.raises(Conflict, match="comes with windlass"):
        add(home, NPM, preset_named("scripted"))
