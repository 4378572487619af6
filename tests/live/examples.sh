#!/bin/bash
# The examples for programs that start it elsewhere: Ansible runs its playbook, cloud-init's own schema takes its user data, and what
# the jobs for GitHub and GitLab do to check is done, and makes what those programs show. vm/hooks has the others.
schema=usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json
LAB_PACKAGES="cloud-init:$schema"
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/consumers.bash"
need ansible-playbook python3 xmllint
examples=$ROOT/src/packaging/examples
export PATH=$LAB/bin:$PATH HOME=$LAB ANSIBLE_NOCOLOR=1

mkdir "$LAB/bin"
ln -s "$VMNETCHECK" "$LAB/bin/vmnetcheck"
printf '#!/bin/sh\nexec "$@"\n' >"$LAB/bin/sudo"
chmod +x "$LAB/bin/sudo"

# from_yaml FILE: as JSON
from_yaml()
{
    /usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)' "$1"
}

# Becoming root needs a program that is not everywhere; the test is root.
playbook()
{
    ansible-playbook -i "$LAB/hosts" -e ansible_become=false -e ansible_python_interpreter=/usr/bin/python3 "$@" "$examples/ansible.yml" >"$LAB/said" 2>&1
}

start_guest --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24

# Jobs: the lines that check, of whatever step.
from_yaml "$examples/github-workflow.yml" | jq -r '.jobs.network.steps[].run // empty' | grep 'vmnetcheck .*--format' >"$LAB/github"
from_yaml "$examples/gitlab-ci.yml" | jq -r '.network.script[]' >"$LAB/gitlab"
for job in github gitlab; do
    (cd "$LAB" && rm -f network.* && bash -e "./$job") >"$LAB/said" 2>&1 || fail "$job: $(cat "$LAB/said")"
    is_junit "$LAB/network.xml" || fail "$job: not what is shown"
    expect grep -q '<testcase .*10.9.0.2' "$LAB/network.xml"
    expect [ -s "$LAB/network.pcapng" ]
done
expect [ "$(from_yaml "$examples/gitlab-ci.yml" | jq -r .network.artifacts.reports.junit)" == network.xml ]

# User data
from_yaml "$examples/cloud-init.yml" >"$LAB/user-data.json"
expect /usr/bin/python3 -c 'import json, jsonschema, sys; jsonschema.Draft4Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' \
    "$("$ROOT/tests/from-package" cloud-init "$schema")" "$LAB/user-data.json"

# The playbook, on a host that is well and on one that is not.
printf '[hypervisors]\nhv1 ansible_connection=local\n' >"$LAB/hosts"
playbook --syntax-check || fail "$(cat "$LAB/said")"
playbook || fail "$(cat "$LAB/said")"
expect grep -q 'hv1 .*ok=2 .*failed=0' "$LAB/said"
make_tap tap1
! playbook -e vmnetcheck_wait=0 || fail "a tap without a guest passes: $(cat "$LAB/said")"
expect grep -q 'tap1: tap-unattached: no virtual machine is attached to tap1' "$LAB/said"
expect grep -q 'hv1 .*ok=1 .*failed=1' "$LAB/said"
