#!/bin/bash
# Three hosts as Prometheus sees them, with its own program and node_exporter: one MAC address on two of them raises the alert, as does
# a host whose file is old; neither healthy guests nor anything else does; and both end when it is mended.
LAB_PACKAGES="prometheus:usr/bin/prometheus prometheus:usr/bin/promtool prometheus-node-exporter:usr/bin/prometheus-node-exporter"
. "$(dirname "$0")/../lib.sh"

prometheus=$("$ROOT/tests/from-package" prometheus usr/bin/prometheus)
promtool=$("$ROOT/tests/from-package" prometheus usr/bin/promtool)
exporter=$("$ROOT/tests/from-package" prometheus-node-exporter usr/bin/prometheus-node-exporter)

# report NUMBER: what the timer does on this host, whose only VM is behind the tap of this number.
report()
{
    run_vmnetcheck -f prometheus --output "$LAB/hv$1/vmnetcheck.prom" "tap$1"
    expect_exit 0
}

# begin_host NUMBER MAC
begin_host()
{
    mkdir "$LAB/hv$1"
    start_guest --mac "$2" --ip4 "10.9.$1.2" --ip6 none "tap$1"
    give_addresses "tap$1" "10.9.$1.1/24"
    guest[$1]=$LAB_PID
    report "$1"
    "$exporter" --collector.disable-defaults --collector.textfile --collector.textfile.directory="$LAB/hv$1" \
        --web.listen-address="127.0.0.1:910$1" 2>"$LAB/hv$1/said" &
    printf '  - { targets: ["127.0.0.1:910%s"], labels: { instance: hv%s } }\n' "$1" "$1" >>"$LAB/hosts"
}

query()
{
    "$promtool" query instant -o json http://127.0.0.1:9090 "$1" 2>/dev/null || echo '"no answer"'
}

# The alerts that fire now, "NAME WHAT" each: the MAC address, the address, or the host.
alerts()
{
    query 'ALERTS{alertstate="firing"}' | jq -r 'if type == "array" then [.[].metric | .alertname + " " + (.mac // .address // .instance)] | sort | join(", ") else . end'
}

fires()
{
    [[ $(alerts) == "$1" ]]
}

# All that fires is this, as soon as Prometheus has looked.
await()
{
    wait_for 30 fires "$1" || fail "expected to fire: ${1:-nothing}; what fires: $(alerts); $(cat "$LAB/said")"
}

declare -a guest
begin_host 1 52:54:00:12:04:11
begin_host 2 52:54:00:12:04:12
begin_host 3 52:54:00:12:04:11

# Those of the package, but that none of the alerts waits for minutes, and each second a look.
sed 's/for: [0-9]*m$/for: 1s/' "$ROOT/src/packaging/prometheus/vmnetcheck.rules.yml" >"$LAB/vmnetcheck.rules.yml"
cat >"$LAB/prometheus.yml" - "$LAB/hosts" <<'END'
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [vmnetcheck.rules.yml]
scrape_configs:
- job_name: node
  static_configs:
END
expect "$promtool" check config --lint=none "$LAB/prometheus.yml" >"$LAB/said"
"$prometheus" --config.file="$LAB/prometheus.yml" --storage.tsdb.path="$LAB/data" --web.listen-address=127.0.0.1:9090 2>"$LAB/said" &

await "VmMacOnTwoHosts 52:54:00:12:04:11"

# The timer of one has not run for twenty minutes; then it does again.
sed -i -E 's/^(vmnetcheck_last_run_timestamp_seconds) .*/\1 '$((EPOCHSECONDS - 1200))'/' "$LAB/hv2/vmnetcheck.prom"
await "VmMacOnTwoHosts 52:54:00:12:04:11, VmNetworkNotChecked hv2"
report 2
await "VmMacOnTwoHosts 52:54:00:12:04:11"

# The third one gets a MAC address of its own.
stop "${guest[3]}"
start_guest --mac 52:54:00:12:04:13 --ip4 10.9.3.2 --ip6 none tap3
give_addresses tap3 10.9.3.1/24
report 3
await ""
sees_all()
{
    [[ $(query 'count(vmnetcheck_guest_info)' | jq -r '.[0].value[1]') == 3 ]]
}
expect wait_for 30 sees_all
