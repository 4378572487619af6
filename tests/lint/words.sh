#!/bin/bash
# What is written for people is spelt right (tests/lint/words.txt has the words of the field), and what it links to is there.
cd "$(dirname "$0")/../.." || exit 1
failed=0

if ! command -v aspell >/dev/null || ! command -v mandoc >/dev/null; then
    echo "needs aspell and mandoc"
    exit 77
fi
mapfile -t pages < <(find . -name 'build*' -prune -o -name '*.md' -print)
[[ ${#pages[@]} -ge 4 ]] || { echo "too few pages: ${pages[*]}"; failed=1; }

# Without what is no prose: screens, commands, names, and where links lead.
prose()
{
    # shellcheck disable=SC2016 # these are no commands
    awk '/^```/ { inside = !inside; next } !inside' "${pages[@]}" | sed -E 's/`[^`]*`//g; s/\]\([^)]*\)//g'
    local page
    for page in man/*.[0-9]; do
        # shellcheck disable=SC2016
        mandoc -T markdown "$page" | sed -E 's/`[^`]*`//g; s/\*\*[^*]*\*\*//g; /^    /d; s/&[a-z]*;//g'
    done
}

unknown=$(comm -23 <(prose | aspell list --lang=en_GB --ignore=2 | LC_ALL=C sort -u) <(LC_ALL=C sort -u tests/lint/words.txt))
[[ -z $unknown ]] || { echo "is this a word? If so, it belongs into tests/lint/words.txt: ${unknown//$'\n'/ }"; failed=1; }

for page in "${pages[@]}"; do
    while read -r link; do
        [[ $link == *://* || -e $(dirname "$page")/${link%%#*} ]] || { echo "$page: no $link"; failed=1; }
    done < <(grep -oE '\]\([^)#][^)]*\)' "$page" | sed 's/^](//; s/)$//')
done
exit $failed
