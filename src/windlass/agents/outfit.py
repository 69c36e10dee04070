"""What an agent needs around it in the box: the words of its preset filled in, its files, its session."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from windlass.agents.listening import SESSION_MAX
from windlass.agents.preset import WORDS, Preset
from windlass.kernel import Denied, Invalid, Tools

STEP_S: Final = 60.0
"""For one small program in the box."""
_MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")
_SAFE: Final = re.compile(r"[A-Za-z0-9._:/@+\[\]-]*")
_SESSION: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:-]{{0,{SESSION_MAX - 1}}}")
_ANY: Final = re.compile("|".join(rf"\{{{word}\}}" for word in sorted(WORDS)))
_WRITE: Final = 'umask 077; mkdir -p -- "$(dirname -- "$1")" && cat > "$1"'


@dataclass(frozen=True, slots=True)
class Outfit:
    """A preset in one box. `values`: what its words stand for there."""

    preset: Preset
    tools: Tools
    values: Mapping[str, str]

    def command(self, task: str, session: str = "") -> list[str]:
        """Its words, to take up `session` again where one is given."""
        said = {**self.values, "task": task, "session": session}
        return [fill(word, said) for word in (self.preset.resume if session else self.preset.command)]

    def stdin(self, task: str) -> bytes:
        return fill(self.preset.stdin, {**self.values, "task": task}).encode()

    def env(self) -> dict[str, str]:
        return {name: fill(text, self.values) for name, text in self.preset.env.items()}

    def settle(self) -> None:
        """Write its files. Raises Invalid when the box does not let us."""
        for file in self.preset.files:
            if not file.mcp or self.values["mcp_url"]:
                self._write(fill(file.path, self.values), fill(file.text, self.values))

    @property
    def asks(self) -> bool:
        """Whether its files tell it of the tools of its lease."""
        return bool(self.values["mcp_url"]) and any(file.mcp for file in self.preset.files)

    def session(self) -> str:
        """The session of an earlier attempt at this task, if one was kept."""
        ran = self.tools.run(("cat", "--", self._kept), timeout_s=STEP_S)
        text = ran.stdout.decode("utf-8", "replace").strip()
        return text if ran.exit_code == 0 and _SESSION.fullmatch(text) else ""

    def keep(self, session: str) -> None:
        """Remember it for the next attempt at this task; one that is no plain word is forgotten."""
        if _SESSION.fullmatch(session):
            self._write(self._kept, session)

    def changed(self) -> bool:
        """A first look with the attempt's own git; the control plane looks again at what was really left."""
        status = ("git", "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--no-renames")
        ran = self.tools.run(status, timeout_s=STEP_S)
        return bool(ran.stdout) or ran.exit_code != 0

    def folder(self) -> str:
        """The attempt's files as the box knows them."""
        ran = self.tools.run(("pwd", "-P"), timeout_s=STEP_S)
        return ran.stdout.decode("utf-8", "replace").strip()

    @property
    def _kept(self) -> str:
        return f"{self.values['state']}/{self.preset.name}.session"

    def _write(self, path: str, text: str) -> None:
        write = ("/bin/sh", "-c", _WRITE, "write", path)
        ran = self.tools.run(write, timeout_s=STEP_S, stdin=text.encode())
        if ran.exit_code != 0:
            said = ran.stderr.decode("utf-8", "replace").strip()[-300:]
            raise Invalid(f"{path!r} cannot be written for {self.preset.name!r}: {said}")


def fit_out(preset: Preset, tools: Tools, model: str) -> Outfit:
    """Fit a preset into the box that `tools` stands for. Raises Denied where the box lacks what it needs."""
    places = tools.places
    lacking = [name for name in ("model", "state") if not places.get(name)]
    if lacking:
        raise Denied(
            f"agent {preset.name!r} has no {' and no '.join(lacking)} in its box",
            hint="name the provider of its model in the settings",
        )
    if not _MODEL.fullmatch(model):
        raise Invalid(f"{model!r} is no name of a model", hint='model = "the name your provider lists"')
    values = {
        "model": model, "model_url": places["model"].rstrip("/"), "state": places["state"].rstrip("/"),
        "mcp_url": places.get("mcp", "").rstrip("/"),
    }  # fmt: skip
    if wrong := [name for name, value in values.items() if not _SAFE.fullmatch(value)]:
        raise Invalid(f"the place {wrong[0]!r} holds characters that no preset can carry")
    return Outfit(preset, tools, values)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the words; what was put in is not looked at again."""
    return _ANY.sub(lambda found: values.get(found[0][1:-1], ""), text)
