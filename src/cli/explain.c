/* vmnetcheck explain: what findings mean. */
#include "cli.h"

#include <string.h>

static int refuse_finding(const char *word)
{
    struct suggestion suggestion = {.word = word};

    for (size_t i = 0; i < FINDING_COUNT; i++)
        suggestion_offer(&suggestion, FINDINGS[i].name);
    if (suggestion.best != NULL)
        return usage_error("there is no finding \"%s\"; did you mean %s?", word, suggestion.best);
    return usage_error("there is no finding \"%s\"; all of them: vmnetcheck explain", word);
}

/* Chooses the finding of this name or, if there is none, all that begin like it. */
static int choose(const char *word, bool chosen[FINDING_COUNT])
{
    const struct finding_row *row = finding_named(word);
    size_t found = 0;

    if (row != NULL) {
        chosen[row - FINDINGS] = true;
        return 0;
    }
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (strncasecmp(FINDINGS[i].name, word, strlen(word)) == 0) {
            chosen[i] = true;
            found++;
        }
    return found > 0 ? 0 : refuse_finding(word);
}

int command_explain(struct command_line *line)
{
    bool chosen[FINDING_COUNT] = {false};

    if (line->operand_count == 0)
        memset(chosen, true, sizeof chosen);
    for (size_t i = 0; i < line->operand_count; i++) {
        int status = choose(line->operands[i], chosen);
        if (status != 0)
            return status;
    }
    line->format->explain(output_draft(line), chosen, &line->style);
    return output_end(line);
}
