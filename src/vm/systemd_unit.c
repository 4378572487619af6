/* The lines of a unit: sections, keys, continuations; and which of its commands start VMs. */
#include "systemd_unit.h"

#include "systemd_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

struct reader {
    const char *at, *end;
    unsigned line; /* of `at` */
};

struct piece {
    const char *text;
    size_t length;
};

/* The next line, without the blanks around it. False at the end. */
static bool next_piece(struct reader *reader, struct piece *ret)
{
    const char *from = reader->at, *newline = NULL;

    if (from < reader->end)
        newline = memchr(from, '\n', (size_t)(reader->end - from));
    else
        return false;
    const char *to = newline != NULL ? newline : reader->end;
    reader->at = newline != NULL ? newline + 1 : reader->end;
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    *ret = (struct piece){from, (size_t)(to - from)};
    return true;
}

/* The next entry: lines that end with a backslash go on in the next one that is no comment. False at the
 * end. */
static bool next_entry(struct reader *reader, struct shell_word *entry)
{
    struct piece piece;
    bool goes_on = false;

    entry->length = entry->mark_count = 0;
    while (next_piece(reader, &piece)) {
        unsigned line = reader->line++;
        bool comment = piece.length > 0 && (piece.text[0] == '#' || piece.text[0] == ';');
        if (comment || (piece.length == 0 && !goes_on && entry->length == 0))
            continue;
        goes_on = piece.length > 0 && piece.text[piece.length - 1] == '\\';
        for (size_t i = 0; i + goes_on < piece.length; i++)
            shell_word_add(entry, piece.text[i], line);
        if (!goes_on)
            return true;
        shell_word_add(entry, ' ', line);
    }
    return entry->length > 0;
}

static bool is_section(const struct shell_word *entry)
{
    if (entry->length < 3 || entry->text[0] != '[' || entry->text[entry->length - 1] != ']')
        return false;
    for (size_t i = 1; i + 1 < entry->length; i++)
        if (!isalnum((unsigned char)entry->text[i]) && entry->text[i] != '-')
            return false;
    return true;
}

/* Where the value begins if the entry is of this key; 0 if it is not. */
static size_t value_of_key(const struct shell_word *entry, const char *key)
{
    size_t at = strlen(key);

    if (entry->length <= at || strncmp(entry->text, key, at) != 0)
        return 0;
    at += strspn(entry->text + at, " \t");
    return entry->text[at] == '=' ? at + 1 : 0;
}

static bool is_empty(const struct shell_word *entry, size_t value)
{
    return entry->text[value + strspn(entry->text + value, " \t")] == '\0';
}

/* ---- variables ---- */

static void set_variable(struct shell *shell, struct shell_word *word)
{
    size_t length = strcspn(word->text, "=");
    struct shell_words value = {0};
    struct shell_word copy = {0};

    if (word->text[length] != '=' || !shell_is_name(word->text, length))
        return;
    char *name = text_format("%.*s", (int)length, word->text);
    shell_word_add(&copy, ' ', word->marks[0].line);
    copy.length = 0;
    copy.text[0] = '\0';
    for (size_t i = length + 1; i < word->length; i++)
        shell_word_add(&copy, word->text[i], word->marks[0].line);
    copy.unresolved = word->unresolved;
    shell_words_push(&value, copy);
    shell_assign(shell, name, &value, false, false);
    free(name);
}

static void read_environment(struct shell *shell, const struct shell_word *entry)
{
    struct shell_words words = {0};
    size_t value = value_of_key(entry, "Environment");

    if (value > 0)
        systemd_split(entry, value, &words);
    for (size_t i = 0; i < words.count; i++)
        set_variable(shell, &words.items[i]);
    shell_words_free(&words);
}

/* ---- commands ---- */

/* `@-:+!` before the program. Returns where it begins. */
static size_t skip_prefix(const struct shell_word *entry, size_t at, bool *own_name, bool *literal)
{
    for (at += strspn(entry->text + at, " \t");
         strchr("@-:+!|", entry->text[at]) != NULL && entry->text[at] != '\0'; at++) {
        *own_name |= entry->text[at] == '@';
        *literal |= entry->text[at] == ':';
    }
    return at;
}

/* One of the commands of an entry, which are parted by semicolons. */
static void run(struct shell *shell, const struct shell_word *words, size_t count, bool own_name,
                bool literal)
{
    struct shell_words expanded = {0};

    for (size_t i = 0; i < count; i++) {
        struct shell_word copy = {0};
        if (own_name && i == 1)
            continue; /* what the program is called */
        if (!literal && i > 0) {
            systemd_expand(shell, &words[i], &expanded);
            continue;
        }
        shell_word_append(&copy, &words[i]);
        if (copy.length > 0)
            shell_words_push(&expanded, copy);
    }
    if (expanded.count > 0)
        shell_run(shell, expanded.items, expanded.count);
    shell_words_free(&expanded);
}

static void run_all(struct shell *shell, const struct shell_word *entry, size_t value)
{
    bool own_name = false, literal = false;
    struct shell_words words = {0};
    size_t from = 0;

    systemd_split(entry, skip_prefix(entry, value, &own_name, &literal), &words);
    for (size_t i = 0; i <= words.count && words.count > 0; i++)
        if (i == words.count || (strcmp(words.items[i].text, ";") == 0 && !words.items[i].quoted)) {
            run(shell, words.items + from, i - from, own_name, literal);
            from = i + 1;
        }
    shell_words_free(&words);
}

static void read_command(struct shell *shell, const struct shell_word *entry, size_t first_vm)
{
    static const char *const keys[] = {"ExecStart", "ExecStartPre", "ExecStartPost"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t value = value_of_key(entry, keys[i]);
        if (value > 0 && i == 0 && is_empty(entry, value))
            vm_list_cut(shell->list, first_vm);
        else if (value > 0)
            run_all(shell, entry, value);
    }
}

/* ---- the unit ---- */

bool systemd_unit_probable(const char *text, size_t size)
{
    struct reader reader = {.at = text, .end = text + strnlen(text, size), .line = 1};
    struct shell_word entry = {0};
    bool section = next_entry(&reader, &entry) && is_section(&entry), command = false;

    while (section && !command && next_entry(&reader, &entry))
        command = strncmp(entry.text, "Exec", 4) == 0 || value_of_key(&entry, "EnvironmentFile") > 0;
    free(entry.text);
    free(entry.marks);
    return section && command;
}

void systemd_unit_parse(const char *text, size_t size, struct vm_list *list)
{
    struct shell *shell = shell_new(list);
    struct shell_word entry = {0};
    size_t first_vm = list->count;

    shell->pass = 2;
    struct reader variables = {.at = text, .end = text + strnlen(text, size), .line = 1},
                  commands = variables;
    while (next_entry(&variables, &entry)) {
        read_environment(shell, &entry);
        shell->epoch += value_of_key(&entry, "EnvironmentFile") > 0;
    }
    while (next_entry(&commands, &entry))
        read_command(shell, &entry, first_vm);
    shell_variables_free(shell);
    free(shell);
    free(entry.text);
    free(entry.marks);
}
