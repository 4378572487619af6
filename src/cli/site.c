/* Defaults of a site, from a file: a line is the long name of an option, and behind it what it takes. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row *row_named(const char *name)
{
    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
        if ((row->commands & FOR_SITE) != 0 && strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* Without a comment, and blanks at either end. */
static char *strip(char *text)
{
    text[strcspn(text, "#\n")] = '\0';
    while (isspace((unsigned char)*text))
        text++;
    for (size_t length = strlen(text); length > 0 && isspace((unsigned char)text[length - 1]);)
        text[--length] = '\0';
    return text;
}

/* Why a line is none, NULL if it is fine. The option may keep its argument. */
static char *take_line(struct command_line *line, char *text)
{
    static const char blanks[] = " \t=";
    size_t length = strcspn(text, blanks);
    char *argument = text[length] != '\0' ? text + length + 1 + strspn(text + length + 1, blanks) : NULL;
    const char *wanted;

    text[length] = '\0';
    const struct option_row *row = row_named(text);
    if (row == NULL)
        return text_format("\"%s\" is no option that a file can set", text);
    if (row->argument == NULL && argument != NULL)
        return text_format("%s takes no argument", text);
    if (row->argument != NULL && argument == NULL)
        return text_format("%s needs an argument, %s", text, row->argument);
    if ((wanted = row->take(line, argument)) != NULL)
        return text_format("%s takes %s, not \"%s\"", text, wanted, argument != NULL ? argument : "");
    text_list_addf(&line->site, "%s%s%s", text, argument != NULL ? " " : "",
                   argument != NULL ? argument : "");
    return NULL;
}

static char *take_file(struct command_line *line, FILE *file, const char *path)
{
    char *text = NULL, *reason = NULL;
    size_t size = 0;

    for (unsigned number = 1; reason == NULL && getline(&text, &size, file) >= 0; number++) {
        char *kept = text_format("%s", strip(text));
        char *why_not = *kept != '\0' ? take_line(line, kept) : NULL;
        text_list_add(&line->site_words, kept);
        if (why_not != NULL)
            reason = text_format("%s:%u: %s", path, number, why_not);
        free(why_not);
    }
    if (reason == NULL && ferror(file))
        reason = text_format("%s: %s", path, strerror(errno));
    free(text);
    return reason;
}

char *site_read(const char *path, struct command_line *line)
{
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return errno == ENOENT ? NULL : text_format("%s: %s", path, strerror(errno));
    char *reason = take_file(line, file, path);
    fclose(file);
    return reason;
}

void site_tell(const char *path, struct command_line *line)
{
    if (line->site.count == 0)
        return;
    char *defaults = text_list_join(&line->site);
    complain("defaults by %s: %s", path, defaults);
    free(defaults);
}

void site_forget(struct command_line *line)
{
    text_list_free(&line->site);
    text_list_free(&line->site_words);
}
