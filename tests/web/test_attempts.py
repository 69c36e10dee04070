"""What worker hosts use: many renewals in one call, packs, and the end of an attempt."""


def test_many_leases_are_renewed_at_once_and_lost_ones_disturb_nobody(site):
    site.file(4)
    mine = site.runner()
    leases = [site.claim(mine)["lease"] for _ in range(4)]
    site.good("POST", "/v1/tools/requeue_task", {"task_id": leases[1]["task_id"], "reason": "x"})
    site.clock.advance(60)
    tokens = [one["token"] for one in leases]
    told = site.good(
        "POST", "/v1/leases/renew", {"lease_tokens": [*tokens, "nonsense", tokens[0]]}, token=mine
    )
    assert [one["state"] for one in told["leases"]] == ["alive", "lost", "alive", "alive", "unknown", "alive"]
    assert told["leases"][0]["expires_at"] > leases[0]["expires_at"]
    assert told["leases"][0]["task_id"] == leases[0]["task_id"]
    assert (
        site.bad("POST", "/v1/leases/renew", {"lease_tokens": tokens}, token=site.token("viewer"))[0] == 403
    )
    site.clock.advance(10_000)
    told = site.good("POST", "/v1/leases/renew", {"lease_tokens": tokens}, token=mine)
    assert {one["state"] for one in told["leases"]} == {"lost"}


def test_an_attempt_ends_without_a_result(site):
    site.file()
    lease = site.claim()["lease"]["token"]
    assert site.bad("POST", "/v1/attempt/end", {"outcome": "released"})[0] == 403
    assert site.good("POST", "/v1/attempt/end", {"outcome": "released"}, token=lease)["status"] == "pending"
    assert site.bad("POST", "/v1/attempt/end", {"outcome": "failed"}, token=lease)[0] == 409


def test_packs_need_a_lease_and_a_repository_at_hand(lite_site):
    lite_site.file()
    lease = lite_site.claim()["lease"]["token"]
    pack = {"content-type": "application/x-git-packed-objects"}
    path = f"/v1/attempt/pack?commit={'b' * 40}"
    for token, status in ((lease, 503), (lite_site.token(), 403), ("", 401)):
        assert lite_site.bad("PUT", path, token=token, headers=pack, content=b"PACK")[0] == status
        assert lite_site.bad("GET", "/v1/attempt/base", token=token)[0] == status
    assert (
        lite_site.bad("PUT", path, token=lease, headers={"content-type": "text/plain"}, content=b"x")[0]
        == 415
    )
