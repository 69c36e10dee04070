"""Which files a person means."""

import pytest

from windlass.app.fixing import named
from windlass.kernel import NotFound

FILES = ("a.py", "shop/b.py", "shop/c.py", "shopping.py")


def test_folders_are_what_lies_below_them() -> None:
    assert named(FILES, ["shop", "a.py", "shop/b.py"]) == ("shop/b.py", "shop/c.py", "a.py")
    assert named(FILES, ["."]) == FILES
    with pytest.raises(NotFound, match=r"no file 'b\.py'"):
        named(FILES, ["b.py"])
