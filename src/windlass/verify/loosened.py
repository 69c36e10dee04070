"""Configuration of tests, coverage, lint and types that demands less than before. Pure.

All files are read into one table first, so that settings may move from one file to another.
"""

import configparser
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from windlass.verify.objection import Objection
from windlass.verify.requirements import ini, toml

FILES: Final = frozenset({
    "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", ".pytest.ini", "mypy.ini", ".mypy.ini",
    "ruff.toml", ".ruff.toml", ".coveragerc", ".flake8",
})  # fmt: skip
RESTORE: Final = "keep the old setting and mend what it complains of"
NARROW: Final = re.compile(
    r"--deselect|--ignore(-glob)?|--no-?conftest|--collect-only|--co|--override-ini|--maxfail|--lf|--no-cov"
    r"|-[kmpcoWx]|--exitfirst|--confcutdir|--disable-warnings|--(snapshot-update|force-regen|reruns)"
)
"""Options of pytest by which it runs or tells less, or that load code."""
_Table = dict[str, tuple[Any, str]]
"""Setting -> (value, file)."""
_SECTIONS: Final = {
    "tool.pytest.ini_options": "pytest", "tool.pytest": "pytest", "tool:pytest": "pytest",
    "tool.ruff": "ruff", "tool.mypy": "mypy", "tool.coverage": "coverage", "coverage:": "coverage.",
}  # fmt: skip


def loosened(before: Mapping[str, str], after: Mapping[str, str]) -> list[Objection]:
    """What the settings after a change demand less; `before` and `after`: the files by path."""
    old, new = _table(before), _table(after)
    found = []
    for key in sorted({*old, *new}):
        was, now = old.get(key, (None, ""))[0], new.get(key, (None, ""))[0]
        rule = next((rule for pattern, rule in _RULES if re.fullmatch(pattern, key)), None)
        if was == now or rule is None:
            continue
        for what in rule(was, now):
            path = new[key][1] if key in new else old[key][1]
            line = _line(after.get(path, ""), key.rpartition(".")[2])
            found.append(Objection(path, line, f"{key}: {what}", RESTORE))
    return found


def deselected(texts: Mapping[str, str]) -> frozenset[str]:
    """Marks whose tests a plain run leaves out (`-m "not slow"`)."""
    words = _words(_table(texts).get("pytest.addopts", ("", ""))[0])
    return frozenset(re.findall(r"not\s+(\w+)", " ".join(words)))


def _table(texts: Mapping[str, str]) -> _Table:
    table: _Table = {}
    for path in sorted(texts):
        name = path.rpartition("/")[2]
        if name.endswith(".toml"):
            prefix = "ruff." if "ruff" in name else ""
            _flatten(toml(texts[path]), prefix, path, table)
        elif name in FILES:
            _ini(ini(texts[path]), "coverage." if name == ".coveragerc" else "", path, table)
    return table


def _flatten(document: Mapping[str, Any], prefix: str, path: str, table: _Table) -> None:
    for key, value in document.items():
        whole = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten(value, f"{whole}.", path, table)
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for one in value:
                _flatten(one, f"{whole}.{one.get('module', one.get('name', ''))}.", path, table)
        else:
            table[_short(whole)] = (value, path)


def _ini(parser: configparser.ConfigParser, prefix: str, path: str, table: _Table) -> None:
    for section in parser.sections():
        for key, value in parser[section].items():
            table[_short(f"{prefix}{section}.{key}")] = (value, path)


def _short(key: str) -> str:
    for long, short in _SECTIONS.items():
        if key.startswith(long):
            return short + key.removeprefix(long)
    return key


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return re.split(r"[,\s]+", value.strip()) if isinstance(value, str) and value.strip() else []


def _lines(value: object) -> list[str]:
    """The entries of a setting that has one in each line."""
    return [one for one in value.splitlines() if one.strip()] if isinstance(value, str) else _words(value)


def _added(was: object, now: object) -> Iterator[str]:
    if more := sorted(set(_words(now)) - set(_words(was))):
        yield f"adds {', '.join(more)}"


def _removed(was: object, now: object) -> Iterator[str]:
    if less := sorted(set(_words(was)) - set(_words(now))):
        yield f"removes {', '.join(less)}"


def _chosen(was: object, now: object) -> Iterator[str]:
    """A list of what is looked at: with none everything is."""
    if was is None:
        yield f"is set to {', '.join(_words(now))}, so that nothing else is looked at"
    elif now is not None:
        yield from _removed(was, now)


def _options(was: object, now: object) -> Iterator[str]:
    old, new = _words(was), _words(now)
    left = [word for word in new if word not in old]
    more = [word for word in left if NARROW.fullmatch(word.partition("=")[0]) or word.startswith("-p")]
    if more:
        yield f"adds {' '.join(left)}"
    less = [word for word in old if word not in new and word.startswith(("--strict", "--runxfail", "error"))]
    if less:
        yield f"removes {' '.join(less)}"
    yield from _lower(_under(old), _under(new))


def _under(words: list[str]) -> str | None:
    return next((word.partition("=")[2] for word in words if word.startswith("--cov-fail-under=")), None)


def _lower(was: object, now: object) -> Iterator[str]:
    old, new = _number(was), _number(now)
    if old is not None and (new is None or new < old):
        yield f"{old:g} -> {'nothing' if new is None else f'{new:g}'}"


def _higher(was: object, now: object) -> Iterator[str]:
    old, new = _number(was), _number(now)
    if old is not None and (new is None or new > old):
        yield f"{old:g} -> {'nothing' if new is None else f'{new:g}'}"


def _off(was: object, now: object) -> Iterator[str]:
    if _true(was) and not _true(now):
        yield "is switched off"


def _on(was: object, now: object) -> Iterator[str]:
    if _true(now) and not _true(was):
        yield "is switched on"


def _errors(was: object, now: object) -> Iterator[str]:
    """`filterwarnings`: no error may become less than one, and nothing more may be ignored."""
    old, new = _lines(was), _lines(now)
    if less := [one for one in old if one.strip().startswith("error") and one not in new]:
        yield f"removes {', '.join(less)}"
    if any(one.strip() == "ignore" for one in new if one not in old):
        yield "ignores every warning"


def _skips(was: object, now: object) -> Iterator[str]:
    if now in ("skip", "silent"):
        yield f"is set to {now}"


def _true(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes", "on")


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if key.lower() in line.lower():
            return number
    return 1


_Rule = Callable[[object, object], Iterator[str]]
_RULES: Final[tuple[tuple[str, _Rule], ...]] = (
    (r"pytest\.addopts", _options),
    (r"pytest\.(testpaths|python_(files|classes|functions))", _chosen),
    (r"pytest\.(norecursedirs|collect_ignore.*|usefixtures)", _added),
    (r"pytest\.(xfail_strict|strict.*)", _off),
    (r"pytest\.filterwarnings", _errors),
    (r".*(entry-points|entry_points)\.pytest11.*", _added),
    (r"project\.entry-points\.pytest11\..*", _added),
    (r"coverage\.(.*\.)?fail_under", _lower),
    (r"coverage\.(.*\.)?(omit|exclude_lines|exclude_also)", _added),
    (r"coverage\.(.*\.)?(source|include|source_pkgs)", _removed),
    (r"coverage\.(.*\.)?branch", _off),
    (r"(ruff|flake8)\.(.*\.)?((extend-)?(ignore|exclude|per-file-ignores)|unfixable)(\..*)?", _added),
    (r"(ruff|flake8)\.(.*\.)?(extend-)?select", _removed),
    (r"ruff\.(.*\.)?max-.*", _higher),
    (r"mypy\W(.*\.)?(ignore_errors|ignore_missing_imports|implicit_.*)", _on),
    (r"mypy\W(.*\.)?(disable_error_code|exclude)", _added),
    (r"mypy\W(.*\.)?follow_imports", _skips),
    (r"mypy\W(.*\.)?(strict.*|disallow_.*|warn_.*|check_.*|no_implicit.*|extra_checks)", _off),
)
