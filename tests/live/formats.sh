#!/bin/bash
# Each format of a healthy, a warned, a faulty and an unknown guest is taken by its real consumer, and the exit statuses are what
# that consumer expects. A file that is written appears as a whole.
LAB_PACKAGES="prometheus:usr/bin/promtool monitoring-plugins-common:usr/lib/nagios/plugins/negate"
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/consumers.bash"
need xmllint prove tidy

start_guest --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
start_guest --ip4 192.0.2.2 --ip6 none tap1
give_addresses tap1 192.0.2.1/24
start_guest --ip4 10.9.2.2 --ip6 none --ignore-echo tap2
give_addresses tap2 10.9.2.1/24
make_tap tap3
start_guest --deaf --ip6 none tap4

declare -A plugin=([healthy]=0 [warned]=1 [faulty]=2 [absent]=2 [silent]=3 [several]=2)
declare -A target=([healthy]='tap0 10.9.0.2' [warned]='tap1 192.0.2.2' [faulty]='tap2 10.9.2.2' [absent]=tap3 [silent]=tap4
    [several]='tap0 tap1 192.0.2.2 tap2 10.9.2.2 tap3')
for state in "${!target[@]}"; do
    for format in junit tap13 nagios prometheus; do
        # shellcheck disable=SC2086 # several words
        run_vmnetcheck -W 0.2 --linger 0 -f $format ${target[$state]}
        case $format in
        junit) expect is_junit "$LAB/out" ;;
        tap13) expect is_tap "$LAB/out" ;;
        nagios)
            expect is_nagios "$LAB/out"
            expect_exit "${plugin[$state]}"
            ;;
        *) expect is_prometheus "$LAB/out" ;;
        esac
    done
done

# All of them on one page.
run_vmnetcheck -W 0.2 --linger 0 -f html --all
expect is_html "$LAB/out"
expect_out '<b>tap2</b>.*icmp-no-reply'

# A plugin is run by a plugin of Debian's: negate turns the status around, and takes only a sane one.
negate=$("$ROOT/tests/from-package" monitoring-plugins-common usr/lib/nagios/plugins/negate)
expect "$negate" --critical=ok --substitute "$VMNETCHECK" -W 0.2 -f nagios tap2 10.9.2.2 >"$LAB/out"
expect_out '^VMNETCHECK OK - tap2 '
run_vmnetcheck -f nagios --fail-on error tap1 192.0.2.2
expect_exit 0
expect_out '^VMNETCHECK OK - tap1 works, with warnings: documentation-address '

# Wrong words are for who reads the plugin's line, too.
run_vmnetcheck --nonsense -f nagios tap0
expect_exit 3
expect_out '^VMNETCHECK UNKNOWN - unknown option --nonsense$'
expect is_nagios "$LAB/out"
run_vmnetcheck list -f junit
expect_exit 64
expect_err '^vmnetcheck: --format takes one of text, json for list, not "junit"$'

# A document a line: each is as promised, but that the exit status is of its own target.
run_vmnetcheck -W 0.2 --linger 0 -f jsonl tap0 10.9.0.2 tap3
expect_exit 4
expect [ "$(wc -l <"$LAB/out")" = 2 ]
expect_json --slurp 'map([.targets[0].interface, .status, .exit]) == [["tap0", "healthy", 0], ["tap3", "fault", 4]]'

# Nobody ever reads half of a file.
begin_reader()
{
    while :; do
        [[ ! -e $LAB/metrics.prom ]] || tail -n 1 "$LAB/metrics.prom" | grep -q '^vmnetcheck_last_run_timestamp_seconds [0-9.]*$' || exit 1
    done &
}
begin_reader
reader=$!
for _ in 1 2 3 4 5; do
    run_vmnetcheck -W 0.1 --linger 0 -f prometheus --output "$LAB/metrics.prom" tap0 10.9.0.2 tap3
    expect_exit 4
    expect [ ! -s "$LAB/out" ]
    expect is_prometheus "$LAB/metrics.prom"
done
expect kill "$reader"
expect [ "$(stat -c %a "$LAB/metrics.prom")" = 644 ]
expect [ "$(find "$LAB" -name 'metrics*' | wc -l)" = 1 ]

# What is there stays when nothing new is: a usage error, no output wanted, no place to write.
echo kept >"$LAB/file"
for arguments in '-c 0 tap0' '-q tap0 10.9.0.2'; do
    # shellcheck disable=SC2086 # several words
    run_vmnetcheck --output "$LAB/file" $arguments
    expect grep -qx kept "$LAB/file"
done
run_vmnetcheck --output "$LAB/no/file" tap0 10.9.0.2
expect_exit 71
expect_err "^vmnetcheck: $LAB/no/file cannot be written: No such file"
run_vmnetcheck --output /dev/stdout tap0 10.9.0.2
expect_exit 0
expect_out '^tap0: healthy'
run_vmnetcheck --output /dev/full tap0 10.9.0.2
expect_exit 71
