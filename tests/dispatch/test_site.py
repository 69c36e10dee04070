"""What a site brings into an attempt's sandbox."""

from windlass.dispatch import own_tools


def test_ruff_comes_along_as_one_file(place) -> None:
    mounts, folder = own_tools()
    assert all(mount.source.is_file() and not mount.writable for mount in mounts)
    assert [mount.target for mount in mounts] in ([f"{folder}/ruff"], [])
    assert place.site.main_ref == "refs/windlass/user/heads/main"
