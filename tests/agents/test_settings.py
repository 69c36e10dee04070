"""What runners of agents are set to is looked at before anything runs."""

import pytest

from windlass.agents.preset import Protocol
from windlass.agents.settings import AgentSettings
from windlass.kernel import Invalid


def test_a_preset_is_found_by_name_and_its_terms_are_the_settings() -> None:
    made = AgentSettings("scripted", "m", idle_s=1.0, timeout_s=2.0, acts_max=3)
    assert made.chosen(Protocol.COMMAND).name == "scripted"
    terms = made.terms(frozenset({"read"}))
    assert (terms.model, terms.kinds) == ("m", {"read"})
    assert (terms.bounds.idle_s, terms.bounds.wall_s, terms.bounds.acts_max) == (1.0, 2.0, 3)


@pytest.mark.parametrize(
    ("settings", "protocol", "why", "hint"),
    [
        (AgentSettings("scripted", "m"), Protocol.ACP, "is a command", 'kind = "agent"'),
        (AgentSettings("scripted-acp", "m"), Protocol.COMMAND, "speaks ACP", 'kind = "acp"'),
        (AgentSettings("scripted", ""), Protocol.COMMAND, "runner 'agent' needs the name of a model", ""),
        (AgentSettings("scripted-acp", "m", acts_max=0), Protocol.ACP, "bounds above 0", ""),
    ],
)
def test_what_cannot_work_is_refused(
    settings: AgentSettings, protocol: Protocol, why: str, hint: str
) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        settings.chosen(protocol)
    assert refused.value.hint == hint
