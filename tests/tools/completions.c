/* Prints the completion of a shell, made of the tables of commands, options, formats and findings; `make
 * completions` keeps them. What begins with '@' in the tables is a function of the shell. */
#include "cli.h"

#include "findings.h"
#include "tap_list.h"

#include <stdlib.h>
#include <string.h>

/* ---- what all shells want to know ---- */

static bool has(const struct command *command, const struct option_row *row)
{
    return (row->commands & command->bit) != 0;
}

/* "@formats" is known of a command, all else is known or is the shell's. */
static void print_words(const char *values, const struct command *command)
{
    if (strcmp(values, "@formats") == 0) {
        for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++)
            if (format_shows(REPORT_FORMATS[i], command->subject))
                printf("%s ", REPORT_FORMATS[i]->name);
    } else if (strcmp(values, "@commands") == 0) {
        for (const struct command *other = COMMANDS; other->name != NULL; other++)
            printf("%s ", other->name);
    } else if (strcmp(values, "@columns") == 0) {
        char *names = tap_list_columns();
        for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", "))
            printf("%s ", name);
        free(names);
    } else {
        printf("%s", values);
    }
}

static bool is_of_shell(const char *values)
{
    static const char *const names[] = {"@files", "@findings", "@spaces", "@taps", "@vms"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(values, names[i]) == 0)
            return true;
    return false;
}

static bool is_of_files(const char *values)
{
    return values != NULL && strcmp(values, "@files") == 0;
}

static void print_findings(void)
{
    for (size_t i = 0; i < FINDING_COUNT; i++)
        printf("%s ", FINDINGS[i].name);
}

/* Between single quotes; `others` are escaped by a backslash. */
static void print_quoted(const char *text, const char *quote, const char *others)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            printf("%s", quote);
        else
            printf("%s%c", strchr(others, *text) != NULL ? "\\" : "", *text);
    }
}

static void print_commands(void)
{
    print_words("@commands", NULL);
}

/* ---- bash ---- */

static void print_bash_option(const struct command *command, const struct option_row *row)
{
    const char *separator = row->letter != 0 && row->name != NULL ? "|" : "";

    if (row->argument == NULL || !has(command, row))
        return;
    printf("        ");
    if (row->letter != 0)
        printf("-%c%s", row->letter, separator);
    if (row->name != NULL)
        printf("--%s", row->name);
    printf(") ");
    if (row->values == NULL) {
        printf("return ;; # %s\n", row->argument);
    } else if (is_of_shell(row->values)) {
        printf("_vmnetcheck_%s \"$word\"; return ;;\n", row->values + 1);
    } else {
        printf("_vmnetcheck_words '");
        print_words(row->values, command);
        printf("' \"$word\"; return ;;\n");
    }
}

static void print_bash_command(const struct command *command)
{
    printf("_vmnetcheck_of_%s()\n{\n    local word=$1 before=$2\n    case $before in\n", command->name);
    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
        print_bash_option(command, row);
    printf("    esac\n    if [[ $word == -* ]]; then\n        _vmnetcheck_words '");
    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++) {
        if (has(command, row) && row->letter != 0)
            printf("-%c ", row->letter);
        if (has(command, row) && row->name != NULL)
            printf("--%s ", row->name);
    }
    printf("' \"$word\"\n");
    if (command->operands != NULL && is_of_shell(command->operands)) {
        printf("    else\n        _vmnetcheck_%s \"$word\"\n", command->operands + 1);
    } else if (command->operands != NULL) {
        printf("    else\n        _vmnetcheck_words '");
        print_words(command->operands, command);
        printf("' \"$word\"\n");
    }
    printf("    fi\n}\n\n");
}

static void print_bash(void)
{
    printf("# Completion of vmnetcheck for bash. Made of its tables by make completions.\n"
           "# shellcheck disable=all\n\n"
           "# Of several, separated by commas, the last one is completed.\n"
           "_vmnetcheck_words()\n{\n"
           "    local first=\n"
           "    [[ $2 != *,* ]] || first=${2%%,*},\n"
           "    COMPREPLY+=($(compgen -P \"$first\" -W \"$1\" -- \"${2##*,}\"))\n}\n\n"
           "_vmnetcheck_files()\n{\n    compopt -o default\n}\n\n"
           "_vmnetcheck_taps()\n{\n"
           "    _vmnetcheck_words \"$(vmnetcheck list --raw --noheadings --columns tap 2>/dev/null)\" "
           "\"$1\"\n}\n\n"
           "_vmnetcheck_vms()\n{\n"
           "    _vmnetcheck_words \"$(vmnetcheck list --raw --noheadings --columns vm 2>/dev/null)\" "
           "\"$1\"\n}\n\n"
           "_vmnetcheck_spaces()\n{\n"
           "    _vmnetcheck_words \"$(ip netns list 2>/dev/null | cut -d ' ' -f 1)\" \"$1\"\n}\n\n"
           "_vmnetcheck_findings()\n{\n    _vmnetcheck_words '");
    print_findings();
    printf("' \"$1\"\n}\n\n");
    for (const struct command *command = COMMANDS; command->name != NULL; command++)
        print_bash_command(command);
    printf("_vmnetcheck()\n{\n"
           "    local command=check named= i word=${COMP_WORDS[COMP_CWORD]} "
           "before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    COMPREPLY=()\n"
           "    for ((i = 1; i < COMP_CWORD && ${#named} == 0; i++)); do\n"
           "        case \" ");
    print_commands();
    printf("\" in\n"
           "            *\" ${COMP_WORDS[i]} \"*) command=${COMP_WORDS[i]} named=yes ;;\n"
           "        esac\n    done\n"
           "    [[ $word != = ]] || word=\n"
           "    [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    [[ -n $named || $before == -* || $word == -* ]] || _vmnetcheck_words '");
    print_commands();
    printf("' \"$word\"\n"
           "    _vmnetcheck_of_$command \"$word\" \"$before\"\n}\n\n"
           "complete -F _vmnetcheck vmnetcheck\n");
}

/* ---- zsh ---- */

static void print_zsh_values(const char *values, const struct command *command)
{
    if (values == NULL) {
        printf(": ");
    } else if (is_of_shell(values)) {
        printf(":%s%s", is_of_files(values) ? "_" : "_vmnetcheck_", values + 1);
    } else {
        printf(":_values -s , value ");
        print_words(values, command);
    }
}

/* '(-c --count)'{-c,--count}'[probes of each kind]:N:…' */
static void print_zsh_option(const struct command *command, const struct option_row *row)
{
    bool both = row->letter != 0 && row->name != NULL;

    if (!has(command, row))
        return;
    if (both)
        printf("            '(-%c --%s)'{-%c,--%s%s}'[", row->letter, row->name, row->letter, row->name,
               row->argument != NULL ? "=" : "");
    else if (row->name != NULL)
        printf("            '--%s%s[", row->name, row->argument != NULL ? "=" : "");
    else
        printf("            '-%c[", row->letter);
    print_quoted(row->help, "'\\''", "[]:");
    printf("]");
    if (row->argument != NULL) {
        printf(":%s", row->argument);
        print_zsh_values(row->values, command);
    }
    printf("' \\\n");
}

static void print_zsh(void)
{
    printf("#compdef vmnetcheck\n"
           "# Completion of vmnetcheck for zsh. Made of its tables by make completions.\n\n"
           "_vmnetcheck_taps()\n{\n    compadd -- $(_call_program taps vmnetcheck list --raw --noheadings "
           "--columns tap 2>/dev/null)\n}\n\n"
           "_vmnetcheck_vms()\n{\n    compadd -- $(_call_program vms vmnetcheck list --raw --noheadings "
           "--columns vm 2>/dev/null)\n}\n\n"
           "_vmnetcheck_spaces()\n{\n    compadd -- ${${(f)\"$(_call_program spaces ip netns list "
           "2>/dev/null)\"}%%%% *}\n}\n\n"
           "_vmnetcheck_findings()\n{\n    _values -s , finding ");
    print_findings();
    printf("\n}\n\n"
           "_vmnetcheck()\n{\n    local command=check named= word\n    local -a commands=(");
    print_commands();
    printf(")\n    for word in ${words[2,CURRENT-1]}; do\n"
           "        if (( ${commands[(Ie)$word]} )); then\n"
           "            command=$word named=yes\n            break\n        fi\n    done\n"
           "    [[ -n $named || $words[CURRENT] == -* || $words[CURRENT-1] == -* ]] || compadd -a commands\n"
           "    case $command in\n");
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        printf("    %s)\n        _arguments -s : \\\n", command->name);
        for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
            print_zsh_option(command, row);
        printf("            '*:operand");
        print_zsh_values(command->operands, command);
        printf("'\n        ;;\n");
    }
    printf("    esac\n}\n\n_vmnetcheck \"$@\"\n");
}

/* ---- fish ---- */

static void print_fish_values(const char *values, const struct command *command)
{
    if (values == NULL)
        return;
    if (is_of_files(values)) {
        printf(" -F");
        return;
    }
    if (is_of_shell(values)) {
        printf(" -a '(__vmnetcheck_%s)'", values + 1);
        return;
    }
    printf(" -a '");
    print_words(values, command);
    printf("'");
}

static void print_fish_option(const struct command *command, const struct option_row *row)
{
    if (!has(command, row))
        return;
    printf("complete -c vmnetcheck -n '__vmnetcheck_is %s'", command->name);
    if (row->letter != 0)
        printf(" -s %c", row->letter);
    if (row->name != NULL)
        printf(" -l %s", row->name);
    printf(" -d '");
    print_quoted(row->help, "\\'", "\\");
    printf("'");
    if (row->argument != NULL) {
        printf(is_of_files(row->values) ? " -r" : " -x");
        print_fish_values(row->values, command);
    }
    printf("\n");
}

static void print_fish(void)
{
    printf("# Completion of vmnetcheck for fish. Made of its tables by make completions.\n\n"
           "function __vmnetcheck_is\n"
           "    set -l command check\n"
           "    for word in (commandline -opc)[2..-1]\n"
           "        if contains -- $word ");
    print_commands();
    printf(
        "\n            set command $word\n            break\n        end\n    end\n"
        "    contains -- $command $argv\nend\n\n"
        "function __vmnetcheck_taps\n    vmnetcheck list --raw --noheadings --columns tap "
        "2>/dev/null\nend\n\n"
        "function __vmnetcheck_vms\n    vmnetcheck list --raw --noheadings --columns vm 2>/dev/null\nend\n\n"
        "function __vmnetcheck_spaces\n    ip netns list 2>/dev/null | string replace -r ' .*' ''\nend\n\n"
        "function __vmnetcheck_findings\n    string split ' ' -- '");
    print_findings();
    printf("'\nend\n\n"
           "complete -c vmnetcheck -f\n");
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        printf("complete -c vmnetcheck -n __fish_use_subcommand -a %s -d '", command->name);
        print_quoted(command->summary, "\\'", "\\");
        printf("'\n");
        if (command->operands != NULL) {
            printf("complete -c vmnetcheck -n '__vmnetcheck_is %s'", command->name);
            print_fish_values(command->operands, command);
            printf("\n");
        }
        for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
            print_fish_option(command, row);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

    for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(argv[1], shells[i].shell) != 0)
            continue;
        shells[i].print();
        return fflush(stdout) == 0 ? 0 : 1;
    }
    fprintf(stderr, "usage: completions bash|zsh|fish\n");
    return 64;
}
