"""What a repository depends on as a CycloneDX 1.6 document, for tools that read it. Pure.

https://cyclonedx.org/docs/1.6/json/. The same dependencies of the same tree give the same bytes: there is no
time in it, and its serial number follows from what it says. What could not be read is told as a property, and
the list of components is then called incomplete; else whether it is complete is unknown, since requirements
need not name what their packages bring along.
"""

import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from windlass.scan.lockfile import Dependency, Listed

SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"
ROOT: Final = "repository"
_TYPES: Final = {"PyPI": "pypi", "npm": "npm", "crates.io": "cargo", "Go": "golang"}


def purl(one: Dependency) -> str:
    """The package's URL, https://github.com/package-url/purl-spec: names of PyPI and Go in small letters, a
    version of Go with the `v` that it has there.
    """
    name = one.name.lower().replace("_", "-") if one.ecosystem == "PyPI" else one.name
    name = name.lower() if one.ecosystem == "Go" else name
    version = f"v{one.version}" if one.ecosystem == "Go" else one.version
    path = "/".join(quote(part, safe=":") for part in name.split("/"))
    return f"pkg:{_TYPES[one.ecosystem]}/{path}@{quote(version, safe=':')}"


def sbom(listed: Listed, name: str, commit: str, made_by: str) -> dict[str, Any]:
    """The document about a commit of a repository. `made_by`: our version."""
    places: dict[str, list[Dependency]] = {}
    for one in listed.found:
        places.setdefault(purl(one), []).append(one)
    components = [_component(url, found) for url, found in sorted(places.items())]
    unread = [{"name": "windlass:unread", "value": why} for why in sorted(listed.unknown)]
    metadata = {
        "tools": {"components": [{"type": "application", "name": "windlass", "version": made_by}]},
        "component": {"type": "application", "bom-ref": ROOT, "name": name, "version": commit},
        "properties": unread,
    }
    parts = {
        "metadata": metadata, "components": components,
        "compositions": [{"aggregate": "incomplete" if unread else "unknown", "assemblies": [ROOT]}],
    }  # fmt: skip
    serial = uuid5(NAMESPACE_URL, json.dumps(parts, sort_keys=True))
    head = {"$schema": SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.6"}
    return {**head, "serialNumber": f"urn:uuid:{serial}", "version": 1, **parts}


def _component(url: str, found: Iterable[Dependency]) -> dict[str, Any]:
    found = sorted(found, key=lambda one: (one.path, one.name))
    places = [{"location": path} for path in dict.fromkeys(one.path for one in found)]
    return {
        "type": "library", "bom-ref": url, "name": found[0].name, "version": found[0].version, "purl": url,
        "evidence": {"occurrences": places},
    }  # fmt: skip
