from pathlib import Path

from windlass.kernel import Run
from windlass.sandbox import Launcher, Limits, Mount, as_run


def test_it_is_the_run_that_plugins_know(launcher: Launcher, work: Path) -> None:
    run: Run = as_run(
        launcher, (Mount(work, "/w", writable=True),), "/w", {"A": "1", "B": "2"}, Limits(output_max=100)
    )
    ran = run(["/bin/sh", "-c", "pwd; echo $A$B; cat"], timeout_s=10, stdin=b"in", env={"B": "3"})
    assert (ran.exit_code, ran.stdout) == (0, b"/w\n13\nin")
    assert run(["head", "-c", "200", "/dev/zero"], timeout_s=10).truncated


def test_the_shorter_of_both_times_counts(launcher: Launcher) -> None:
    run = as_run(launcher, (), "/", {}, Limits(wall_s=0.3))
    ran = run(["sleep", "90"], timeout_s=60)
    assert ran.exit_code is None
    assert ran.seconds < 25
    assert as_run(launcher, (), "/", {}, Limits())(["sleep", "30"], timeout_s=0.3).exit_code is None
