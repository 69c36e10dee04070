"""`windlass version`."""

from tests.cli.shell import Shell

from windlass import __version__


def test_the_version_is_told_without_a_repository_or_a_data_home(shell: Shell) -> None:
    said = shell.bare("version")
    assert (said.code, said.out) == (0, f"windlass {__version__}\n")
    assert not shell.home.exists()
