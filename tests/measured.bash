# shellcheck shell=bash
# Helpers for tests of what somebody can make a command cost.

# run_measured ARGUMENT...: as run_vmnetcheck; with all processes that it starts it computes for 2 s at most ($LAB_SPENT_MS), and none
# of them takes more than 100 MiB (but under sanitizers).
run_measured()
{
    local kib user system
    [[ -x /usr/bin/time ]] || skip "needs /usr/bin/time"
    LAB_COMMAND="vmnetcheck $*" LAB_STATUS=0 LAB_MS=0
    /usr/bin/time -q -f '%M %U %S' -o "$LAB/cost" "$VMNETCHECK" "$@" >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
    read -r kib user system <"$LAB/cost"
    LAB_SPENT_MS=$(((10#${user/./} + 10#${system/./}) * 10))
    ! nm "$VMNETCHECK" 2>/dev/null | grep -q __asan || return 0
    [[ $kib -le 102400 ]] || fail "it took $kib KiB"
    [[ $LAB_SPENT_MS -le 2000 ]] || fail "it computed for $LAB_SPENT_MS ms"
}
