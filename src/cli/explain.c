/* vmnetcheck explain: what a finding means. */
#include "cli.h"

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
    line->format->explain(stdout, row, &line->style);
    return end_output();
}
