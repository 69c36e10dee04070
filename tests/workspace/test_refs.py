"""Only plain names reach git."""

import pytest

from windlass.kernel import Invalid
from windlass.workspace.refs import check_branch, check_oid, check_ref, submission_ref, zero


@pytest.mark.parametrize("name", ["main", "windlass/t1/2", "v1.2-x_y", "a" * 200])
def test_plain_names_pass(name):
    assert check_branch(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "a/-x",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.",
        "a..b",
        "a.lock",
        "a.lock/b",
        "a b",
        "a\n",
        "a\0",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "a\\b",
        "@",
        "a@{1}",
        "ü",
        "a" * 201,
    ],
)
def test_all_others_are_refused(name):
    with pytest.raises(Invalid):
        check_branch(name)


def test_a_full_reference_starts_with_refs():
    assert check_ref("refs/heads/main") == "refs/heads/main"
    for name in ("main", "refs/heads", "heads/main", "HEAD"):
        with pytest.raises(Invalid):
            check_ref(name)


def test_pins_have_one_place_and_no_other():
    assert submission_ref("t1", 3) == "refs/windlass/submissions/t1/3"
    with pytest.raises(Invalid):
        submission_ref("../user/heads/main", 3)


def test_ids_are_whole_and_lower_case():
    assert check_oid("a" * 40)
    assert check_oid("0" * 64)
    for bad in ("", "a" * 39, "a" * 41, "A" * 40, "g" * 40, "a" * 40 + "\n"):
        with pytest.raises(Invalid):
            check_oid(bad)
    assert zero("a" * 64) == "0" * 64
