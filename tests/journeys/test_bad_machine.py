"""Machines that lack something: a program, room on the disk, the right to write, a home to themselves."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.journeys.care import again, landed, light, refusal, run, sound, untouched, wait_for_event
from tests.journeys.plant import Plant
from tests.support.environments import VARIABLE, shared
from windlass.sandbox import probe

needs_sandbox = pytest.mark.skipif(not probe().ok, reason="needs a sandbox")
UNSHARE = ("unshare", "-m", "--propagation", "private")
WORDS = re.compile("full|No space left")


def may_mount() -> bool:
    """Whether this user may mount in a namespace of their own."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True)
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="may not mount in a namespace of its own")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return light(tmp_path)


def without(plant: Plant, program: str) -> Plant:
    """The same machine without one program."""
    folder = plant.folder / f"no-{program}"
    folder.mkdir()
    for place in os.get_exec_path():
        for file in Path(place).glob("*") if Path(place).is_dir() else ():
            if file.name != program and not (folder / file.name).is_symlink():
                (folder / file.name).symlink_to(file)
    return again(plant, PATH=str(folder))


def mounted(plant: Plant, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script in a mount namespace of its own; $WINDLASS is the program, $REPO the repository."""
    env = {**plant.env, "WINDLASS": plant._command(("x",))[0], "REPO": str(plant.repo)}
    command = [*UNSHARE, "bash", "-c", script]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)


def test_without_git_every_command_names_the_line_that_installs_it(plant: Plant) -> None:
    bare = without(plant, "git")
    for command in ("run", "discover"):
        told = refusal(bare.windlass(command, "--repo", str(plant.repo), "--json"), 5)
        assert told["message"] == "git is not installed"
        assert "apt-get install" in told["hint"]
    seen = bare.windlass("doctor", "--repo", str(plant.repo))
    assert seen.returncode == 1
    assert re.search(r"fail\s+git\s+not installed", seen.stdout)
    assert re.search(r"fix: (sudo )?apt-get install -y git", seen.stdout)


def test_without_a_sandbox_nothing_runs_and_the_fix_is_named(plant: Plant) -> None:
    bare = without(plant, "bwrap")
    with untouched(plant):
        for command in ("run", "discover"):
            told = refusal(bare.windlass(command, "--repo", str(plant.repo), "--json"), 5)
            assert told["message"] == "no sandbox: bubblewrap is not installed"
            assert re.search(r"(apt-get|dnf|apk|pacman|zypper) .*bubblewrap", told["hint"])
    assert plant.git("for-each-ref", "refs/heads", "--format=%(refname)") == "refs/heads/main"
    sound(plant)


def test_trusted_work_runs_is_marked_everywhere_and_never_lands(plant: Plant) -> None:
    """Not even with --land, nor in a later run that has a sandbox."""
    bare = without(plant, "bwrap")
    main = plant.git("rev-parse", "main")
    with untouched(plant):
        done = run(bare, "--land", "--trust")
    assert done.returncode == 0, done.stderr
    assert "TRUSTED" in done.stderr
    assert "it is only proposed" in done.stderr
    assert "in sandbox none" in done.stdout
    assert plant.git("rev-parse", "main") == main
    assert plant.git("rev-parse", "windlass/1~1") == main
    (task,) = json.loads(plant.windlass("task", "list", "--repo", str(plant.repo), "--json").stdout)
    assert (task["trusted"], task["status"]) == (True, "completed")
    assert "(trusted)" in plant.windlass("task", "list", "--repo", str(plant.repo)).stdout
    shown = json.loads(plant.windlass("task", "show", "1", "--repo", str(plant.repo), "--json").stdout)
    assert shown["trusted"] is True
    assert "(none)" in shown["attempts"][0]
    assert landed(plant) == []
    sound(plant)


@needs_sandbox
def test_a_second_windlass_is_told_who_works_and_short_commands_go_on(plant: Plant) -> None:
    first = plant.start("run", "--repo", str(plant.repo), "--continuous", "--interval", "60m")
    try:
        wait_for_event(plant, "source.scanned")
        for command in ("run", "discover"):
            told = refusal(plant.windlass(command, "--repo", str(plant.repo), "--json"), 6)
            assert f"process {first.pid} " in told["message"]
            assert told["hint"]
        for short in (("status",), ("backlog", "list"), ("task", "list"), ("report",)):
            done = plant.windlass(*short, "--repo", str(plant.repo), "--json")
            assert done.returncode == 0, done.stderr
        assert first.poll() is None
    finally:
        first.terminate()
        assert first.wait(60) == 130
    assert run(plant).returncode == 0
    sound(plant)


@needs_sandbox
@needs_mounts
@pytest.mark.slow
@pytest.mark.parametrize("kib", [16, 300, 1024])
def test_a_full_disk_is_told_and_after_freeing_some_the_run_goes_on(plant: Plant, kib: int) -> None:
    """However far the run came: exit 7 with what to do, nothing lost, and the next run finishes."""
    plant.home.mkdir(mode=0o700)
    with untouched(plant):
        done = mounted(
            again(plant, **{VARIABLE: ""}),  # the first run's environments are on that disk as well
            f"""mount -t tmpfs -o size={kib}k,mode=700 windlass-test "$WINDLASS_HOME" || exit 99
            "$WINDLASS" run --land --repo "$REPO" 2>&1; echo "first=$?"
            mount -o remount,size=200m "$WINDLASS_HOME" || exit 99
            export {VARIABLE}={shared()}
            "$WINDLASS" run --land --repo "$REPO" 2>&1; echo "second=$?"
            "$WINDLASS" audit verify 2>&1; echo "audit=$?"
            "$WINDLASS" task list --repo "$REPO" --json > {plant.folder}/tasks.json
            umount "$WINDLASS_HOME" """,
        )
    first, _, rest = done.stdout.partition("first=")
    assert rest.startswith("7\n"), done.stdout + done.stderr
    assert WORDS.search(first)
    assert "try: free some space" in first
    assert "Traceback" not in first
    assert "second=0\n" in rest, rest
    assert "audit=0\n" in rest, rest
    assert landed(plant) == ["1"]
    (task,) = json.loads((plant.folder / "tasks.json").read_text())
    assert task["status"] == "completed"
    assert plant.leftovers() == []


@needs_mounts
def test_a_read_only_data_home_is_told(plant: Plant) -> None:
    assert plant.windlass("status", "--repo", str(plant.repo)).returncode == 0
    done = mounted(
        plant,
        """cd "$WINDLASS_HOME" && mount --bind . . && mount -o remount,bind,ro "$PWD" || exit 99
        for c in run status; do "$WINDLASS" $c --repo "$REPO" 2>&1; echo "$c=$?"; done""",
    )
    for command in ("run", "status"):
        assert f"{command}=7\n" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("Read-only file system") == 2
    assert done.stdout.count("try: make it writable, or set WINDLASS_HOME") == 2
    sound(plant)


@needs_sandbox
@needs_mounts
def test_a_read_only_repository_can_be_discovered_but_not_landed_on(plant: Plant) -> None:
    """Nothing is lost: once it can be written again, the same work lands."""
    read_only = 'mount --bind "$REPO" "$REPO" && mount -o remount,bind,ro "$REPO" || exit 99\n'
    with untouched(plant):
        done = mounted(
            plant,
            read_only
            + '"$WINDLASS" discover --repo "$REPO"; echo "discover=$?"\n'
            + '"$WINDLASS" run --land --repo "$REPO" 2>&1; echo "run=$?"',
        )
        assert "discover=0\n" in done.stdout, done.stdout + done.stderr
        assert landed(plant) == []
        assert "Traceback" not in done.stdout
        assert "Read-only file system" in done.stdout
        plant.windlass("task", "requeue", "1", "--repo", str(plant.repo))
        assert run(plant, "--land").returncode == 0
    assert landed(plant) == ["1"]
    sound(plant)
