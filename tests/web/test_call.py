"""What a handler may ask of a call: rights by the contract, and the repository that is meant."""

from windlass.identity import TokenKind


def test_the_repository_may_be_left_out_where_there_is_one(site):
    assert site.good("GET", "/v1/locks") == {"locks": []}
    assert site.good("GET", "/v1/locks?repository=shop") == {"locks": []}
    assert site.bad("GET", "/v1/locks?repository=other")[0] == 404
    site.database.write(
        lambda tx: tx.execute(
            "INSERT INTO wl_repository (name, path, main, added_at) VALUES ('b', '/b', 'main', 1)"
        )
    )
    status, told = site.bad("GET", "/v1/locks")
    assert (status, told["hint"]) == (422, "name one: ?repository=NAME")
    assert site.good("GET", "/v1/tasks")["tasks"] == []


def test_who_is_bound_to_a_repository_sees_no_other(site):
    site.file()
    token = site.token("viewer", subject="person:bound", repository=site.repository + 77)
    assert site.bad("GET", "/v1/tasks?repository=shop", token=token)[0] == 403
    assert site.bad("GET", "/v1/tasks/1", token=token)[0] == 403
    home = site.token("viewer", subject="person:home", repository=site.repository)
    assert len(site.good("GET", "/v1/tasks", token=home)["tasks"]) == 1


def test_any_of_the_rights_is_enough(site):
    agent, viewer = site.runner(), site.token("viewer")
    assert site.good("GET", "/v1/state", token=agent) == site.good("GET", "/v1/state", token=viewer)
    service = site.token("service", kind=TokenKind.SERVICE, subject="service:x", scopes=("task.answer",))
    assert site.bad("GET", "/v1/state", token=service)[0] == 403
