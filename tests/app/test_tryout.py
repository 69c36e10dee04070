"""A tryout in the real sandbox, over a real meter, with the scripted agent."""

from pathlib import Path

from windlass.agents import preset_named
from windlass.app.programs import scripted
from windlass.app.tryout import AFTER, BEFORE, FIX, tryout
from windlass.sandbox import open_launcher
from windlass.scripted import Run, Script


def test_a_task_is_done_and_counted_and_nothing_is_left(tmp_path: Path) -> None:
    with tryout(
        open_launcher(trust=False), scripted(), preset_named("scripted"), tmp_path / "tryouts"
    ) as made:
        tried = made.work(Script((Run(FIX),), final="Done it."), {})
        assert (tried.word, tried.text, tried.calls) == ("changed", AFTER, 2)
        assert tried.tokens > 0
        made.renew()
        tried = made.work(Script((), final="I did."), {})
        assert (tried.word, tried.text, tried.calls) == ("nothing", BEFORE, 1)
        code, said = made.run(("windlass-scripted-agent", "--help"), timeout_s=60.0)
        assert (code, "--acp" in said) == (0, True)
    assert list((tmp_path / "tryouts").iterdir()) == []
