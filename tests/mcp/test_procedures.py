"""Procedures as prompts and resources."""

import pytest

from windlass.kernel import NotFound
from windlass.mcp.procedures import prompt, prompts, resource, resources
from windlass.mesh import procedure, roles


def test_every_role_has_a_prompt_and_a_resource():
    listed = prompts(procedure, roles()).prompts
    shown = resources(procedure, roles()).resources
    assert [one.name for one in listed] == [one.name for one in shown] == list(roles())
    assert {"architect", "brain", "backend", "frontend", "qa", "librarian", "audit", "worker"} <= set(roles())
    assert all(one.description for one in listed)
    assert {one.mime_type for one in shown} == {"text/markdown"}


@pytest.mark.parametrize("role", roles())
def test_prompt_and_resource_hold_the_procedure(role):
    told = prompt(procedure, role)
    (message,) = told.messages
    assert message.role == "user"
    assert message.content.text == procedure(role).text
    assert procedure(role).version in told.description
    (contents,) = resource(procedure, f"windlass://sops/{role}").contents
    assert contents.text == procedure(role).text
    (listed,) = (r for r in resources(procedure, roles()).resources if r.name == role)
    assert listed.size == len(contents.text.encode())


@pytest.mark.parametrize(
    "uri", ["windlass://sops/", "windlass://sops/../x", "file:///etc/passwd", "", "x" * 999]
)
def test_what_is_no_resource_is_not_found(uri):
    with pytest.raises(NotFound) as caught:
        resource(procedure, uri)
    assert len(str(caught.value)) < 400


def test_a_repositorys_own_procedure_is_told_as_such():
    text = b"---\nrole: qa\nversion: 9.1.0\nsummary: Ours.\n---\n# Our own\n\nLook twice.\n"

    def library(role):
        return procedure(role, lambda path: text if path.endswith("/qa.md") else None)

    told = prompt(library, "qa")
    assert told.description == "Our own (version 9.1.0, repository)"
    assert "Look twice." in told.messages[0].content.text
    assert "text of the repository" in told.messages[0].content.text
