"""What a person sees of the files for CI."""

from tests.cli.shell import Shell


def test_a_file_is_printed_or_written(shell: Shell) -> None:
    assert shell("ci", "make").out.startswith("# Made by `windlass ci make`")
    asked = shell("ci", "github")
    assert (asked.code, "--package" in asked.err) == (2, True)
    done = shell("ci", "github", "--package", "windlass==0.1.0", "--write")
    assert done.code == 0, done.err
    assert 'branches: ["main"]' in (shell.repo / ".github/workflows/windlass.yml").read_text()
