"""Lists of tasks go page by page and show what was asked for."""


def test_pages_follow_each_other(site):
    numbers = site.file(5)
    seen, after = [], 0
    while True:
        page = site.good("GET", f"/v1/tasks?limit=2&after={after}")
        seen += [one["id"] for one in page["tasks"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == numbers


def test_lists_are_narrowed(site):
    site.file(1, lane="backend")
    (other,) = site.file(1, lane="docs")
    assert [one["id"] for one in site.good("GET", "/v1/tasks?lane=docs")["tasks"]] == [other]
    assert site.good("GET", "/v1/tasks?status=completed&status=failed")["tasks"] == []
    assert len(site.good("GET", "/v1/tasks?status=pending&repository=shop")["tasks"]) == 2
    assert site.bad("GET", "/v1/tasks?repository=nothing")[0] == 404


def test_one_task_is_shown_whole(site):
    (number,) = site.file()
    found = site.good("GET", f"/v1/tasks/{number}")
    assert found["spec"]["runner"] == "mechanic"
    assert "spec" not in site.good("GET", "/v1/tasks")["tasks"][0]
    assert site.bad("GET", "/v1/tasks/999999")[0] == 404
    assert site.good("GET", f"/v1/tasks/{number}/history")["messages"] == []


def test_an_agent_sees_its_own_task_alone(site):
    mine, other = site.file(2)
    got = site.claim()
    lease = got["lease"]["token"]
    own, foreign = (mine, other) if got["task"]["id"] == mine else (other, mine)
    assert site.good("GET", f"/v1/tasks/{own}", token=lease)["id"] == own
    assert site.bad("GET", f"/v1/tasks/{foreign}", token=lease)[0] == 403
    assert site.bad("GET", "/v1/tasks", token=lease)[0] == 403
