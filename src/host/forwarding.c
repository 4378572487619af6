/* nftables' rules in JSON: libnftables-json(5). */
#include "forwarding.h"
#include "rule_trace.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { JUMPS_MAX = 16 }; /* NFT_JUMP_STACK_SIZE */

struct ruleset {
    const json_t *items; /* an array */
    const char *text, *bridge;
};

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* ---- matches ---- */

/* And no reference to a set of them. */
static bool is_name(const json_t *value)
{
    const char *text = json_string_value(value);

    return text != NULL && *text != '\0' && *text != '@';
}

/* A name, perhaps with a "*" at its end, that may be the bridge's; what is no name may. */
static bool may_be(const json_t *name, const char *bridge)
{
    if (!is_name(name))
        return true;
    const char *text = json_string_value(name);
    size_t length = strlen(text);
    return text[length - 1] == '*' ? strncmp(text, bridge, length - 1) == 0 : strcmp(text, bridge) == 0;
}

/* One value, or any of several. */
static bool may_hold(const json_t *right, bool (*may)(const json_t *value, const char *wanted),
                     const char *wanted)
{
    const json_t *values = json_is_object(right) ? json_object_get(right, "set") : right;

    if (!json_is_array(values))
        return may(right, wanted);
    for (size_t i = 0; i < json_array_size(values); i++)
        if (may(json_array_get(values, i), wanted))
            return true;
    return false;
}

static bool may_be_state(const json_t *state, const char *wanted)
{
    return !is_name(state) || strcmp(json_string_value(state), wanted) == 0;
}

static bool is_interface(const char *key)
{
    return strcmp(key, "iifname") == 0 || strcmp(key, "oifname") == 0 || strcmp(key, "iif") == 0 ||
           strcmp(key, "oif") == 0;
}

/* What the bridge forwards comes in and goes out by the bridge; a conversation begins with a new packet. */
static bool may_match(const json_t *match, const char *bridge)
{
    const json_t *left = json_object_get(match, "left"), *right = json_object_get(match, "right");
    const char *op = string_of(match, "op");
    bool is_same = strcmp(op, "==") == 0 || strcmp(op, "in") == 0, is_other = strcmp(op, "!=") == 0;

    if (is_interface(string_of(json_object_get(left, "meta"), "key")))
        return is_same ? may_hold(right, may_be, bridge)
                       : !is_other || !is_name(right) || !may_be(right, bridge);
    if (strcmp(string_of(json_object_get(left, "ct"), "key"), "state") == 0 && is_same)
        return may_hold(right, may_be_state, "new");
    return true;
}

/* ---- what only the text says ---- */

/* "related,established", and nothing else. */
static bool are_of_old(const char *states)
{
    static const char *const old[] = {"established", "related"};

    for (;; states++) {
        size_t length = strcspn(states, ", \n"), i = 0;
        while (i < 2 && (strlen(old[i]) != length || strncmp(states, old[i], length) != 0))
            i++;
        if (i == 2)
            return false;
        states += length;
        if (*states != ',')
            return true;
    }
}

/* Names and comments are in quotes. */
static bool wants_old(const char *rule, size_t length)
{
    static const char match[] = "ct state ";
    bool is_quoted = false;

    for (size_t i = 0; i < length; i++) {
        is_quoted ^= rule[i] == '"';
        if (!is_quoted && strncmp(rule + i, match, sizeof match - 1) == 0 &&
            are_of_old(rule + i + sizeof match - 1))
            return true;
    }
    return false;
}

/* The match "conntrack" of iptables-nft (xt_conntrack): a conversation begins with a new packet. */
static bool is_of_old_only(const struct ruleset *set, const json_t *rule)
{
    char *head = text_format("table %s %s {", string_of(rule, "family"), string_of(rule, "table"));
    const char *table = strstr(set->text, head), *end = table != NULL ? strstr(table, "\n}") : NULL;
    uint64_t handle = (uint64_t)json_integer_value(json_object_get(rule, "handle"));
    size_t length;
    const char *text = end != NULL ? rule_trace_find(table, handle, &length) : NULL;

    free(head);
    return text != NULL && text < end && wants_old(text, length);
}

/* ---- rules ---- */

static bool may_accept_in(const struct ruleset *set, const json_t *chain, const char *name, unsigned depth);

/* What nftables has no words for, of rules that iptables-nft made: a match never accepts, nor do these
 * targets. */
static bool is_harmless_xt(const json_t *xt)
{
    static const char *const targets[] = {"LOG", "NFLOG", "REJECT", "TCPMSS"};

    if (strcmp(string_of(xt, "type"), "match") == 0)
        return true;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (strcmp(string_of(xt, "name"), targets[i]) == 0)
            return strcmp(string_of(xt, "type"), "target") == 0;
    return false;
}

/* One statement of a rule that may match. */
static bool may_accept_by(const struct ruleset *set, const json_t *chain, const json_t *statement,
                          unsigned depth)
{
    static const char *const harmless[] = {"match", "counter", "log",    "limit",   "quota",
                                           "drop",  "reject",  "return", "continue"};
    const json_t *jump = json_object_get(statement, "jump");

    if (jump == NULL)
        jump = json_object_get(statement, "goto");
    if (jump != NULL)
        return may_accept_in(set, chain, string_of(jump, "target"), depth + 1);
    if (is_harmless_xt(json_object_get(statement, "xt")))
        return false;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (json_object_get(statement, harmless[i]) != NULL)
            return false;
    return true;
}

static bool may_accept(const struct ruleset *set, const json_t *rule, unsigned depth)
{
    const json_t *statements = json_object_get(rule, "expr");
    size_t count = json_array_size(statements);
    bool has_xt = false;

    for (size_t i = 0; i < count; i++) {
        const json_t *statement = json_array_get(statements, i), *match = json_object_get(statement, "match");
        if (match != NULL && !may_match(match, set->bridge))
            return false;
        has_xt |= json_object_get(statement, "xt") != NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (may_accept_by(set, rule, json_array_get(statements, i), depth))
            return !has_xt || !is_of_old_only(set, rule);
    return false;
}

static bool is_of_table(const json_t *a, const json_t *b)
{
    return strcmp(string_of(a, "family"), string_of(b, "family")) == 0 &&
           strcmp(string_of(a, "table"), string_of(b, "table")) == 0;
}

/* `beside` is a chain or rule of the same table. */
static bool may_accept_in(const struct ruleset *set, const json_t *beside, const char *name, unsigned depth)
{
    if (depth > JUMPS_MAX)
        return true;
    for (size_t i = 0; i < json_array_size(set->items); i++) {
        const json_t *rule = json_object_get(json_array_get(set->items, i), "rule");
        if (rule != NULL && is_of_table(rule, beside) && strcmp(string_of(rule, "chain"), name) == 0 &&
            may_accept(set, rule, depth))
            return true;
    }
    return false;
}

/* ---- chains ---- */

static bool drops_by_policy(const json_t *chain, enum ip_family family)
{
    const char *of = string_of(chain, "family");
    bool is_for = strcmp(of, "inet") == 0 || strcmp(of, family == IP_V4 ? "ip" : "ip6") == 0;

    return is_for && strcmp(string_of(chain, "hook"), "forward") == 0 &&
           strcmp(string_of(chain, "policy"), "drop") == 0;
}

bool forwarding_is_dropped(const char *ruleset, const char *text, const char *bridge, enum ip_family family,
                           char **ret_chain)
{
    json_t *document = json_loads(ruleset, 0, NULL);
    const struct ruleset set = {json_object_get(document, "nftables"), text, bridge};
    bool is_dropped = false;

    for (size_t i = 0; i < json_array_size(set.items) && !is_dropped; i++) {
        const json_t *chain = json_object_get(json_array_get(set.items, i), "chain");
        is_dropped = chain != NULL && drops_by_policy(chain, family) &&
                     !may_accept_in(&set, chain, string_of(chain, "name"), 0);
        if (is_dropped)
            *ret_chain = text_format("%s %s %s", string_of(chain, "family"), string_of(chain, "table"),
                                     string_of(chain, "name"));
    }
    json_decref(document);
    return is_dropped;
}

bool forwarding_needs_text(const char *ruleset)
{
    return strstr(ruleset, "\"xt\"") != NULL;
}
