#!/bin/bash
# The HTML reports that the unit tests keep, and those of the recorded faults, in a real browser, light and dark, as wide as a phone,
# a tablet and a screen: browser.js says what is looked at. KEEP_SCREENSHOTS=FOLDER keeps pictures of them.
cd "$(dirname "$0")/../.." || exit 1
WIDTHS=(320 390 768 1280)
declare -A SCHEMES=([dark]=0 [light]=1)
failed=0
command -v chromium >/dev/null || { echo "needs chromium"; exit 77; }
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT

# browse SCHEME OPTION...: nothing of it needs a network or stays.
browse()
{
    local scheme=$1
    shift
    timeout 100 chromium --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$folder/profile" \
        --blink-settings="preferredColorScheme=${SCHEMES[$scheme]}" --virtual-time-budget=10000 "$@" 2>"$folder/log"
}

# They have time lines of requests and replies.
read_recordings()
{
    local recording name
    for recording in tests/faults/*/capture.pcapng.gz; do
        name=$(basename "$(dirname "$recording")")
        gzip -dc "$recording" | "${VMNETCHECK:-build/vmnetcheck}" read -f html - >"$folder/recorded-$name.html"
        grep -q '<section' "$folder/recorded-$name.html" || { echo "$name: no report"; failed=1; }
    done
}

# A page with each report in a frame of its own, of each width.
frames()
{
    local file width
    printf '<!DOCTYPE html><meta charset="utf-8"/><pre id="seen"></pre><pre id="wrong"></pre>\n'
    for file in "${reports[@]}"; do
        for width in "${WIDTHS[@]}"; do
            printf '<iframe title="%s at %s" style="width:%spx;height:2000px;border:0" srcdoc="' \
                "$(basename "$file")" "$width" "$width"
            sed 's/&/\&amp;/g; s/"/\&quot;/g' "$file"
            printf '"></iframe>\n'
        done
    done
    printf '<script>%s</script>\n' "$(cat tests/lint/browser.js)"
}

# text_of ID: of an element of what the browser made of the page.
text_of()
{
    perl -0777 -ne 'print $1 if /<pre id="'"$1"'">(.*?)<\/pre>/s' "$folder/dom"
}

read_recordings
reports=(tests/unit/golden/report/*.html "$folder"/recorded-*.html)
frames >"$folder/all.html"
pages=$((${#reports[@]} * ${#WIDTHS[@]}))
for scheme in "${!SCHEMES[@]}"; do
    browse "$scheme" --window-size=1400,1000 --dump-dom "file://$folder/all.html" >"$folder/dom" ||
        { echo "chromium: $(tail -n 3 "$folder/log")"; failed=1; }
    wrong=$(text_of wrong)
    [[ -z $wrong ]] || { printf '%s:\n%s\n' "$scheme" "$wrong"; failed=1; }
    [[ $(text_of seen) =~ ^$pages\ pages,\ ([0-9]+)\ texts,\ ([0-9]+)\ pictures$ &&
        ${BASH_REMATCH[1]} -gt 1000 && ${BASH_REMATCH[2]} -gt 100 ]] || { echo "$scheme: saw $(text_of seen)"; failed=1; }
done
if [[ -n ${KEEP_SCREENSHOTS:-} ]]; then
    for file in "${reports[@]}"; do
        for scheme in "${!SCHEMES[@]}"; do
            browse "$scheme" --window-size=1280,1400 --screenshot="$KEEP_SCREENSHOTS/$(basename "$file" .html)-$scheme.png" \
                "file://$(realpath "$file")"
        done
    done
fi
exit $failed
