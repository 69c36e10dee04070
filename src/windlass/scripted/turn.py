"""One turn of the scripted model, whatever the protocol: what is asked, and what the script answers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from windlass.kernel import Invalid
from windlass.scripted.script import Call, Script
from windlass.scripted.shell import fill, shell_of
from windlass.scripted.tokens import compact, tokens_of


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that the agent offers. `schema`: JSON schema of its arguments. `space`: the group it is in
    (Codex). `kind`: how its protocol calls this sort of tool, e.g. `function` or `local_shell`.
    """

    name: str
    schema: Mapping[str, object] = field(default_factory=dict)
    space: str = ""
    kind: str = "function"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, reduced to what the script needs. Tokens are counted by `tokens.py`: `seen` are those that
    an earlier request of this conversation held (all before the model's last turn), `fresh` the others.
    """

    model: str
    offers: tuple[Offer, ...]
    done: int
    """Results of tools in the request; this is the step."""
    seen: int
    fresh: int
    streamed: bool = False
    wants_usage: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one turn; `cached` are part of `input`."""

    input: int
    cached: int
    output: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says: a call of a tool, or a text."""

    step: int
    usage: Usage
    text: str = ""
    tool: Offer | None = None
    args: Mapping[str, object] = field(default_factory=dict)

    @property
    def arguments(self) -> str:
        """The arguments as protocols carry them."""
        return compact(self.args)


def answer(script: Script, ask: Ask) -> Answer:
    """What the script says to this. Raises Invalid when the step needs a tool that is not offered."""
    usage = Usage(ask.seen + ask.fresh, ask.seen, 0)
    if not ask.offers:
        return _said(script.final if script.plain is None else script.plain, ask.done, usage)
    if ask.done >= len(script.steps):
        return _said(script.final, ask.done, usage)
    step = script.steps[ask.done]
    if isinstance(step, Call):
        tool, args = _named(step.tool, ask), step.args
    else:
        tool, args = _shell(ask), {}
        args = fill(tool.kind, tool.schema, step.command)
    spent = Usage(usage.input, usage.cached, tokens_of(tool.name) + tokens_of(compact(args)))
    return Answer(ask.done, spent, tool=tool, args=args)


def seen_and_fresh(parts: Sequence[object], turns: Sequence[object], last_model_turn: int) -> tuple[int, int]:
    """Tokens before the model's last turn, and from there on; `last_model_turn` is its index, -1 for none."""
    standing = sum(map(tokens_of, parts))
    counts = [tokens_of(turn) for turn in turns]
    if last_model_turn < 0:
        return 0, standing + sum(counts)
    return standing + sum(counts[:last_model_turn]), sum(counts[last_model_turn:])


def _said(text: str, step: int, usage: Usage) -> Answer:
    return Answer(step, Usage(usage.input, usage.cached, tokens_of(text)), text)


def _named(suffix: str, ask: Ask) -> Offer:
    exact = [offer for offer in ask.offers if offer.name == suffix]
    found = exact or [offer for offer in ask.offers if offer.name.endswith(suffix)]
    if len(found) != 1:
        raise Invalid(
            f"step {ask.done} wants the one tool whose name ends in {suffix!r}, {len(found)} are offered",
            hint=f"offered: {_names(ask)}",
        )
    return found[0]


def _shell(ask: Ask) -> Offer:
    found = shell_of([(offer.name, offer.kind, offer.schema) for offer in ask.offers])
    if found is None:
        raise Invalid(
            f"step {ask.done} wants to run a command, and no offered tool is a shell",
            hint=f"offered: {_names(ask)}; name the tool in the script: tool = …, args = …",
        )
    return ask.offers[found]


def _names(ask: Ask) -> str:
    return ", ".join(offer.name for offer in ask.offers[:50])
