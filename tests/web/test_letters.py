"""Letters reach their boxes, are read by their owners, and leave receipts."""


def test_a_letter_is_sent_read_and_receipted(site):
    mine = site.runner()
    site.good("POST", "/v1/instances", {"name": "build-7", "kind": "worker", "host": "h"}, token=mine)
    (number,) = site.good("POST", "/v1/letters", {"receiver": "instance:build-7", "body": "hello"})["letters"]
    (got,) = site.good("GET", "/v1/letters", token=mine)["letters"]
    assert (got["id"], got["sender"], got["body"], got["kind"]) == (number, "person:admin", "hello", "note")
    assert site.good("POST", "/v1/letters/read", {"letters": [number]}, token=mine) == {"read": 1}
    assert site.good("POST", "/v1/letters/read", {"letters": [number]}, token=mine) == {"read": 0}
    assert site.good("GET", "/v1/letters", token=mine)["letters"] == []
    assert len(site.good("GET", "/v1/letters?unread=false&limit=1", token=mine)["letters"]) == 1
    assert site.good("POST", "/v1/letters", {"receiver": "lane:docs", "body": "x"}, token=mine) is not None


def test_other_boxes_are_closed_to_agents(site):
    site.good("POST", "/v1/letters", {"receiver": "person:ann", "body": "secret"})
    assert site.bad("GET", "/v1/letters?box=person:ann", token=site.runner())[0] == 403
    (got,) = site.good("GET", "/v1/letters?box=person:ann")["letters"]
    assert site.good("POST", "/v1/letters/read", {"letters": [got["id"]]}) == {"read": 0}
    assert site.bad("POST", "/v1/letters", {"receiver": "instance:nobody", "body": "x"})[0] == 404
