/* Programs that run the program which their arguments name: sudo, nice, env, taskset, … */
#include "command.h"

#include "qemu_args.h"

#include <ctype.h>
#include <string.h>

/* A program that runs the program which its arguments name. */
struct wrapper {
    const char *name;
    unsigned operands;  /* words of its own before that program: `timeout 30 COMMAND` */
    const char *valued; /* letters of its options that take the next word; NULL: any may do so */
    bool detaches;
    bool takes_script; /* the command may be one word: `tmux new 'qemu …'` */
};

static const struct wrapper wrappers[] = {
    {.name = "sudo", .valued = "CDghpRrTtUu"},
    {.name = "doas", .valued = "Cu"},
    {.name = "pkexec"},
    {.name = "exec", .valued = "a"},
    {.name = "command", .valued = ""},
    {.name = "builtin", .valued = ""},
    {.name = "time", .valued = "fo"},
    {.name = "nohup", .valued = ""},
    {.name = "env", .valued = "uC"},
    {.name = "nice", .valued = "n"},
    {.name = "ionice", .valued = "cnpPu"},
    {.name = "chrt", .operands = 1, .valued = "TPD"},
    {.name = "taskset", .operands = 1, .valued = ""},
    {.name = "numactl", .valued = "ipPNCmwx"},
    {.name = "setsid", .valued = ""},
    {.name = "timeout", .operands = 1, .valued = "ks"},
    {.name = "stdbuf", .valued = "ioe"},
    {.name = "prlimit", .valued = "p"},
    {.name = "chroot", .operands = 1, .valued = ""},
    {.name = "unshare", .valued = "RSGw"},
    {.name = "nsenter", .valued = "tSGrw"},
    {.name = "ip", .operands = 3}, /* ip netns exec NAME */
    {.name = "runuser", .operands = 2, .valued = "ucgGsw", .takes_script = true},
    {.name = "su", .operands = 2, .valued = "cgGsw", .takes_script = true},
    {.name = "strace"},
    {.name = "ltrace"},
    {.name = "valgrind", .valued = ""},
    {.name = "perf", .operands = 1},
    {.name = "gdb"},
    {.name = "rlwrap"},
    {.name = "xvfb-run"},
    {.name = "setpriv"},
    {.name = "cgexec"},
    {.name = "chpst"},
    {.name = "softlimit"},
    {.name = "daemon", .detaches = true},
    {.name = "systemd-run", .detaches = true},
    {.name = "systemd-inhibit"},
    {.name = "screen", .valued = "cehpsStT", .detaches = true, .takes_script = true},
    {.name = "tmux", .operands = 1, .valued = "cefFLnsStxy", .detaches = true, .takes_script = true},
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static const struct wrapper *wrapper_named(const char *path)
{
    const char *name = name_of(path);

    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++)
        if (strcmp(name, wrappers[i].name) == 0)
            return &wrappers[i];
    return NULL;
}

/* NAME=value, as `env` and `sudo` take it. */
static bool is_assignment(const char *word)
{
    size_t length = strcspn(word, "=");

    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)word[i]) && word[i] != '_')
            return false;
    return length > 0 && word[length] == '=';
}

/* May the word behind this option be its value? */
static bool may_take_value(const struct wrapper *wrapper, const char *option)
{
    if (strchr(option, '=') != NULL || strcmp(option, "--") == 0)
        return false;
    if (wrapper->valued == NULL || option[1] == '-')
        return true;
    return strchr(wrapper->valued, option[strlen(option) - 1]) != NULL;
}

static bool is_shell(const char *path)
{
    static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(name_of(path), shells[i]) == 0)
            return true;
    return false;
}

/* sh -c SCRIPT, bash -ec SCRIPT: how far behind the shell the script is; 0 if there is none. */
static size_t find_script(const struct vm_word *words, size_t count)
{
    for (size_t i = 1; i + 1 < count && words[i].text[0] == '-'; i++)
        if (words[i].text[1] != '-' && strchr(words[i].text, 'c') != NULL)
            return i + 1;
    return 0;
}

/* Going over the words of one wrapper after another, up to what they run. */
struct look {
    const struct vm_word *words;
    size_t count, at;
    size_t last_network;           /* the last network option that only QEMU has, or 0 */
    const struct wrapper *wrapper; /* whose words these are; NULL: none yet */
    unsigned operands;             /* of its own that may still come */
    bool value;                    /* the word may be the value of the option before it */
    struct command_program found;
};

static bool find(struct look *look, enum command_kind kind, size_t first)
{
    look->found.kind = kind;
    look->found.first = first;
    return kind != COMMAND_OTHER;
}

/* Is it here, or nowhere? */
static bool is_settled(struct look *look)
{
    const struct vm_word *word = &look->words[look->at];
    size_t left = look->count - look->at, script;
    bool one_word = look->wrapper != NULL && look->wrapper->takes_script;

    if (one_word && word->text[0] != '-' && strchr(word->text, ' ') != NULL)
        return find(look, COMMAND_SCRIPT, look->at);
    if (qemu_is_program(word->text))
        return find(look, qemu_starts_vm(word, left) ? COMMAND_VM : COMMAND_OTHER, look->at) || true;
    if (word->unresolved && look->last_network > look->at)
        return find(look, COMMAND_VM, look->at);
    return is_shell(word->text) && (script = find_script(word, left)) > 0 &&
           find(look, COMMAND_SCRIPT, look->at + script);
}

static void enter(struct look *look, const struct wrapper *wrapper)
{
    look->wrapper = wrapper;
    look->operands = wrapper->operands;
    look->found.detached |= wrapper->detaches;
}

/* Is this a word before the command? Then the command may stand behind it. */
static bool passes(struct look *look)
{
    static const struct wrapper variable = {.valued = ""}; /* `$SUDO qemu …` */
    const struct vm_word *word = &look->words[look->at];
    const struct wrapper *wrapper = wrapper_named(word->text);
    bool value = look->value;

    look->value = false;
    if (word->text[0] == '-')
        look->value = look->wrapper != NULL && may_take_value(look->wrapper, word->text);
    else if (value || is_assignment(word->text))
        return true;
    else if (look->operands > 0)
        look->operands--;
    else if (wrapper != NULL || word->unresolved)
        enter(look, wrapper != NULL ? wrapper : &variable);
    else
        return false;
    return look->wrapper != NULL;
}

struct command_program command_look(const struct vm_word *words, size_t count)
{
    struct look look = {.words = words, .count = count, .last_network = qemu_last_network(words, count)};

    for (; look.at < count; look.at++)
        if (is_settled(&look) || !passes(&look))
            break;
    return look.found;
}
