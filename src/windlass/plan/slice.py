"""Which files of an item the next task may change: few, plain ones first, the same answer every time.

Sensitive files (`policy.sensitive_paths`) never share a slice with plain ones, so that one of them does not
make a person look at everything else; they come last, by themselves. After them come files of names that no
change may hold (`workspace.bad_name`): they would have the whole slice refused.
"""

from collections import Counter
from collections.abc import Sequence

from windlass import policy
from windlass.backlog import Finding
from windlass.policy import Scope
from windlass.workspace import bad_name


def choose(
    findings: Sequence[Finding],
    files_max: int,
    *,
    findings_max: int | None = None,
    prefixes: tuple[str, ...] = Scope().restricted,
) -> tuple[str, ...]:
    """At most `files_max` paths in path order; at least one when there is any.

    `findings_max` ends the slice before the file that would pass it: a finding is a changed line or more.
    `prefixes`: the restricted paths of the automation scope.
    """
    counts = Counter(finding.path for finding in findings if finding.path)
    refused = {path for path in counts if any(map(bad_name, path.split("/")))}
    apart = {
        path
        for path in counts.keys() - refused
        if policy.sensitive_paths.restricted(path, prefixes) or policy.sensitive_paths.sensitive(path)
    }
    paths = sorted(counts.keys() - apart - refused) or sorted(apart) or sorted(refused)
    chosen: list[str] = []
    total = 0
    for path in paths[: max(1, files_max)]:
        total += counts[path]
        if chosen and findings_max is not None and total > findings_max:
            break
        chosen.append(path)
    return tuple(chosen)
