/* The command line: one table of options, one of commands. */
#ifndef VMNETCHECK_CLI_H
#define VMNETCHECK_CLI_H

#include "netns.h"
#include "options.h"
#include "run.h"

/* Bits of struct option_row.commands and of what a command takes. */
enum {
    FOR_CHECK = 1,
    FOR_EXPLAIN = 2,
    FOR_READ = 4,
    FOR_LINT = 8,
    FOR_LIST = 16,
    FOR_HELP = 32,
    FOR_VERSION = 64,
    FOR_MERGE = 128,
    FOR_SITE = 256, /* may be set in a file, for all */
    FOR_WATCH = 512,
};

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct rights;

struct command;

struct command_line {
    const struct command *commands; /* all that there are, for help */
    struct check_options check;
    const struct rights *rights; /* to do what this process cannot */
    struct host_identity host; /* as it was read ahead; its name is NULL if it was not, or is in the report */
    struct facts_cache *facts; /* of this host; NULL: the command needs none */
    uint64_t every_us;         /* --every */
    const char *vm;            /* --vm: its name; NULL: not given */
    const char *xml;           /* --xml: a file, or "-"; NULL: not given */
    bool no_libvirt;           /* its daemon is not to be asked */
    long pid;                  /* --pid; 0: not given */
    bool all;                  /* --all */
    bool all_netns;            /* --all-netns; all as well, then */
    const char *netns;         /* --netns; NULL: not given */
    struct netns_list spaces;  /* network namespaces that are looked into */
    struct text_list no_spaces; /* why others are not, that were meant as well */
    const char *pcap;           /* where to keep the frames; NULL: nowhere */
    long pcap_limit_mib;        /* as large as that may become */
    enum verdict_status fail_on;
    const char *format_name;
    const struct report_format *format; /* of that name, which the command has */
    const char *output;                 /* where to write; NULL: to standard output */
    FILE *out;                          /* that is written to */
    FILE *draft;                        /* in memory, and what it says; see output_draft() */
    char *text;
    size_t text_length, text_room;
    char *temporary; /* what its file is called until it is complete; NULL: it is none */
    bool quiet;
    bool verbose;
    const char *columns; /* -o; NULL: not given */
    bool raw, no_headings;
    enum color_when color;
    struct report_style style; /* that comes of these, and of the terminal */
    enum { SHOW_NOTHING, SHOW_HELP, SHOW_VERSION } show;
    char **operands; /* without the command; from argv */
    size_t operand_count;
    struct text_list site;       /* "timeout 2": what a file has set */
    struct text_list site_words; /* what its options took */
    uint64_t given;              /* rows of OPTION_ROWS, one bit each: the options that were given */
};

struct command {
    const char *name;
    unsigned bit;
    enum report_subject subject; /* of what it prints; its formats are those that show that */
    const char *usage;           /* without the program's name; one form a line */
    const char *summary;         /* beside its name */
    const char *about;           /* a paragraph of its help */
    const char *operands; /* what they are, as of an option's values, or "@commands"; NULL: there are none */
    int (*run)(struct command_line *line);
};

extern const struct command COMMANDS[]; /* the first is the default; ends with a row without a name */

/* NULL if the table has none of that name. */
const struct command *command_named(const struct command *table, const char *name);
/* The name that the word could be meant to be, NULL if it is nearly none. */
const char *command_suggest(const struct command *table, const char *word);

int command_check(struct command_line *line);
int command_explain(struct command_line *line);
int command_read(struct command_line *line);
int command_lint(struct command_line *line);
int command_merge(struct command_line *line);
int command_watch(struct command_line *line);
int command_list(struct command_line *line);
int command_help(struct command_line *line);
int command_version(struct command_line *line);

/* The interfaces that are to be checked, each once. Zero-initialised but for the options and the facts, which
 * are borrowed. */
struct selection {
    const struct check_options *options;
    struct facts_cache *facts;
    struct target *targets;
    size_t count;
    void *by_name;
};

/* The target of this name in the network namespace of this number, a new one if there is none yet; good until
 * the next one is added. */
struct target *selection_add(struct selection *selection, int netns, const char *name);
void selection_free(struct selection *selection);

struct vms;

/* What is to be checked, by operands (TAP [ADDRESS]...) or by --vm, --pid, --xml, --all. 0, or EXIT_USAGE
 * after having said why on stderr, or another status: the report then says why. */
int targets_select(struct command_line *line, struct vms *vms, struct selection *selection,
                   struct report *report);
/* The first of these ways. 0 or EXIT_USAGE. */
int operands_select(const struct command_line *line, struct selection *selection);
/* By --xml. 0, or a status with the reason in *ret_failure, which the caller frees. */
int domain_xml_select(const struct command_line *line, struct selection *selection, char **ret_failure);

/* Reads an address. An IPv6 address may be written with the zone that it is in anyway (RFC 4007 11):
 * "fe80::1%tap0". */
bool operand_parse_address(const char *operand, const char *interface, struct ip_addr *ret);
/* Says why what should be an address is none, and what seems to be meant. EXIT_USAGE. */
int operand_refuse_address(const char *operand);
/* Adds an address that the user wrote as `operand`, once. 0 or
 * EXIT_USAGE. */
int operand_add_address(struct target *target, struct ip_addr address, const char *operand,
                        const struct check_options *options);
struct holder;

/* Opens the network namespaces that are meant, and enters the first of them. 0, or an exit status and why in
 * *ret_failure (owned by the caller). */
int namespaces_enter(struct command_line *line, char **ret_failure);
/* The number of the one that the holder's taps are in, or where he lives if he has none; tap: of one of them,
 * NULL: of the first. It becomes one of those that are looked into. -errno if it cannot. */
int namespaces_find(struct command_line *line, const struct holder *holder, const struct held_tap *tap);
/* Finds all that processes have taps in. Those that cannot be looked into are in line->no_spaces. */
void namespaces_find_all(struct command_line *line, struct vms *vms);
/* What a failure to find one is: an exit status, and why in *ret_failure (owned by the caller). */
int namespaces_refuse(const char *name, int error, char **ret_failure);
/* Runs a command apart from the rights that it takes. The exit status. */
int apart_run(const struct command *command, struct command_line *line);
/* Which host this is, as it was read ahead, or is read now. The caller frees it. */
struct host_identity output_take_identity(struct command_line *line);
/* An empty report of what begins now, on this host. */
struct report output_begin_report(struct command_line *line, const char *command);
/* Prints the report as the command line wants it, why the run failed (if it did) on stderr, and returns the
 * exit status. */
int output_report(struct command_line *line, struct report *report);

/* Where a site has its defaults. */
#define SITE_FILE "/etc/vmnetcheck.conf"

/* Takes argv apart, after the file with the site's defaults (NULL: there is none). 0, or EXIT_USAGE. The
 * command is the first operand if it names one. */
int command_line_parse(int argc, char **argv, const char *site, struct command_line *ret,
                       const struct command **ret_command);
/* Takes options from a file, if there is one. Why not, which the caller frees; NULL if all is fine. */
char *site_read(const char *path, struct command_line *line);
/* Says on stderr what was taken from it. */
void site_tell(const char *path, struct command_line *line);
/* What the options took is gone, then. */
void site_forget(struct command_line *line);

/* Which of several words one was probably meant to be: the nearest of those that are nearly the same. Zero
 * but for the word. */
struct suggestion {
    const char *word;
    const char *best; /* NULL: none is near */
    size_t distance;
};

void suggestion_offer(struct suggestion *suggestion, const char *candidate);

/* Says something on stderr, in a line of its own that cannot drive the terminal, whatever is quoted in it. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Keeps in mind what is wrong, if nothing was before; returns EXIT_USAGE, with which the program is to
 * end. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* At the end: says on stderr what was wrong, and how to get help. The exit status of the format that was
 * asked for, mostly EXIT_USAGE. */
int usage_end(const char *format_name);

/* Opens a file to read it, "-" is standard input. NULL with errno set. */
FILE *input_open(const struct command_line *line, const char *name);
/* Reads all of it, of 16 MiB at most; the caller frees it. NULL, with the reason in *ret_failure. */
char *input_read(const struct command_line *line, const char *name, size_t *ret_size, char **ret_failure);

/* Takes the places of the standard descriptors that are missing, lest a file or a socket that is opened later
 * is read and written as one. Reading there fails, and writing, as it did before; and so does writing to a
 * pipe that nobody reads any more, instead of a signal. False if that cannot be. */
bool output_take_places(void);
/* Opens what is written to: standard output, or a file that takes its name when all of it is there. 0, or
 * EXIT_OS after having said why on stderr. */
int output_open(struct command_line *line);
/* Where what there is to say is to be said: in memory, so that who ends before it is whole has said
 * nothing. */
FILE *output_draft(struct command_line *line);
/* Writes that. 0, or EXIT_OS after having said why on stderr. */
int output_end(struct command_line *line);
/* All is said, and this is the exit status: what goes wrong from here on does not matter. */
void output_said(const struct command_line *line, int status);
/* Gives the file its name. 0 or -errno. */
int output_keep(struct command_line *line);
/* What was written so far is taken back, as far as it is a file. */
void output_begin_anew(struct command_line *line);
/* What was written and not ended is taken back. */
void output_close(struct command_line *line);

/* How to write to standard output, as it and the environment have it. */
struct report_style terminal_style(const struct command_line *line);
/* Columns, from the terminal, or else from COLUMNS; 0: nobody says how many. */
size_t terminal_width(int descriptor);
bool terminal_is_dumb(void);

/* What to hand to run_check: NULL unless standard error is a terminal and something may be said. The
 * selection has to last until progress_end(). */
run_progress *progress_for(const struct command_line *line, const struct selection *selection);
/* Takes the line away, if there is one. */
void progress_end(void);

/* One option: what parsing and --help are made of. */
struct option_row {
    char letter; /* 0: has none */
    const char *name;
    const char *argument; /* as --help shows it, NULL if it takes none */
    const char *help;
    unsigned commands;
    /* Takes the argument (NULL if there is none) and returns what the option takes, for the error message;
     * NULL if fine. */
    const char *(*take)(struct command_line *line, const char *argument);
    const char
        *values; /* words that it takes, or "@files", "@taps", "@vms", "@spaces", "@findings", "@formats",
                    "@columns", for completion; NULL: anything */
};

extern const struct option_row OPTION_ROWS[]; /* ends with a row without a name or letter */

/* "-c, --count N", aligned so that options without a letter stand below those with one. The caller frees
 * it. */
char *option_label(const struct option_row *row);

#endif
