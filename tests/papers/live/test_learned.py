"""What answers teach, by the rule that the module tells."""

import time
from typing import Any

import pytest

from windlass.papers.live.learned import ENTRIES_MAX, Learned

ONE, DEEP = "/pets/{petId}", "/pets/{petId}/toys/{toy}"


@pytest.mark.parametrize(
    ("answer", "template", "expected"),
    [
        ([{"id": 7}], ONE, {"petId": 7}),
        ([{"petId": "a", "id": 1}], ONE, {"petId": "a"}),
        ([{"pet_id": "a"}], ONE, {"petId": "a"}),
        ({"items": [{"id": 7}], "total": 1}, ONE, {"petId": 7}),
        ({"data": {"id": 7}}, ONE, {"petId": 7}),
        (["rex"], "/pets/{name}", {"name": "rex"}),
        ([{"id": 7, "name": "rex"}], "/pets/{petName}", {"petName": "rex"}),
        ([{"id": 7}], "/pets/{which}", {"which": 7}),
        ([{"id": 7}], "/owners/{petId}", {"petId": 7}),
        ([{"id": 7}], "/owners/{ownerId}", {}),
        ([{"id": 7}], "/owners/{id}", {}),
        ([{"ownerId": 3}], "/owners/{ownerId}", {"ownerId": 3}),
        ([{"id": True}], ONE, {}),
        ([{"id": {"$oid": "x"}}], ONE, {}),
        ([{"id": "x" * 300}], ONE, {}),
        ([], ONE, {}),
        ("7", ONE, {}),
        (None, ONE, {}),
    ],
)
def test_what_a_list_teaches(answer: Any, template: str, expected: dict[str, Any]) -> None:
    learned = Learned()
    learned.learn("/pets", [], answer, created=False)
    assert learned.values(f"GET {template}", template) == expected


def test_outer_values_are_those_that_the_inner_was_learned_with() -> None:
    learned = Learned()
    learned.learn("/pets", [], [{"id": 1}, {"id": 2}], created=False)
    learned.learn("/pets/{id}/toys/", [2], [{"toy": "ball"}], created=False)
    assert learned.values("GET", DEEP) == {"petId": 2, "toy": "ball"}


def test_created_ones_come_first_and_deleted_ones_not_at_all() -> None:
    learned = Learned()
    learned.learn("/pets", [], {"id": 9}, created=True)
    learned.learn("/pets", [], [{"id": 1}], created=False)
    assert learned.values("GET", ONE) == {"petId": 9}
    learned.forget(ONE, [9])
    assert learned.values("GET", ONE) == {"petId": 1}
    learned.forget("/pets", [])
    learned.forget(ONE, [1])
    assert learned.values("GET", ONE) == {}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/pets/5", {"petId": "5"}),
        ("https://elsewhere.example/v1/pets/5/?q=1", {"petId": "5"}),
        ("/pets/a%20b", {"petId": "a b"}),
        ("/pets", {}),
        ("http://[", {}),
    ],
)
def test_a_location_teaches(address: str, expected: dict[str, Any]) -> None:
    learned = Learned()
    learned.located(address, ["/pets", ONE, DEEP])
    assert learned.values("GET", ONE) == expected


def test_links_come_first_and_names_stand_for_keys_of_others() -> None:
    learned = Learned()
    learned.learn("/pets", [], [{"id": 7}], created=False)
    learned.linked["GET /pets/{petId}"] = {"petId": "linked"}
    assert learned.values("GET /pets/{petId}", ONE) == {"petId": "linked"}
    assert learned.named("pet_id") == 7
    assert learned.named("owner_id") is None


def test_what_is_remembered_is_bounded() -> None:
    learned = Learned()
    for number in range(ENTRIES_MAX + 50):
        learned.learn("/pets", [], {"id": number, "deep": [[0] * 1000]}, created=False)
    assert len(learned.entries) == ENTRIES_MAX
    assert all(set(one.item) == {"id"} for one in learned.entries)


def test_a_template_of_many_parameters_ends_soon() -> None:
    learned, began = Learned(), time.monotonic()
    template = "/a/" + "".join(f"{{p{n}}}" for n in range(40))
    learned.located("/a/" + "x" * 1_900, [f"{template}/b/{{id}}", f"{template}-{{id}}"])
    learned.located("/a/" + "-" * 1_900, ["/a/" + "-".join(f"{{p{n}}}" for n in range(40))])
    assert time.monotonic() - began < 1
    learned.located("/files/read.me", ["/files/{name}.{end}"])
    assert learned.values("GET", "/files/{name}.{end}") == {"name": "read", "end": "me"}
