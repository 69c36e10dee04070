"""Names and links no imported tree may hold, on any file system a person may check it out on. Pure."""

import re
from collections.abc import Mapping

NAME_MAX = 255
PATH_MAX = 4096
LINK_MAX = 4096
_HOPS_MAX = 40

# Code points HFS+ drops when it compares names, so that ".g\u200cit" is ".git" there.
_IGNORED = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
_SHORT_GIT = re.compile(r"git~[0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OBEYED = (".gitmodules", ".gitattributes", ".gitignore", ".mailmap")


def bad_name(name: str) -> str | None:
    """Why one component of a path is refused, None if it is fine."""
    if name in ("", ".", ".."):
        return "it is no name"
    if _CONTROL.search(name):
        return "it holds a control character"
    if len(name.encode("utf-8", "surrogateescape")) > NAME_MAX:
        return f"it is longer than {NAME_MAX} bytes"
    if "\\" in name:
        return "some systems take a backslash for a folder"
    folded = name.translate(_IGNORED).split(":")[0].rstrip(". ").casefold()
    if folded == ".git" or _SHORT_GIT.fullmatch(folded):
        return "some systems take it for .git"
    if folded in _OBEYED and name != folded:
        return f"some systems take it for {folded}"
    return None


def escapes(path: str, target: str, links: Mapping[str, str]) -> str | None:
    """Why the link `path` -> `target` is refused, None if it stays inside the tree.

    `links` are all links of the tree, path to target: a link is followed through others as a file system
    would, at most 40 times.
    """
    stack = path.split("/")[:-1]
    waiting = target.split("/")[::-1]
    if target.startswith("/"):
        return "it is absolute"
    hops = 0
    while waiting:
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not stack:
                return "it leads out of the tree"
            stack.pop()
            continue
        if reason := bad_name(part):
            return f"it leads through {part!r}: {reason}"
        stack.append(part)
        if (through := links.get("/".join(stack))) is not None:
            hops += 1
            if through.startswith("/") or hops > _HOPS_MAX:
                return (
                    "it leads through a link that leaves the tree"
                    if hops <= _HOPS_MAX
                    else "it goes in circles"
                )
            stack.pop()
            waiting.extend(through.split("/")[::-1])
    return None
