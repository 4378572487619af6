/* The part of the shell's language that start scripts are made of: words, quotes, expansions, variables. */
#ifndef VMNETCHECK_SHELL_H
#define VMNETCHECK_SHELL_H

#include "vm.h"

#include <stdbool.h>
#include <stddef.h>

/* From this offset on, the text was written in that line. */
struct shell_mark {
    size_t offset;
    unsigned line;
};

struct shell_words;

struct shell_word {
    char *text; /* quotes removed, variables replaced */
    size_t length, capacity;
    struct shell_mark *marks; /* one at least */
    size_t mark_count;
    bool unresolved;           /* has a part that stands as written because its value is not known */
    bool quoted;               /* some part was in quotes: no reserved word */
    bool assignment;           /* NAME=… or NAME+=… where the shell takes it as such */
    struct shell_words *array; /* of NAME=(…) */
};

/* More words than any command has, and more than all variables have together. */
enum { SHELL_WORDS_MAX = 1 << 16, SHELL_VARIABLES_MAX = 1 << 16 };

struct shell_words {
    struct shell_word *items;
    size_t count;
    bool more; /* than SHELL_WORDS_MAX: the rest is left out */
};

/* Where in the script something is: which blocks are around it. */
struct shell_place {
    size_t depth;    /* index of the innermost block */
    unsigned serial; /* of that block */
    unsigned loops, functions, epoch;
};

struct shell_variable {
    char *name;
    struct shell_words value; /* one word, unless array */
    bool array;
    bool assigned, known; /* in this pass */
    struct shell_place place;
    unsigned assignments; /* in the first pass */
    bool in_loop;         /* assigned in a loop, in the first pass */
    bool has_only;        /* assigned once, outside of all blocks: */
    struct shell_words only;
};

enum shell_truth { SHELL_UNSURE, SHELL_TRUE, SHELL_FALSE };

/* What a test said. It may hold only if a variable which the script never sets is not in the environment
 * either. */
struct shell_test {
    enum shell_truth result;
    char *assumed; /* the name of that variable, or NULL */
    bool selects;  /* compares what is not known with something: it picks a turn, or a call */
};

struct shell_block {
    char kind; /* 'i'f, 'l'oop, 'c'ase, '{', '(', 'f'unction, '&'& or || chain, 0 for the whole script */
    unsigned id, serial, loops, functions; /* the serial is another one in each branch */
    bool condition;                        /* between `if` and `then`; in a case, where a pattern stands */
    bool many;                             /* a loop that is meant to run more than once … */
    bool one_by_one;                       /* … but waits in each turn, or ends there */
    bool inverted;                         /* the condition has a ! */
    bool after_start;                      /* runs where a VM was started right before */
    size_t first_vm, first_call;           /* of those that are started in it */
    char *function;                        /* the name of a function, or NULL */
    struct shell_test guard;
};

/* A function that starts VMs, and the calls of such. */
struct shell_function {
    char *name;
    size_t first_vm, end_vm; /* of the list */
};

struct shell_call {
    size_t function;
    bool background, many; /* many: in a loop */
};

/* More than any script has; what is behind them is not looked at. */
enum { SHELL_FUNCTIONS_MAX = 32, SHELL_CALLS_MAX = 1024 };

enum { SHELL_DEPTH = 200, SHELL_NESTING = 16, SHELL_ALLOWANCE = 8 << 20 /* more than any script means */ };

struct shell {
    const char *text;
    size_t size, position;
    unsigned line; /* counted; see shell_line() */
    const struct shell_word
        *word;   /* that this script is in another one; its lines are those of the word. Or NULL */
    size_t mark; /* of the word, the one that was looked up last */
    unsigned scripts_around; /* how many scripts have this one as a word */
    /* Reads a script from its first line to its last: text, size, list and allowance are set. Adds the VMs to
     * the list, and frees all but the shell. */
    void (*parse)(struct shell *shell);
    int pass;                 /* 1: find out which variables are set once; 2: find the commands */
    struct shell_words words; /* of the command that is being read */
    struct text_list heredocs;
    void *variable_tree;
    struct shell_variable **variables;
    size_t variable_count;
    size_t kept_words; /* in values */
    struct shell_block blocks[SHELL_DEPTH + 1];
    size_t depth;
    size_t lost_depth; /* blocks too deep to keep */
    unsigned serial;
    unsigned epoch;   /* counts what may have changed any variable: `. file`, eval */
    size_t allowance; /* of bytes of expansions in each pass: a short text may mean a very long one */
    size_t budget;    /* that are left */
    int nesting;
    struct shell_test last_test;
    char *assumed; /* by an expansion in the test that is being read */
    bool assumed_several;
    char *function_next; /* the next { belongs to this function, or NULL */
    struct shell_function functions[SHELL_FUNCTIONS_MAX];
    size_t function_count;
    struct shell_call calls[SHELL_CALLS_MAX];
    size_t call_count;
    bool negated;      /* `! command` */
    bool chain_open;   /* && or || was the last token */
    bool block_closed; /* the end of a block was; it starts the VMs from closed_first_vm on */
    size_t closed_first_vm, closed_first_call;
    struct vm_list *list;
};

/* shell_text.c */

/* The byte so many behind the position, or -1. */
int shell_peek(const struct shell *shell, size_t ahead);
int shell_take(struct shell *shell);      /* the byte at the position, or -1; moves on */
unsigned shell_line(struct shell *shell); /* of the position */
void shell_skip(struct shell *shell, size_t count);
bool shell_is_continuation(const struct shell *shell); /* backslash and newline */
void shell_skip_blanks(struct shell *shell);           /* with continuations */
void shell_skip_line(struct shell *shell);             /* up to, without, the newline */
/* From `open` to its `close`, both included; quotes hide both. */
void shell_skip_nested(struct shell *shell, int open, int close);
bool shell_is_name(const char *text, size_t length);
bool shell_is_one_of(const char *text, const char *const *list); /* the list ends with NULL */
void shell_word_add(struct shell_word *word, char c, unsigned line);
/* Puts the text of one behind that of the other, with its lines. */
void shell_word_append(struct shell_word *to, const struct shell_word *from);
/* Takes the word. */
void shell_words_push(struct shell_words *words, struct shell_word word);
void shell_words_clear(struct shell_words *words);
void shell_words_free(struct shell_words *words);

/* script.c */

/* A shell whose commands add VMs to the list, and that reads the scripts which are words of it. To be freed
 * by free(), after shell_variables_free() unless it parsed. */
struct shell *shell_new(struct vm_list *list);

/* shell_commands.c */

void shell_run(struct shell *shell, struct shell_word *words, size_t count);

/* shell_words.c */

/* Reads one word at the position, which is no blank, operator or comment. It may become none or several. */
void shell_read_word(struct shell *shell, struct shell_words *words);

/* shell_blocks.c */

struct shell_block *shell_top(struct shell *shell);
void shell_push_block(struct shell *shell, char kind);
void shell_pop_block(struct shell *shell);
/* What comes next is the body of that function. */
void shell_begin_function(struct shell *shell, const char *name);
/* A { or (, which is the body of a function if one was begun. */
void shell_open_body(struct shell *shell, char kind);
/* Ends the innermost block if it is of one of the kinds. */
void shell_close_block(struct shell *shell, const char *kinds);
/* `a && b`, `a || b`: b runs only if a went so; whether a started a VM. */
void shell_chain(struct shell *shell, bool is_or, bool started);
void shell_end_chain(struct shell *shell);
/* The next branch of the block, which runs if the guard holds. Takes the guard. */
void shell_next_branch(struct shell *shell, struct shell_test guard);
void shell_clear_test(struct shell_test *test);
/* In `case … in`, where a pattern stands rather than a command. */
bool shell_at_pattern(const struct shell *shell);
/* Is the word that was just read a keyword (if, then, {, …)? Then it is done, and the words can be
 * cleared. */
bool shell_take_keyword(struct shell *shell);
/* Is the command the head of a block (for …, case … in, function …)? Then it is done. */
bool shell_take_header(struct shell *shell);

/* shell_repeats.c */

/* The innermost `if` or `case` around, or NULL. */
const struct shell_block *shell_choice(const struct shell *shell);
/* What a command says of how often the loop around it runs. */
void shell_look_at_loop(struct shell *shell, const struct shell_word *words, size_t count);
/* An `if` or `case` in the innermost loop or function around picks what is started here. */
bool shell_is_selected(const struct shell *shell);
/* If the command is a call of a function that starts VMs, notes it. */
void shell_note_call(struct shell *shell, const struct shell_word *command);
/* The block ends: a loop multiplies what it starts, a function is known. */
void shell_end_repeats(struct shell *shell, struct shell_block *block);
/* At the end of the script: what was called more than once is started more than once. Frees what was
 * noted. */
void shell_count_calls(struct shell *shell);

/* shell_variables.c */

enum shell_lookup { SHELL_KNOWN, SHELL_UNSET, SHELL_UNKNOWN };

/* UNSET: the script has not set it up to here, nor read anything that may have. */
enum shell_lookup shell_lookup(struct shell *shell, const char *name, const struct shell_words **ret,
                               bool *array);
/* Takes the words (it leaves *value empty). Honours the blocks around: see script.h. */
void shell_assign(struct shell *shell, const char *name, struct shell_words *value, bool array, bool append);
void shell_forget(struct shell *shell, const char *name); /* set to something unknown */
void shell_end_pass(struct shell *shell);
void shell_variables_free(struct shell *shell);

#endif
