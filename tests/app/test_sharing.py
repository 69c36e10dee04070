"""What is known of what lies here, and where it may be taken."""

from pathlib import Path

import pytest
from tests.app.shop import Shop

from windlass.app.sharing import Sharing
from windlass.kernel import Invalid, NotFound


def test_a_tree_is_named_by_a_commit_by_itself_or_by_the_files(shop: Shop) -> None:
    sharing = Sharing(shop.open())
    tree = shop.outside.git("rev-parse", "HEAD^{tree}")
    assert sharing.tree("HEAD") == sharing.tree("") == sharing.tree(tree) == tree
    (shop.repo / "new.py").write_text("")
    assert sharing.tree("") != tree
    assert (sharing.known(tree).readings, sharing.known("0" * 40).reference) == ([], "")
    with pytest.raises(NotFound):
        sharing.tree("nowhere")


@pytest.mark.parametrize("where", ["ext::touch x", "--upload-pack=x", "ftp://host/x", "nowhere"])
def test_it_goes_nowhere_else(shop: Shop, tmp_path: Path, where: str) -> None:
    with pytest.raises((Invalid, NotFound)):
        Sharing(shop.open()).take(where, [])
