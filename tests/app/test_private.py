from pathlib import Path

import pytest

from windlass.app.private import SECRET_MAX, read_private
from windlass.kernel import Denied, Invalid, NotFound


def test_a_secret_is_the_one_word_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(NotFound, match="key file"):
        read_private(file, "key")
    file.write_text("sk-1\n")
    file.chmod(0o600)
    assert read_private(file, "key") == "sk-1"
    file.chmod(0o640)
    with pytest.raises(Denied, match="read by others"):
        read_private(file, "key")
    file.chmod(0o600)
    for content in (b"", b"two words", "sk-é".encode(), b" " * (SECRET_MAX + 9) + b"sk-1"):
        file.write_bytes(content)
        with pytest.raises(Invalid, match="holds no key"):
            read_private(file, "key")
