"""Every command in one static table, so that `--help` loads nothing but Click.

A value is either (module:attribute, help line) or a sub-table with its own help line under the key "".
A test holds the help lines equal to the commands' own.
"""

from typing import Final

Entry = tuple[str, str]

COMMANDS: Final[dict[str, Entry | dict[str, Entry]]] = {
    "init": ("windlass.cli.init:init", "Look at a repository and propose its windlass.toml."),
    "doctor": (
        "windlass.cli.doctor:doctor",
        "Check this machine and the repository; say how to fix what is missing.",
    ),
    "validate-pipeline": (
        "windlass.cli.pipeline:validate",
        "Prove on a copy that the whole workflow works in this repository, stage by stage.",
    ),
    "demo": (
        "windlass.cli.demo:demo",
        "Watch a scripted agent work on a small repository: landed, refused, and one question.",
    ),
    "run": ("windlass.cli.run:run", "Find, rank, do, check and land work: one cycle, or continuously."),
    "execute": (
        "windlass.cli.execute:execute",
        "Do one task now: file it, let a runner do it, verify it, and propose or land it.",
    ),
    "serve": (
        "windlass.cli.serve:serve",
        "Serve the API and look after one or more repositories, until told to stop.",
    ),
    "worker": ("windlass.cli.worker:worker", "Work for a server on another host: claim, do, upload, submit."),
    "discover": ("windlass.cli.discover:discover", "Look for work in the repository."),
    "report": (
        "windlass.cli.report:report",
        "Tell what the last run found, did, refused and landed, and why.",
    ),
    "status": ("windlass.cli.status:status", "Show what runs, what waits for a person and what is next."),
    "pause": ("windlass.cli.pause:pause", "Let nothing begin any more; what is under way ends and waits."),
    "resume": ("windlass.cli.pause:resume", "End the pause; everything goes on where it was."),
    "wait": (
        "windlass.cli.wait:wait",
        "Wait until a task, a decision or a run has ended; say each change and why it waits.",
    ),
    "backlog": {
        "": ("", "What could be done, and in which order."),
        "list": ("windlass.cli.backlog:list_items", "List items in the order in which they will be done."),
        "show": ("windlass.cli.backlog:show", "Show one item with its findings and history."),
        "explain": ("windlass.cli.backlog:explain", "Explain an item's score, band, route and why it waits."),
        "add": ("windlass.cli.backlog:add", "Add an item by hand."),
        "edit": ("windlass.cli.backlog:edit", "Change an item's title, text, labels or state."),
        "score": ("windlass.cli.backlog:score", "Score an item yourself, on 1-2-3-5-8-13."),
        "export": ("windlass.cli.backlog:export", "Write backlog.yml."),
        "import": ("windlass.cli.backlog:import_file", "Read an edited backlog.yml back."),
    },
    "playbook": {
        "": ("", "How kinds of work are done, and what they have to show."),
        "list": ("windlass.cli.playbook:list_playbooks", "List playbooks with what each is for."),
        "show": ("windlass.cli.playbook:show", "Show one playbook: its steps and what it asks for."),
    },
    "task": {
        "": ("", "Work that was handed out."),
        "list": ("windlass.cli.task:list_tasks", "List tasks with their state and attempt."),
        "show": ("windlass.cli.task:show", "Show one task: attempts, submission, verdicts, landing."),
        "file": ("windlass.cli.task_file:file_one", "File a task for agents that claim it themselves."),
        "claim": (
            "windlass.cli.tools:claim",
            "Claim the best ready task of these lanes; the lease's token is shown once.",
        ),
        "renew": ("windlass.cli.tools:renew", "Keep a lease alive."),
        "ask": (
            "windlass.cli.tools:ask",
            "Block your task on a question, or veto an instruction with --propose.",
        ),
        "check": (
            "windlass.cli.tools:check",
            "Say where a task stands, whether your lease is alive, and what was answered.",
        ),
        "submit": (
            "windlass.cli.tools:submit",
            "Submit a commit or a verdict for review, with --evidence to have it proved.",
        ),
        "history": ("windlass.cli.tools:history", "Tell a task's messages, events and attempts."),
        "answer": (
            "windlass.cli.tools:answer",
            "Answer the question a task is blocked on; its worker goes on by itself.",
        ),
        "approve": ("windlass.cli.tools:approve", "Approve exactly this commit of a task."),
        "reject": (
            "windlass.cli.tools:reject",
            "Send a task's submission back; the third time fails the task.",
        ),
        "requeue": ("windlass.cli.tools:requeue", "Take a task back and offer it again."),
        "unblock": (
            "windlass.cli.tools:unblock",
            "Put a blocked task back into the queue without an answer.",
        ),
        "cancel": (
            "windlass.cli.tools:cancel",
            "Cancel a task; whoever works on it can change nothing more.",
        ),
        "sweep": ("windlass.cli.tools:sweep", "End every lease that has expired."),
    },
    "agent": {
        "": ("", "Who is there to work."),
        "list": (
            "windlass.cli.agent:list_agents",
            "List installed agents, and instances: alive, unknown or dead, and what they hold.",
        ),
        "show": ("windlass.cli.agent:show", "Show one instance with its tasks and its letters."),
        "message": ("windlass.cli.agent:message", "Write a letter to an instance, a lane or everybody."),
        "drain": ("windlass.cli.agent:drain_agent", "Let an instance finish and take nothing new."),
        "presets": (
            "windlass.cli.agent_programs:presets",
            "List presets of coding agents, and whether they can be used now.",
        ),
        "add": (
            "windlass.cli.agent_programs:add",
            "Install the coding agent of a preset, at the version the preset names.",
        ),
        "remove": ("windlass.cli.agent_programs:remove", "Take an installed coding agent away."),
        "doctor": (
            "windlass.cli.agent_programs:doctor_agent",
            "Check one coding agent: installed, starts in the sandbox, does a small task.",
        ),
        "test": (
            "windlass.cli.agent_programs:test_agent",
            "Check one coding agent and put it through bad days of its model.",
        ),
    },
    "budget": {
        "": ("", "What tasks, agents and days may use up."),
        "show": (
            "windlass.cli.budget:show",
            "Show what today, its agents and tasks have used of their budgets.",
        ),
        "extend": (
            "windlass.cli.budget:extend",
            "Let a task, an agent's day or this repository's day use more.",
        ),
    },
    "ratchet": {
        "": ("", "What must not get worse: bounds, trends, and whether a change holds them."),
        "show": (
            "windlass.cli.ratchet:show",
            "Show every metric: its value, bound, target, trend and forecast.",
        ),
        "check": (
            "windlass.cli.ratchet:check",
            "Measure a branch or commit and say whether it holds every bound; default: main.",
        ),
        "enforce": (
            "windlass.cli.ratchet:enforce",
            "Measure the main branch and let it count: bounds tighten, and a worse value is a no.",
        ),
        "history": (
            "windlass.cli.ratchet:history",
            "Show what was measured of one metric, newest first, and every bound a person has set.",
        ),
        "set": (
            "windlass.cli.ratchet:set_bound",
            "Move a bound to a value, for a reason on record; the only way to loosen one.",
        ),
        "export": (
            "windlass.cli.ratchet:export",
            "Print the bounds and targets as the quality_ratchet.json of other tools.",
        ),
    },
    "security": {
        "": ("", "What should not be in the repository: secrets, weak code, dependencies, licences."),
        "scan": (
            "windlass.cli.security:scan",
            "Run every scan, or those named; each passed, failed or unknown, with source and time.",
        ),
        "sbom": (
            "windlass.cli.security:sbom",
            "Write what a branch or commit (default: main) depends on as CycloneDX 1.6 JSON.",
        ),
        "secrets": (
            "windlass.cli.security:secrets",
            "Look for secrets in a branch or commit (default: main), in its changes or all its past.",
        ),
    },
    "flaky": {
        "": ("", "Tests that fail by themselves, and which of them do not block for a while."),
        "list": (
            "windlass.cli.flaky:list_flaky",
            "List flaky tests: how often each fails by itself, its state and until when.",
        ),
        "show": (
            "windlass.cli.flaky:show",
            "Show one flaky test: what was seen of it, and what is believed.",
        ),
        "quarantine": (
            "windlass.cli.flaky:quarantine",
            "Let a flaky test run without blocking for some days; both results must be on record.",
        ),
        "release": (
            "windlass.cli.flaky:release",
            "Call a test sound: it blocks again, and what was seen of it counts no more.",
        ),
    },
    "lane": {
        "": ("", "Queues of tasks, their limits and their share."),
        "list": ("windlass.cli.lane:list_lanes", "List lanes with limit, weight and what they hold."),
        "set": ("windlass.cli.lane:set_lane", "Give a lane a limit or a weight; it is made when it is new."),
    },
    "land": {
        "": ("", "What landed, and the proof of it."),
        "list": ("windlass.cli.land:list_landings", "List landings and proposals, newest first."),
        "prove": (
            "windlass.cli.land:prove",
            "Prove a landed commit: who made it of what, by which evidence. Needs no network.",
        ),
        "key": (
            "windlass.cli.land:show_key",
            "Print the public key that signs landings, as a line for git's allowed signers.",
        ),
        "check": (
            "windlass.cli.land_revert:check",
            "Run the main branch as a whole; find what broke it, and take that back.",
        ),
        "revert": (
            "windlass.cli.land_revert:revert",
            "Take a landed change back, by a change like any other, and have its work done again.",
        ),
    },
    "queue": (
        "windlass.cli.queue:queue",
        "Show what waits to land: place, lane, state, about how long, and how right such risks were.",
    ),
    "compete": (
        "windlass.cli.compete:compete",
        "Let several agents try the same work, measure what each made, and take the best.",
    ),
    "parallel": (
        "windlass.cli.parallel:parallel",
        "Plan a feature into parts and let several agents do them at once; or several try it all.",
    ),
    "worktree": {
        "": ("", "Folders to work in; what was tried, what it is worth, and which one is taken."),
        "create": (
            "windlass.cli.worktree:create",
            "Make a folder to work in, for a task or under a name; print where it is.",
        ),
        "list": (
            "windlass.cli.worktree:list_worktrees",
            "List worktrees, and trials with their entries and what became of them.",
        ),
        "remove": (
            "windlass.cli.worktree:remove",
            "Keep what a worktree holds as a commit, then take it away.",
        ),
        "show": ("windlass.cli.worktree:show", "Show one trial: every entry, every figure, and the verdict."),
        "evaluate": (
            "windlass.cli.worktree:evaluate",
            "Measure a worktree, a task's submission, a branch or a commit on four axes.",
        ),
        "compare": (
            "windlass.cli.worktree:compare",
            "Compare two of them: their figures side by side, the better one, and the difference.",
        ),
        "pick": (
            "windlass.cli.worktree:pick",
            "Take an entry of a trial, whatever the verdict says, or a worktree for its task.",
        ),
        "prune": (
            "windlass.cli.worktree:prune",
            "Let go the commits of entries that were not taken, once their trial is old enough.",
        ),
    },
    "conflicts": (
        "windlass.cli.conflicts:conflicts",
        "Predict which branches and proposals cannot be merged with each other.",
    ),
    "decide": {
        "": ("", "What waits for a person."),
        "list": ("windlass.cli.decide:list_decisions", "List open decisions, most urgent first."),
        "show": ("windlass.cli.decide:show", "Show one decision with its context and options."),
        "answer": ("windlass.cli.decide:answer_decision", "Answer a decision with one of its options."),
        "policy": ("windlass.cli.policies:policy", "Standing answers: what is no longer asked."),
    },
    "undo": ("windlass.cli.undo:undo", "Take back what your last command changed; again goes back one more."),
    "redo": ("windlass.cli.undo:redo", "Do again what you undid last."),
    "op": {
        "": ("", "What commands changed."),
        "log": ("windlass.cli.undo:log", "List what commands changed, newest first."),
        "show": ("windlass.cli.undo:show", "Show one operation: what was before, and what after."),
    },
    "verify": {
        "": (
            "windlass.cli.verify:verify",
            "Judge what you have here as the gate would, tier by tier, without changing it.",
        ),
        "coverage": (
            "windlass.cli.coverage:coverage",
            "Run all tests, and say what they cover of the code and of the lines you add.",
        ),
        "recall": (
            "windlass.cli.recall:recall",
            "Put faults into the main branch's code, in the sandbox, and say how many the chosen tests find.",
        ),
        "evidence": ("windlass.cli.evidence:evidence", "Tell what is known of a tree; share it, take it in."),
        "mutation": (
            "windlass.cli.mutation:mutation",
            "Change the lines of a change, or a sample of the main branch, and say which tests notice.",
        ),
    },
    "fix": (
        "windlass.cli.fix:fix",
        "Repair with the project's own tools what you have changed, and write it into your files.",
    ),
    "hooks": {
        "": ("", "Git asks windlass before a commit and before a push."),
        "install": (
            "windlass.cli.hooks:install",
            "Judge what is staged before each commit, and what is pushed before each push.",
        ),
        "remove": ("windlass.cli.hooks:remove", "Take the hooks away, and put back what was there before."),
        "status": ("windlass.cli.hooks:status", "Say which hooks are installed, and where."),
        "run": ("windlass.cli.hooks:run", "Do what a hook does: git calls this, or a hook of your own."),
    },
    "ci": (
        "windlass.cli.ci:make",
        "Print, or write, the file with which GitHub Actions or make call windlass.",
    ),
    "audit": {
        "": ("", "The log that proves itself."),
        "verify": ("windlass.cli.audit:verify_log", "Check the audit log, here or an exported copy."),
        "export": (
            "windlass.cli.audit:export_log",
            "Write the log, its checkpoints and the public key to a folder.",
        ),
        "list": ("windlass.cli.audit:list_events", "List events, newest last."),
    },
    "token": {
        "": ("", "Who may come in from outside."),
        "create": (
            "windlass.cli.token:create",
            "Make a token for a runner, a service or a person; it is shown once.",
        ),
        "list": ("windlass.cli.token:list_tokens", "List tokens, without their secrets."),
        "revoke": ("windlass.cli.token:revoke", "End a token at once."),
        "link": (
            "windlass.cli.token:link",
            "Print a link that opens a browser session as the owner, once, within five minutes.",
        ),
    },
    "profile": {
        "": ("", "Kinds of agents: skills, limits, and who does their work."),
        "list": (
            "windlass.cli.profile:list_profiles",
            "List the profiles in force and those windlass ships.",
        ),
        "show": (
            "windlass.cli.profile:show",
            "Show one profile: skills, lane, runner, limits and what it is told.",
        ),
        "check": (
            "windlass.cli.profile:check",
            "Check that the profiles in force can be used; say everything that is wrong.",
        ),
    },
    "sop": {
        "": ("", "How each role works."),
        "list": ("windlass.cli.sop:list_sops", "List the procedures of the roles, and who wrote each."),
        "show": ("windlass.cli.sop:show", "Print the procedure of one role."),
    },
    "skill": {
        "": ("", "What an agent needs to know about these commands."),
        "print": (
            "windlass.cli.skill:print_skill",
            "Print the page that tells an agent what windlass can do.",
        ),
        "install": ("windlass.cli.skill:install_skill", "Write that page where agents look for skills."),
    },
    "mcp": {
        "": ("", "The tools for MCP clients."),
        "serve": ("windlass.cli.mcp:serve", "Serve the tools to an MCP client on standard input and output."),
    },
    "model": {
        "": ("", "Models: one that follows a script, and a meter for any."),
        "serve": (
            "windlass.cli.model_serve:serve",
            "Serve a model that follows a script, on loopback, for any agent.",
        ),
        "meter": (
            "windlass.cli.model_meter:meter",
            "Count and cap what an agent asks of a model: a proxy on loopback that adds the key.",
        ),
    },
    "config": {
        "": ("", "Settings and where they come from."),
        "show": ("windlass.cli.config:show", "Print every setting in force, with its origin."),
        "import": ("windlass.cli.config_import:import_settings", "Bring in settings of tools used before."),
    },
    "version": ("windlass.cli.version:version", "Print the version."),
}
