/* What the program says of itself: help and version. */
#include "cli.h"
#include "libvirt_domain.h"
#include "page.h"
#include "tap_list.h"
#include "tracer.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_INDENT = 2 };

/* Two columns: a label, and what it means. */
static void print_entry(struct page *page, const char *label, size_t width, const char *text)
{
    page_put(page, INK_PLAIN, "", LABEL_INDENT);
    page_put(page, INK_PLAIN, label, width);
    page_flow(page, LABEL_INDENT + width, INK_PLAIN, text);
    page_end_line(page);
}

static void print_text(struct page *page, const char *text)
{
    page_end_line(page);
    page_flow(page, 0, INK_PLAIN, text);
    page_end_line(page);
}

/* "Usage: vmnetcheck …", and below it the other forms. */
static void print_usage(struct page *page, const char *forms, const char *label)
{
    for (const char *form = forms; *form != '\0'; label = "       vmnetcheck ") {
        size_t length = strcspn(form, "\n");
        fprintf(page->out, "%s%.*s\n", label, (int)length, form);
        form += length + (form[length] == '\n');
    }
}

static void print_options(struct page *page, const struct command *command)
{
    enum { WIDTH = 22 };

    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
        if (row->commands & command->bit) {
            char *label = option_label(row);
            print_entry(page, label, WIDTH, row->help);
            free(label);
        }
}

static void print_formats(struct page *page, const struct command *command)
{
    enum { WIDTH = 12 };

    if (command->subject == SUBJECT_NONE)
        return;
    print_text(page, "Formats:");
    for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++)
        if (format_shows(REPORT_FORMATS[i], command->subject))
            print_entry(page, REPORT_FORMATS[i]->name, WIDTH, REPORT_FORMATS[i]->about);
}

static void print_columns(struct page *page, const struct command *command)
{
    if (command->subject != SUBJECT_TAPS)
        return;
    char *names = tap_list_columns(), *text = text_format("Columns: %s.", names);
    print_text(page, text);
    free(names);
    free(text);
}

static void print_exit_statuses(struct page *page, const struct command *command)
{
    if (command->subject == SUBJECT_REPORT)
        print_text(page, "Exit status: 0 healthy, 1 warnings only, 2 layer-3 fault, 3 layer-2 fault, "
                         "4 host-side fault, 5 could not tell, 64 usage error, 71 operating-system error, "
                         "77 no permission.");
}

static void print_command_help(struct page *page, const struct command *command)
{
    print_usage(page, command->usage, "Usage: vmnetcheck ");
    print_text(page, command->about);
    if (command->subject != SUBJECT_NONE)
        print_text(page, "Options:");
    print_options(page, command);
    print_formats(page, command);
    print_columns(page, command);
    print_exit_statuses(page, command);
}

static void print_general_help(struct page *page, const struct command *commands)
{
    enum { WIDTH = 10 };

    print_usage(page, commands->usage, "Usage: vmnetcheck ");
    print_usage(page, "COMMAND [OPTION]... [OPERAND]...", "       vmnetcheck ");
    print_text(page, "Tells which layer broke a VM's network, proves it with packets, and names the fix.");
    print_text(page, "Commands:");
    for (const struct command *command = commands; command->name != NULL; command++)
        print_entry(page, command->name, WIDTH, command->summary);
    print_text(page, "Options of check (of the others: vmnetcheck help COMMAND):");
    print_options(page, commands);
    print_formats(page, commands);
    print_exit_statuses(page, commands);
    print_text(page, "See vmnetcheck(8) and vmnetcheck-findings(7).");
}

static int refuse_command(const struct command *commands, const char *word)
{
    const char *suggested = command_suggest(commands, word);

    return suggested != NULL ? usage_error("there is no command \"%s\"; did you mean %s?", word, suggested)
                             : usage_error("there is no command \"%s\"", word);
}

int command_help(struct command_line *line)
{
    size_t width = line->style.width;
    struct page page = {.out = output_draft(line),
                        .width = width > 0 && width < PAGE_WIDTH ? width : PAGE_WIDTH};
    const struct command *command = NULL;

    if (line->operand_count > 1)
        return usage_error("help takes one command, or none");
    if (line->operand_count == 1) {
        command = command_named(line->commands, line->operands[0]);
        if (command == NULL)
            return refuse_command(line->commands, line->operands[0]);
    }
    if (command != NULL)
        print_command_help(&page, command);
    else
        print_general_help(&page, line->commands);
    return output_end(line);
}

/* What a build may lack, one line for those that it has and one for the others. */
static void print_parts(FILE *out, bool built_in)
{
    const struct {
        const char *name;
        bool is_built_in;
    } parts[] = {{"libvirt", libvirt_is_built_in()},
                 {"nftables", tracer_knows_rules()},
                 {"BPF", tracer_knows_drops()}};
    const char *before = built_in ? "built with" : "built without";

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].is_built_in == built_in) {
            fprintf(out, "%s %s", before, parts[i].name);
            before = ",";
        }
    if (*before == ',')
        fputc('\n', out);
}

int command_version(struct command_line *line)
{
    if (line->operand_count > 0)
        return usage_error("version takes no operand");
    FILE *out = output_draft(line);
    fprintf(out, "vmnetcheck %s\n", VERSION_TEXT);
    print_parts(out, true);
    print_parts(out, false);
    return output_end(line);
}
