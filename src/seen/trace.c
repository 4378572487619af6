/* What the kernel said of a drop, in words. */
#include "trace.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

char *trace_drop_text(const struct kernel_drop *drop)
{
    return text_format("%s in %s", drop->reason, drop->place);
}

static char *chain_text(const struct kernel_rule *rule)
{
    char *table = text_escape(rule->table, strlen(rule->table));
    char *chain = text_escape(rule->chain, strlen(rule->chain));
    char *text = text_format("%s %s %s", rule->family, table, chain);

    free(table);
    free(chain);
    return text;
}

char *trace_rule_text(const struct kernel_rule *rule)
{
    char *chain = chain_text(rule), *match = text_escape(rule->text, strlen(rule->text));
    char *text = rule->is_policy ? text_format("the policy of %s", chain)
                                 : text_format("%s handle %llu%s%s", chain, (unsigned long long)rule->handle,
                                               *match != '\0' ? ": " : "", match);

    free(chain);
    free(match);
    return text;
}

char *trace_rule_fix(const struct kernel_rule *rule)
{
    if (!text_is_plain(rule->table) || !text_is_plain(rule->chain))
        return NULL;
    char *chain = chain_text(rule);
    char *text = rule->is_policy
                     ? text_format("nft 'chain %s { policy accept; }'", chain)
                     : text_format("nft delete rule %s handle %llu", chain, (unsigned long long)rule->handle);

    free(chain);
    return text;
}
