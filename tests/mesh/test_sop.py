"""Procedures: complete, within their size, replaceable by the repository, and never a way in."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from windlass.kernel import Invalid, NotFound
from windlass.mesh.sop import SOP_MAX, Origin, fitting, parse_sop, path_of, roles, sop, texts
from windlass.workspace import Checkout, Mirror

LINES_MAX = 150
CONTRACT = yaml.load(
    (Path(__file__).parents[2] / "contracts" / "openapi.yaml").read_bytes(), yaml.CSafeLoader
)
EVIDENCE = jsonschema_rs.validator_for(
    {"$ref": "#/components/schemas/Evidence", "components": CONTRACT["components"]}
)
TOOLS = (
    "claim_task", "renew_lease", "ask_clarification", "check_task_status", "submit_for_review",
    "submit_for_review_with_evidence", "get_task_history", "respond_to_blocker", "approve_work",
    "reject_work", "requeue_task", "force_unblock", "cancel_task", "sweep_stale_leases",
)  # fmt: skip
OWN = "---\nrole: qa\nversion: 2.1.0\nsummary: Ours.\n---\n# Our QA\n\nTry the shop on a telephone.\n"


def test_the_roles_of_the_founding_document_have_one():
    assert roles() == ("architect", "audit", "backend", "brain", "frontend", "librarian", "qa", "worker")


@pytest.mark.parametrize("role", roles())
def test_a_shipped_procedure_is_whole_and_short(role: str):
    found = sop(role)
    assert (found.role, found.origin, found.problem) == (role, Origin.WINDLASS, "")
    assert found.text.startswith(f"# {found.title}\n")
    assert len(found.text.splitlines()) <= LINES_MAX
    assert not re.search(r"\bTODO\b|\bTBD\b|\{\{|<[a-z_]+>", found.text)
    for word in ("ask", "never", "veto", "twelve points", "get_task_history"):
        assert word in found.text.lower(), word


@pytest.mark.parametrize("role", roles())
def test_a_shipped_procedure_names_only_tools_that_exist(role: str):
    words = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)\(?", sop(role).text))
    arguments = {
        "test_command", "files_changed", "renew_every_s", "wait_s", "not_applicable", "non_goals", "touches",
        "review_needed", "review_response", "test_login_limit",
        "idempotency_key", "test_capture_speed",
    }  # fmt: skip
    assert words - set(TOOLS) - arguments == set()


@pytest.mark.parametrize("role", [r for r in roles() if r not in ("brain", "architect")])
def test_whoever_holds_a_lease_is_told_how_to_keep_and_when_to_leave_it(role: str):
    text = sop(role).text
    for word in ("claim_task", "renew_lease", "submit_for_review", "ask_clarification", "LeaseLost"):
        assert word in text, word


def test_examples_in_a_procedure_are_what_the_contract_takes():
    shown = "".join(sop(role).text for role in roles())
    blocks = re.findall(r"^```json\n(.*?)^```", shown, re.MULTILINE | re.DOTALL)
    proofs = [one for block in blocks for one in _within(json.loads(block)) if "test_command" in one]
    assert proofs
    assert [proof for proof in proofs if not EVIDENCE.is_valid(proof)] == []


def _within(found: object) -> Iterator[dict[str, object]]:
    """Every object in an example."""
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    if isinstance(found, dict):
        yield found
    for one in inner:
        yield from _within(one)


@pytest.mark.parametrize("role", roles())
def test_all_twelve_points_are_there(role: str):
    text = sop(role).text
    rows = {int(n) for n in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    flow = {int(n) for n in re.findall(r"(?:^|[·:] ?|\n)\s?(\d{1,2})\s(?=[a-z])", text)}
    assert set(range(1, 13)) <= rows | flow


@pytest.mark.parametrize(
    ("role", "lane", "wanted"),
    [
        ("qa", "qa", "qa"), ("docs", "docs", "librarian"), ("audit", "anything", "audit"),
        ("implementation", "backend", "backend"), ("", "frontend", "frontend"), ("", "mechanic", "worker"),
        ("implementation", "../../etc/passwd", "worker"), ("", "", "worker"),
        ("own-role", "docs", "librarian"),
    ],
)  # fmt: skip
def test_a_task_gets_the_procedure_of_its_role_or_lane(role: str, lane: str, wanted: str):
    assert fitting(role, lane) == wanted


def test_an_unknown_role_is_told_the_known_ones():
    with pytest.raises(NotFound) as caught:
        sop("wizard")
    assert "librarian" in caught.value.hint


def test_a_repository_replaces_one_and_is_named_as_its_author():
    found = sop("qa", lambda path: OWN.encode() if path == path_of("qa") else None)
    assert (found.version, found.title, found.origin) == ("2.1.0", "Our QA", Origin.REPOSITORY)
    assert "text of the repository" in found.text.splitlines()[0]
    assert "gives no rights" in found.text
    assert found.text.endswith("Try the shop on a telephone.\n")


def test_what_the_repository_does_not_have_is_windlass_own():
    assert sop("qa", lambda _: None) == sop("qa")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"# no front matter\n", "front matter"),
        (OWN.replace("role: qa", "role: brain").encode(), "brain"),
        (OWN.replace("2.1.0", "latest").encode(), "three numbers"),
        (OWN.replace("summary: Ours.\n", "").encode(), "lacks summary"),
        (OWN.replace("summary", "tools").encode(), "once each"),
        (OWN.replace("# Our QA", "Our QA").encode(), "heading"),
        (OWN.encode() + b"\xff", "UTF-8"),
        (OWN.encode() + "hidden \u202e text".encode(), "control characters"),
        (OWN.encode() + b"\x1b[2J", "control characters"),
        (OWN.encode() + b"x" * SOP_MAX, "more than"),
    ],
)  # fmt: skip
def test_an_unusable_replacement_stops_nothing_and_is_told(content: bytes, why: str):
    found = sop("qa", lambda _: content)
    assert (found.origin, found.text) == (Origin.WINDLASS, sop("qa").text)
    assert why in found.problem


def test_line_ends_of_another_system_are_fine():
    assert parse_sop(OWN.replace("\n", "\r\n").encode(), Origin.REPOSITORY).title == "Our QA"


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    env = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *args],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


@pytest.fixture
def tended(tmp_path: Path) -> tuple[Path, Mirror, str]:
    """A repository with procedures of its own, its mirror, and the commit work starts from."""
    user = tmp_path / "user"
    folder = user / ".windlass" / "sops"
    folder.mkdir(parents=True)
    (folder / "qa.md").write_text(OWN)
    (folder / "brain.md").write_text("x" * (SOP_MAX + 1))
    (folder / "audit.md").symlink_to("qa.md")
    git(user, "init", "-q")
    git(user, "add", "-A")
    git(user, "commit", "-q", "-m", "first")
    mirror = Mirror.create(tmp_path / "mirror")
    return user, mirror, mirror.sync(Checkout.open(user))


def test_procedures_come_from_the_base_commit_and_not_from_files(tended: tuple[Path, Mirror, str]):
    user, mirror, base = tended
    (user / ".windlass" / "sops" / "qa.md").write_text(OWN.replace("2.1.0", "6.6.6"))
    assert sop("qa", texts(mirror, base)).version == "2.1.0"
    assert sop("worker", texts(mirror, base)).origin is Origin.WINDLASS


def test_links_and_huge_files_are_not_followed(tended: tuple[Path, Mirror, str]):
    _, mirror, base = tended
    assert "regular file" in sop("audit", texts(mirror, base)).problem
    assert "more than" in sop("brain", texts(mirror, base)).problem
    with pytest.raises(Invalid):
        texts(mirror, base)(path_of("brain"))
