#!/bin/bash
# The rules for Prometheus: it takes them, they fire and end when they should, and what they look at is what the program writes.
LAB_PACKAGES="prometheus:usr/bin/promtool"
. "$(dirname "$0")/../lib.sh"

promtool=$("$ROOT/tests/from-package" prometheus usr/bin/promtool) || skip "needs promtool"
rules=$ROOT/src/packaging/prometheus/vmnetcheck.rules.yml
"$promtool" check rules "$rules" >"$LAB/said" 2>&1 || fail "$(cat "$LAB/said")"
"$promtool" test rules "$ROOT/tests/live/alerts.test.yml" >"$LAB/said" 2>&1 || fail "$(cat "$LAB/said")"

# The test would notice: with another number of hosts in the rules.
sed 's/> 1$/> 2/' "$rules" >"$LAB/vmnetcheck.rules.yml"
sed "s|  - .*/|  - $LAB/|" "$ROOT/tests/live/alerts.test.yml" >"$LAB/alerts.test.yml"
! "$promtool" test rules "$LAB/alerts.test.yml" >"$LAB/said" 2>&1 || fail "rules that never fire pass"
expect grep -q 'VmMacOnTwoHosts' "$LAB/said"

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none --ignore-echo tap0
give_addresses tap0 10.9.0.1/24
run_vmnetcheck --all -f prometheus
mapfile -t names < <(grep -Eo '\bvmnetcheck_[a-z_]+' "$rules" | sort -u)
expect [ ${#names[@]} -ge 5 ]
for name in "${names[@]}"; do
    expect_out "^$name(\{| )"
done
for label in interface vm mac address finding severity layer; do
    expect_out "[{ ]$label=\""
done
