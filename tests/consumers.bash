# shellcheck shell=bash
# Whether a document is what its consumer takes; each prints what is wrong with it. A test sources it from the top folder, or
# with ROOT set.
: "${ROOT:=.}"

# Jenkins and GitLab take what this schema admits, and more; and the numbers are those of the cases.
is_junit()
{
    local elements
    xmllint --noout --schema "$ROOT/tests/junit.xsd" "$1" 2>&1 | grep -v ' validates$'
    [[ ${PIPESTATUS[0]} == 0 ]] || return 1
    for elements in tests=testcase failures=failure errors=error; do
        [[ $(xmllint --xpath "boolean(/testsuites/@${elements%=*} = count(//${elements#*=}))" "$1") == true &&
            $(xmllint --xpath "boolean(//testsuite[@${elements%=*} != count(.//${elements#*=})])" "$1") == false ]] || {
            echo "$1: the number of ${elements%=*} is not that of the elements"
            return 1
        }
    done
}

# prove says itself whether plan and cases fit; it fails where a case does.
is_tap()
{
    local said expected=0
    ! grep -q '^not ok' "$1" || expected=1
    said=$(prove --exec cat "$1" 2>&1)
    [[ $? == "$expected" && $said != *"Parse errors"* && $said != *"No plan"* ]] || {
        echo "$said"
        return 1
    }
}

# Well-formed, without a warning of HTML Tidy, and nothing in it that is loaded or run.
is_html()
{
    xmllint --noout "$1" 2>&1 && tidy -quiet -errors "$1" 2>&1 && ! grep -inE '<(script|iframe|object|embed|link|img)|(src|href)="[^#]| on[a-z]+="|url\(' "$1"
}

# The line of a plugin, as the guidelines of monitoring plugins have it: status, text, and labels in quotes with value, unit, warning,
# critical, least and greatest value.
is_nagios()
{
    local number='-?[0-9]+(\.[0-9]+)?'
    [[ $(wc -l <"$1") == 1 ]] && grep -Eqx "VMNETCHECK (OK|WARNING|CRITICAL|UNKNOWN) - [^|]+( \|( '[^'=]+'=$number(s|%)?;;;0(;100)?)+)?" "$1"
}

# promtool reads all, and has nothing to complain of.
is_prometheus()
{
    local promtool
    promtool=$("$ROOT/tests/from-package" prometheus usr/bin/promtool) || return
    "$promtool" check metrics <"$1" 2>&1
}
