# Short names for daily work: `source scripts/dev_shortcuts.sh` (bash, zsh or any POSIX shell).
# Inside windlass's own clone they run this repository's checks, anywhere else windlass's commands of these names.
# Functions rather than aliases, so that arguments pass; each prints the long form it stands for.

_wl_clone() { # print the root of windlass's own clone when we are inside it
    _wl_dir=$PWD
    while [ "$_wl_dir" != / ] && [ -n "$_wl_dir" ]; do
        if [ -f "$_wl_dir/scripts/bootstrap.py" ] && [ -f "$_wl_dir/src/windlass/__init__.py" ]; then
            printf '%s\n' "$_wl_dir"
            return 0
        fi
        _wl_dir=${_wl_dir%/*}
    done
    return 1
}

_wl_run() {
    echo "+ $*" >&2
    "$@"
}

_wl_call() { # run one of windlass's short commands: beside the windlass on PATH, else of the clone these came from
    _wl_name=$1
    shift
    if _wl_exe=$(command -v windlass); then
        _wl_exe=${_wl_exe%/*}/$_wl_name
    else
        _wl_exe=${WINDLASS_CLONE:-}/.venv/bin/$_wl_name
    fi
    if [ ! -x "$_wl_exe" ]; then
        echo "$_wl_name is not installed here: run ./start.sh --setup-only in windlass's clone" >&2
        return 69
    fi
    "$_wl_exe" "$@"
}

_wl_check() { # a check of this repository, or the short command for any other one: check.py NAME, then the command
    _wl_check_name=$1 _wl_short=$2
    shift 2
    if _wl_root=$(_wl_clone); then
        "$_wl_root/start.sh" --setup-only || return $?
        _wl_run "$_wl_root/.venv/bin/python" "$_wl_root/scripts/check.py" "$_wl_check_name" -- "$@"
    else
        _wl_call "$_wl_short" "$@"
    fi
}

vf() { _wl_check fast vf "$@"; }  # verify fast
vp() { _wl_check pr vp "$@"; }    # verify as before a push
fix() { _wl_check fix fix "$@"; } # repair what tools can repair
t0() { _wl_check t0 t0 "$@"; }
t1() { _wl_check t1 t1 "$@"; }
gen() { _wl_call gen "$@"; }      # generate types from the contracts
qd() { _wl_call qd "$@"; }        # quality dashboard
qr() { _wl_call qr "$@"; }        # quality ratchet
qre() { _wl_call qre "$@"; }

tw() { # verify fast again whenever a file changes
    if _wl_root=$(_wl_clone); then
        _wl_run "$_wl_root/.venv/bin/python" "$_wl_root/scripts/check.py" fast --watch
    else
        _wl_call tw "$@"
    fi
}

qc() { # quick commit: verify fast, then commit what is staged
    if ! _wl_clone > /dev/null; then
        _wl_call qc "$@"
        return $?
    fi
    if [ $# -eq 0 ]; then
        echo "usage: qc \"message\" [further options of git commit]" >&2
        return 2
    fi
    _wl_message=$1
    shift
    vf && _wl_run git commit -m "$_wl_message" "$@"
}

pp() { # push, but only what passes
    if _wl_clone > /dev/null; then
        vp && _wl_run git push "$@"
    else
        _wl_call pp "$@"
    fi
}

setup() { # set this repository up
    if _wl_root=$(_wl_clone); then
        _wl_run "$_wl_root/start.sh" --setup-only || return $?
        if [ -z "$(git -C "$_wl_root" config core.hooksPath)" ]; then
            _wl_run git -C "$_wl_root" config core.hooksPath scripts/hooks
        fi
    else
        _wl_call setup "$@"
    fi
}

# Remember the clone these came from, so that they work in other repositories without a change to PATH.
if [ -n "${BASH_SOURCE:-}" ]; then
    WINDLASS_CLONE=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE}")/.." && pwd -P)
elif [ -n "${ZSH_VERSION:-}" ]; then
    WINDLASS_CLONE=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
else
    WINDLASS_CLONE=${WINDLASS_CLONE:-$(_wl_clone || true)}
fi
