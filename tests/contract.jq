# What is promised of the JSON document of check and lint. Prints what is broken; nothing if it keeps its word.
# $exit_status is that of the process.

def one_of($names): . as $value | $names | index([$value]) != null;
def count: type == "number" and . >= 0 and floor == .;
def text: type == "string" and length > 0;
def texts: type == "array" and all(.[]; text);
def mac: type == "string" and test("^([0-9a-f]{2}:){5}[0-9a-f]{2}$");
def ip: type == "string" and test("^([0-9]{1,3}[.]){3}[0-9]{1,3}$|^[0-9a-f:]*:[0-9a-f:.]*$");

def status: one_of(["healthy", "warning", "fault", "unknown"]);
def layer: one_of(["host", "l2", "l3"]);
def severity: one_of(["error", "warning", "info"]);

# Each rule is a name and whether it holds.
def broken(rules): [rules | select(.[1] | not) | .[0]];

def address_rules:
    ["address", (.address | ip)],
    ["family", ((.address | contains(":")) as $six | .family == (if $six then "ipv6" else "ipv4" end))],
    ["source", (.source | text)],
    ["mac", (.mac == null or (.mac | mac))];

def check_rules:
    ["name", (.name | text)],
    ["address", (.address == null or (.address | ip))],
    ["status", (.status | one_of(["pass", "fail", "warn", "skip", "unknown"]))],
    ["counts", ([.sent, .received, .duplicates] | all(.[]; count))],
    ["received more than sent", .received <= .sent],
    ["rtt_us", (if .received == 0 then .rtt_us == null
                else (.rtt_us | ([.min, .avg, .max] | all(.[]; count)) and .min <= .avg and .avg <= .max) end)],
    ["passes without an answer", (.status != "pass" or (.sent > 0 and .received == .sent))];

def finding_rules:
    ["name", (.name | type == "string" and test("^[a-z0-9]+(-[a-z0-9]+)*$"))],
    ["severity", (.severity | severity)],
    ["layer", (.layer | layer)],
    ["ignored", (.ignored | type == "boolean")],
    ["summary", (.summary | text)],
    ["evidence", (.evidence | texts and length > 0)],
    ["frames", (.frames == null or (.frames | type == "array" and length > 0 and . == unique and all(.[]; count and . > 0)))],
    ["fix", (.fix | text)];

# Of several faults the lowest layer wins; a fault over "could not tell", that over warnings.
def exit_of_target:
    if .status == "fault" then {"host": 4, "l2": 3, "l3": 2}[.layer]
    else {"unknown": 5, "warning": 1, "healthy": 0}[.status] end;
def status_of_exit:
    {"0": "healthy", "1": "warning", "2": "fault", "3": "fault", "4": "fault"}[tostring] // "unknown";
# 0 where --fail-on lets what was found pass.
def forgiven:
    if (.fail_on != "warning" and .status == "warning") or (.fail_on == "error" and .status == "unknown" and .exit < 64)
    then 0 else null end;
def worst: (map(select(. >= 2 and . <= 4)) | max) // (if any(. == 5) then 5 else max // 0 end);

def target_rules:
    ["interface", (.interface == null or (.interface | text))],
    ["netns", (.netns == null or (.netns | text) and .interface != null)],
    ["status", (.status | status)],
    ["layer", (if .status == "fault" or .status == "warning" then .layer | layer else .layer == null end)],
    ["bridge", (.bridge == null or (.bridge | text))],
    ["segment", (.segment == null or (.segment | (.confined | type == "boolean") and (.subnets | texts) and
        all(.gateways[]; (.address | ip) and (.mac == null or (.mac | mac)))))],
    ["addresses", (.addresses | type == "array")],
    (.addresses[] | . as $address | broken(address_rules)[] | ["address \($address.address): \(.)", false]),
    ["checks", (.checks | type == "array")],
    (.checks[] | . as $check | broken(check_rules)[] | ["check \($check.name) of \($check.address): \(.)", false]),
    ["findings", (.findings | type == "array")],
    (.findings[] | . as $finding | broken(finding_rules)[] | ["finding \($finding.name): \(.)", false]),
    ["a fault without an error", (.status == "fault") == any(.findings[]; .severity == "error" and (.ignored | not))],
    ["healthy with a finding or a failed check", (.status != "healthy" or
        (all(.findings[]; .severity == "info" or .ignored) and
            (any(.findings[]; .ignored) or all(.checks[]; .status | one_of(["pass", "skip"])))))],
    ["unknown without a reason", (.status != "unknown" or (.unknown | texts and length > 0))];

def document_rules:
    ["schema", .schema == 1],
    ["version", (.version | text)],
    ["command", (.command | one_of(["check", "lint", "read", "merge"]))],
    ["started", (.started | type == "string" and test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z$"))],
    ["elapsed_us", (.elapsed_us | count)],
    ["status", (.status | status)],
    ["exit is not that of the process", .exit == $exit_status],
    ["status is not that of the exit", (forgiven == 0 or .status == (.exit | status_of_exit))],
    ["targets", (.targets | type == "array")],
    (.targets[] | . as $target | broken(target_rules)[] | ["\($target.interface): \(.)", false]),
    ["fail_on", (.fail_on | one_of(["warning", "unknown", "error"]))],
    ["exit is not that of the worst target", (.error != null or .exit == (forgiven // ([.targets[] | exit_of_target] | worst)))];

broken(document_rules)[]
