#include "cli.h"

#include <string.h>

int command_explain(struct command_line *line)
{
    const struct finding_row *row = NULL;

    if (line->operand_count > 1)
        return usage_error("explain takes one finding, or none for all");
    if (line->operand_count == 1) {
        row = finding_named(line->operands[0]);
        if (row == NULL)
            return usage_error("there is no finding \"%s\"; all of them: vmnetcheck explain",
                               line->operands[0]);
    }
    if (strcmp(line->format->name, "json") == 0)
        explain_json(stdout, row);
    else
        explain_text(stdout, row, &line->style);
    return fflush(stdout) == 0 ? EXIT_HEALTHY : EXIT_OS;
}
