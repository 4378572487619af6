/* The rules about VMs that one line of a start script starts more than once. */
#include "unit.h"
#include "lint_case.h"

#define FIXED      "-nic tap,script=no,ifname=tap$i,mac=52:54:00:00:00:01"
#define PASSED_MAC "-nic tap,script=no,ifname=$1,mac=$2"
#define PASSED     "-nic tap,script=no,ifname=$1,mac=52:54:00:00:00:01"
#define ONE_OF     "-nic tap,script=no,ifname=tap$i,mac=52:54:00:00:00:0$i"

/* Who is started in each turn of a loop. */
static const struct lint_case repeated_cases[] = {
    {"for i in 1 2 3; do\n  qemu -name vm$i " FIXED " &\ndone\n",
     "3 duplicate-mac",
     {"all VMs that this line starts have the MAC address 52:54:00:00:00:01",
      "line 2: a loop starts it in each turn, in the background"}},
    {"for i in 1 2 3; do qemu -nic tap,script=no,ifname=tap$i & done", "3 duplicate-mac", {"QEMU's default"}},
    {"for i in 1 2; do qemu -daemonize " FIXED "; done", "3 duplicate-mac", {0}},
    {"for i in $(seq 1 4); do qemu " FIXED " & done", "3 duplicate-mac", {0}},
    {"for i in {1..4}; do qemu " FIXED " & done", "3 duplicate-mac", {0}},
    {"for vm in $VMS; do qemu " FIXED " & done", "3 duplicate-mac", {0}},
    {"for i; do qemu " FIXED " & done", "3 duplicate-mac", {0}},
    {"for ((i = 0; i < 3; i++)); do qemu " FIXED " & done", "3 duplicate-mac", {0}},
    {"while read -r i; do qemu " FIXED " & done <vms", "3 duplicate-mac", {0}},
    {"i=0\nwhile [ $i -lt 3 ]; do qemu " FIXED " & i=$((i + 1)); done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do if [ -e $i ]; then qemu " FIXED " & fi; done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do ( cd /x; qemu " FIXED " ) & done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do sh -c \"qemu " FIXED " &\"; done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do [ -f $i ] || exit 1; qemu " FIXED " & done\nwait\n", "3 duplicate-mac", {0}},
    {"for i in 1 2; do qemu -nic tap,script=no,ifname=tap0,mac=52:54:00:00:00:0$i & done",
     "4 tap-shared",
     {"the tap tap0 is used more than once", "line 1: a loop starts it"}},
    /* another MAC in each turn */
    {"for i in 1 2 3; do qemu " ONE_OF " & done", "0", {0}},
    /* one at a time, or once */
    {"for i in 1 2 3; do qemu " FIXED "; done", "0", {0}},
    {"for i in 1 2 3; do qemu " FIXED " & wait; done", "0", {0}},
    {"for i in 1 2 3; do qemu " FIXED " &\n wait $!\ndone", "0", {0}},
    {"for i in 1 2 3; do qemu " FIXED "; done &", "0", {0}},
    {"for i in 1; do qemu " FIXED " & done", "0", {0}},
    {"while true; do qemu " FIXED " & sleep 60; done", "0", {0}},
    {"while :; do qemu " FIXED "; done", "0", {0}},
    {"for a in kvm tcg; do qemu -accel $a " FIXED " & break; done", "0", {0}},
    {"for i in 1 2; do echo $i & done\nqemu " FIXED " &", "0", {0}},
    {"for i in 1 2; do qemu -nic user & done", "0", {0}},
    {"for try in 1 2 3; do qemu -daemonize " FIXED " && break; sleep 1; done", "0", {0}},
    {"for try in 1 2; do qemu -daemonize " FIXED " && echo up && exit 0; done", "0", {0}},
    {"for i in 1 2; do if qemu -daemonize " FIXED "; then break; fi; done", "0", {0}},
    {"for i in 1 2; do if ! qemu -daemonize " FIXED "; then exit 1; fi; done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do if qemu -daemonize " FIXED "; then :; else exit 1; fi; done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do qemu -daemonize " FIXED " || exit 1; done", "3 duplicate-mac", {0}},
    {"for i in 1 2; do [ -e $i.pid ] && continue; qemu " FIXED " & done", "3 duplicate-mac", {0}},
    /* one of the turns */
    {"for i in web db; do if [ $i = web ]; then qemu " FIXED " & fi; done", "0", {0}},
    {"for i in web db; do [ $i = web ] && qemu " FIXED " & done", "0", {0}},
    {"for i in 1 2; do if [ $i -eq 1 ]; then qemu " FIXED " & else qemu -nic user & fi; done", "0; 0", {0}},
    {"for i in 1 2; do if [ $i -eq 1 ]; then qemu -nic user & else qemu " FIXED " & fi; done", "0; 0", {0}},
    {"for i in 1 2; do case $i in\n1) qemu " FIXED " & ;;\nesac; done", "0", {0}},
};

/* Who is started by each call of a function. */
static const struct lint_case call_cases[] = {
    {"start() {\n qemu -daemonize " PASSED "\n}\nstart tap0\nstart tap1\n",
     "3 duplicate-mac",
     {"line 2: each call of its function starts it, in the background"}},
    {"function start {\n qemu -daemonize " PASSED "\n}\nstart tap0\nstart tap1\n", "3 duplicate-mac", {0}},
    {"function start() { qemu " PASSED " & }\nstart tap0; start tap1", "3 duplicate-mac", {0}},
    {"start() { qemu " PASSED "; }\nstart tap0 &\nstart tap1 &\nwait", "3 duplicate-mac", {0}},
    {"start() { qemu -daemonize " PASSED "; }\nstart tap0 && start tap1", "3 duplicate-mac", {0}},
    {"start() { qemu -daemonize " PASSED "; }\nfor i in 1 2; do start tap$i; done", "3 duplicate-mac", {0}},
    /* once, one at a time, another MAC, one of the calls */
    {"start() { qemu -daemonize " PASSED "; }\nstart tap0", "0", {0}},
    {"start() { qemu " PASSED "; }\nstart tap0\nstart tap1", "0", {0}},
    {"start() { qemu -daemonize " PASSED_MAC "; }\nstart tap0 $A\nstart tap1 $B", "0", {0}},
    {"start() { qemu -daemonize " PASSED "; }\ncase $1 in start) start tap0;; again) start tap0;; esac",
     "0",
     {0}},
    {"start() { qemu -daemonize " PASSED "; }\nif [ $1 ]; then start tap0; else start tap1; fi", "0", {0}},
    {"start() { qemu -daemonize " PASSED "; }\nagain() { start tap0; }\nstart tap0", "0", {0}},
    {"start() { if [ $1 = tap0 ]; then qemu -daemonize " PASSED "; fi; }\nstart tap0\nstart tap1", "0", {0}},
    {"start() { qemu -daemonize " PASSED "; }\nfor i in 1 2; do start tap$i && break; done", "0", {0}},
    {"start() { qemu " PASSED "; }\nfor i in 1 2; do start tap$i & wait; done", "0", {0}},
    {"start() { qemu " PASSED " & wait $!; }\nstart tap0\nstart tap1", "0", {0}},
    {"start() { qemu " PASSED " & }\nstart tap0\nwait\nstart tap1", "0", {0}},
    {"start() { qemu -daemonize " PASSED "; }\n[ -n \"$FAST\" ] && start tap0 || start tap1", "0", {0}},
    {"start() { qemu -daemonize " PASSED "; }\nstart tap0 || { sleep 1; start tap0; }", "0", {0}},
    {"start() { qemu -daemonize " PASSED "; }\n[ $1 = a ] && start tap0\n[ $1 = b ] && start tap1", "0", {0}},
};

static void test_loops(void **state)
{
    (void)state;
    assert_lints(repeated_cases, sizeof repeated_cases / sizeof repeated_cases[0]);
}

static void test_calls(void **state)
{
    (void)state;
    assert_lints(call_cases, sizeof call_cases / sizeof call_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_loops), cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
