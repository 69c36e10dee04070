"""One frozen `Config` from every place a setting may come from, with the origin of each value.

Order, weakest first: defaults, the user's file, the repository's `.automation-scope.yaml`, its windlass.toml,
that of the data home, environment, flags. All mistakes of all places are reported at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from windlass.app.config_agents import owners_faults
from windlass.app.config_layers import (
    AGENTS,
    Entry,
    Layer,
    Mistake,
    agents_layer,
    environment_layer,
    flag_layer,
    ratchet_layer,
    scope_layer,
    suggest,
    toml_layer,
)
from windlass.app.config_sections import KEYS, Config, Key, Level
from windlass.app.config_values import Complaint, Plug, without_password
from windlass.kernel import Invalid, Unavailable

DEFAULT = "default"
RESTRICTED = "autonomy.restricted"
RUNNERS = "dispatch.runners"
FOUNDING = frozenset({".automation-scope.yaml", "quality_ratchet.json"})
"""Files that may say more than windlass has settings for."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `config show --origin`."""

    path: str
    value: object
    origin: str
    about: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and for each dotted path the place its value came from."""

    config: Config
    origins: Mapping[str, str]

    def settings(self) -> list[Setting]:
        """Every setting as the file would spell it, passwords left out."""
        return [
            Setting(key.path, shown(self.config, key), self.origins.get(key.path, DEFAULT), key.about)
            for key in KEYS.values()
        ]


def value_of(config: Config, key: Key) -> object:
    found: object = getattr(getattr(config, key.section), key.field)
    return found


def shown(config: Config, key: Key) -> object:
    """The value as windlass.toml would spell it."""
    return key.shape.show(value_of(config, key))


def load(
    env: Mapping[str, str],
    *,
    user: tuple[str, bytes] | None = None,
    scope: bytes | None = None,
    ratchet: bytes | None = None,
    agents: Sequence[tuple[str, bytes, bool]] = (),
    project: tuple[str, bytes] | None = None,
    project_inside: bool = False,
    owned: tuple[str, bytes] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Loaded:
    """Read every place and build the configuration.

    `user`, `project` and `owned` are (name for messages, content). `project_inside` says that `project` comes
    from the repository's base branch: then the owner's own settings are refused in it. `owned` is the file of
    the data home, which wins, setting by setting.
    `agents` are the places of agents.yaml, weakest first: name, content, and whether it comes from there too.
    """
    layers: list[Layer] = []
    if user is not None:
        layers.append(toml_layer(user[1], user[0]))
    if scope is not None:
        layers.append(scope_layer(scope))
    if ratchet is not None:
        layers.append(ratchet_layer(ratchet))
    layers += [agents_layer(content, name, inside=inside) for name, content, inside in agents]
    if project is not None:
        layers.append(toml_layer(project[1], project[0], inside=project_inside))
    if owned is not None:
        layers.append(toml_layer(owned[1], owned[0]))
    return build([*layers, environment_layer(env), flag_layer(flags or {})])


def build(layers: Sequence[Layer]) -> Loaded:
    """Lay the layers over the defaults, the last one winning; raise one Invalid that names every mistake."""
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for layer in layers:
        mistakes += layer.mistakes
        _apply(layer, values, origins, mistakes)
    if mistakes:
        raise invalid(mistakes)
    config = Config()
    for path, value in values.items():
        key = KEYS[path]
        section = replace(getattr(config, key.section), **{key.field: value})
        config = replace(config, **{key.section: section})
    if unknown := _unknown_providers(config, origins):
        raise invalid(unknown)
    return Loaded(config, origins)


def _apply(layer: Layer, values: dict[str, object], origins: dict[str, str], mistakes: list[Mistake]) -> None:
    for entry in layer.entries:
        key = KEYS[entry.path]
        if layer.inside and key.owner_only:
            hint = "set it in your own configuration file, the environment or a flag"
            problem = "may not be set from inside the repository"
            mistakes.append(Mistake(layer.origin, entry.shown, None, problem, hint))
            continue
        faults = owners_faults(entry.value) if layer.inside and key.path == AGENTS else []
        try:
            value = key.shape.read(entry.value)
        except Complaint as complaint:
            faults += complaint.faults
        if faults:
            mistakes += [
                Mistake(layer.origin, entry.shown + f.at, f.value, f.problem, f.hint) for f in faults
            ]
            continue
        if refused := _refused(layer, entry, value):
            mistakes.append(refused)
            continue
        origin = layer.origin if entry.shown == entry.path else f"{layer.origin} {entry.shown}"
        if entry.path == RESTRICTED and ".automation-scope.yaml" in origins.get(RESTRICTED, ""):
            # Invariant: what the automation scope restricts stays restricted; later places only add.
            value = tuple(dict.fromkeys((*_texts(values[RESTRICTED]), *_texts(value))))
            origin = f"{origin} + .automation-scope.yaml"
        values[entry.path] = value
        origins[entry.path] = origin


def _refused(layer: Layer, entry: Entry, value: object) -> Mistake | None:
    """What a value of the right shape may still not say in this place."""
    at, shown = layer.origin, entry.shown
    if entry.path == "database.url" and at != "environment" and without_password(str(value)) != value:
        hint = f"take the password out; give it in {KEYS[entry.path].variable} or in ~/.pgpass"
        return Mistake(at, shown, None, "holds a password", hint)
    if layer.inside and value in (Level.MERGE_ON_GREEN, Level.UNATTENDED):
        # A repository may be anybody's: its own file cannot make its main branch move.
        hint = "keep windlass.toml in the data home (windlass init), or run with --land"
        return Mistake(at, shown, entry.value, "may not be raised from inside the repository", hint)
    if layer.inside and entry.path == RUNNERS and any(map(provider_named, _plugs(value))):
        # And it cannot spend the owner's money.
        hint = "keep windlass.toml in the data home (windlass init)"
        return Mistake(at, shown, None, "may not name a provider from inside the repository", hint)
    return None


def provider_named(runner: Plug) -> object:
    """The provider whose models a runner may ask, as the settings name it; empty: none."""
    return runner.settings.get("provider", "")


def _unknown_providers(config: Config, origins: Mapping[str, str]) -> list[Mistake]:
    known = [one.name for one in config.models.provider]
    text = "is no provider of [[models.provider]]"
    profiles = [one.runner for one in config.agents.agent]
    asked = [(RUNNERS, "", config.dispatch.runners), (AGENTS, ".runner", profiles)]
    return [
        Mistake(origins.get(path, DEFAULT), f"{path}[{position}]{at}.provider", named, text,
                suggest(str(named), known) if known else "name one there")
        for path, at, runners in asked
        for position, runner in enumerate(runners)
        if runner is not None and (named := provider_named(runner)) and named not in known
    ]  # fmt: skip


def _plugs(value: object) -> tuple[Plug, ...]:
    return value if isinstance(value, tuple) else ()


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def invalid(mistakes: Sequence[Mistake]) -> Invalid:
    """One error that lists all mistakes, each with place, value, problem and hint."""
    count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "a mistake"
    lines = "".join(f"\n  {mistake.line()}" for mistake in mistakes)
    hint = "`windlass config show --origin` prints every setting and where it comes from"
    if all(mistake.origin in FOUNDING for mistake in mistakes):
        hint = "`windlass config import` takes what has a setting here; then the file can go"
    return Invalid(f"the configuration has {count}:{lines}", hint=hint, mistakes=tuple(mistakes))


def user_file(env: Mapping[str, str]) -> Path:
    """The user's settings for all repositories: WINDLASS_CONFIG, else the platform's configuration folder."""
    named = env.get("WINDLASS_CONFIG")
    return (
        Path(named)
        if named
        else Path(platformdirs.user_config_dir("windlass", appauthor=False)) / "config.toml"
    )


def read_file(path: Path) -> tuple[str, bytes] | None:
    """A settings file with its name for messages, None where there is none."""
    try:
        return str(path), path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unavailable(
            f"settings file {str(path)!r} cannot be read: {error.strerror}",
            hint="make it readable, or move it away",
        ) from error


def nearest(paths: Sequence[Path]) -> tuple[str, bytes] | None:
    """The first of several settings files that exists."""
    return next((found for path in paths if (found := read_file(path)) is not None), None)
