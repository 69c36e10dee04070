"""New weaknesses of a real change, by the real tool; a tool that does not work is told and passes nothing."""

from collections.abc import Callable

from tests.scan.seeds import PEM

from windlass.dispatch import Site
from windlass.verify.lab import labs
from windlass.verify.readings import Deadline
from windlass.verify.scanning import scan, unspoken
from windlass.verify.settings import Settings

Tree = Callable[..., str]
OLD = b"import subprocess\n\n\ndef run(line):\n    subprocess.run(line, shell=True)  # noqa: S602\n"
MORE = b"\n\ndef again(line):\n    subprocess.run(line, shell=True)  # noqa: S602\n"


def scanned(site: Site, old: str, new: str) -> tuple[list[str], str]:
    with labs(site, Settings(), (new, old)) as (change, base):
        found, unknown = scan(site.mirror.changed(old, new), change, base, Deadline.within(60))
    return [str(one) for one in found], unknown


def test_a_finding_is_new_when_the_base_has_it_not_and_no_comment_hides_it(site: Site, tree: Tree) -> None:
    base = tree({"src/demo/run.py": OLD})
    assert scanned(site, base, tree({"src/demo/run.py": b"# words\n" + OLD})) == ([], "")
    assert scanned(site, base, tree({"src/demo/run.py": OLD + MORE})) == (
        ["src/demo/run.py: S602, 1 -> 2"], "",
    )  # fmt: skip
    assert scanned(site, base, tree({"src/demo/go.py": OLD})) == ([], "")
    assert scanned(site, base, tree({"src/demo/run.py": OLD, "tests/test_run.py": OLD})) == ([], "")


def test_secrets_are_found_in_any_file(site: Site, tree: Tree) -> None:
    assert scanned(site, tree(), tree({"deploy/key.pem": PEM.encode()})) == (
        ["deploy/key.pem:1: adds what looks like a private key"], "",
    )  # fmt: skip


def test_what_could_not_be_looked_at_is_told(site: Site, tree: Tree) -> None:
    found, unknown = scanned(site, tree(), tree({"blob.bin": b"x" * (1 << 20) + b"y"}))
    assert (found, unknown) == ([], "blob.bin is too large to be read")


def silent(site: Site, old: str, new: str) -> tuple[list[str], str]:
    with labs(site, Settings(), (new, old)) as (change, base):
        return unspoken(site.mirror.changed(old, new), change, base)


def test_public_names_are_told_unless_anything_speaks_of_them(site: Site, tree: Tree) -> None:
    more = {"src/demo/more.py": b"def more(a): ...\n", "src/demo/_less.py": b"def less(a): ...\n"}
    assert silent(site, tree(), tree(more)) == (["src/demo/more.py: more(a) is new"], "")
    assert silent(site, tree(), tree({**more, "docs/more.md": b"# More\n"})) == ([], "")
    assert silent(site, tree(more), tree({"src/demo/most.py": more["src/demo/more.py"]}))[0] != []


def test_a_face_that_cannot_be_read_is_told(site: Site, tree: Tree) -> None:
    assert silent(site, tree(), tree({"src/demo/more.py": b"def more(:\n"})) == (
        [], "src/demo/more.py cannot be read: SyntaxError",
    )  # fmt: skip
