"""Look for what points to nothing in Markdown: links, images, anchors; and for what is written twice or open.

Anchors are GitHub's, where a generator of sites is at home its own as well. Links to other hosts, out of the
tree, through symbolic links and into submodules are not judged; addresses with templates neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

ENDS: Final = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Settings:
    """`leave_out`: patterns of paths that are not looked at. `off`: nothing is."""

    leave_out: Sequence[str] = ()
    off: bool = False


def open(settings: Settings, tools: Tools) -> Check:
    return Documents(settings)


@dataclass(frozen=True, slots=True)
class Documents:
    settings: Settings

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    def absent(self, scene: Scene) -> str:
        """What is taken away, or moved, may be what a document points to that did not change."""
        if self.settings.off:
            return "[verify] leave_out names it"
        if not any(path.lower().endswith(ENDS) for path in scene.files):
            return "no Markdown"
        touched = any(path.lower().endswith(ENDS) or path not in scene.files for path in scene.changed)
        return "" if touched else "no Markdown is changed and no file is gone"

    def read(self, scene: Scene) -> Reading:
        if not scene.having(lambda path: path.lower().endswith(ENDS)):
            nothing = {"collected": 0.0}
            return Reading("documents", Outcome.PASSED, metrics=nothing, detail="there is no Markdown")
        return scene.looked("documents", {"leave_out": list(self.settings.leave_out)})
