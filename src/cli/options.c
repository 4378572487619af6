/* The table of options. */
#include "cli.h"
#include "tap_list.h"
#include "wire.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool take_seconds(const char *argument, double minimum, double maximum, uint64_t *ret_us)
{
    char *end;
    double seconds;

    if (strspn(argument, "0123456789.") != strlen(argument)) /* no sign, no blanks, no exponent, no nan */
        return false;
    errno = 0;
    seconds = strtod(argument, &end);
    if (errno != 0 || end == argument || *end != '\0' || seconds < minimum || seconds > maximum)
        return false;
    *ret_us = (uint64_t)llround(seconds * 1e6);
    return true;
}

static bool take_integer(const char *argument, long minimum, long maximum, long *ret)
{
    char *end;

    if (strspn(argument, "0123456789") != strlen(argument))
        return false;
    errno = 0;
    long value = strtol(argument, &end, 10);
    if (errno != 0 || end == argument || value < minimum || value > maximum)
        return false;
    *ret = value;
    return true;
}

static const char *take_ipv4(struct command_line *line, const char *argument)
{
    (void)argument;
    line->check.ipv6 = false;
    return line->check.ipv4 ? NULL : "only one of -4 and -6";
}

static const char *take_ipv6(struct command_line *line, const char *argument)
{
    (void)argument;
    line->check.ipv4 = false;
    return line->check.ipv6 ? NULL : "only one of -4 and -6";
}

static const char *take_count(struct command_line *line, const char *argument)
{
    long count;

    if (!take_integer(argument, 1, 1000, &count))
        return "a number from 1 to 1000";
    line->check.count = (unsigned)count;
    return NULL;
}

static const char *take_interval(struct command_line *line, const char *argument)
{
    if (!take_seconds(argument, 0, 60, &line->check.interval_us))
        return "seconds from 0 to 60, such as 0.02";
    line->check.interval_given = true;
    return NULL;
}

static const char *take_timeout(struct command_line *line, const char *argument)
{
    return take_seconds(argument, 0.001, 60, &line->check.timeout_us) ? NULL
                                                                      : "seconds from 0.001 to 60, such as 1";
}

static const char *take_linger(struct command_line *line, const char *argument)
{
    return take_seconds(argument, 0, 60, &line->check.linger_us) ? NULL : "seconds from 0 to 60, such as 0.1";
}

static const char *take_wait(struct command_line *line, const char *argument)
{
    return take_seconds(argument, 0, 86400, &line->check.wait_us) ? NULL
                                                                  : "seconds from 0 to 86400, such as 30";
}

static const char *take_every(struct command_line *line, const char *argument)
{
    return take_seconds(argument, 0.1, 86400, &line->every_us) ? NULL
                                                               : "seconds from 0.1 to 86400, such as 10";
}

/* ipv4, ipv6, or both with a comma; or any. */
static const char *take_need(struct command_line *line, const char *argument)
{
    static const char *const names[] = {"ipv4", "ipv6", "any"};

    line->check.need = 0;
    for (const char *name = argument;; name++) {
        size_t length = strcspn(name, ","), which = 0;
        while (which < 3 && (strlen(names[which]) != length || strncmp(names[which], name, length) != 0))
            which++;
        line->check.need |= 1u << which;
        name += length;
        if (which == 3 || (line->check.need > NEED_ANY))
            return "ipv4, ipv6 or both, separated by a comma, or any";
        if (*name == '\0')
            return NULL;
    }
}

static const char *take_source(struct command_line *line, const char *argument)
{
    struct ip_addr address;

    if (!ip_parse(argument, &address) || !ip_may_be_host(address))
        return "the IPv4 or IPv6 address of a host";
    if (address.family == IP_V4)
        line->check.source_ipv4 = address;
    else
        line->check.source_ipv6 = address;
    return NULL;
}

static const char *take_mac(struct command_line *line, const char *argument)
{
    if (!mac_parse(argument, &line->check.mac) || mac_is_multicast(line->check.mac) ||
        mac_is_zero(line->check.mac))
        return "a unicast MAC address, such as 52:54:00:12:34:56";
    line->check.has_mac = true;
    return NULL;
}

static const char *take_vlan(struct command_line *line, const char *argument)
{
    long vid;

    if (!take_integer(argument, 0, VID_MAX, &vid))
        return "a VID from 1 to 4094, or 0 for untagged";
    line->check.vlan = (int)vid;
    return NULL;
}

static const char *take_debug(struct command_line *line, const char *argument)
{
    (void)argument;
    line->check.debug = true;
    return NULL;
}

static const char *take_deep(struct command_line *line, const char *argument)
{
    (void)argument;
    line->check.deep = true;
    return NULL;
}

static const char *take_no_path(struct command_line *line, const char *argument)
{
    (void)argument;
    line->check.no_path = true;
    return NULL;
}

static const char *take_no_libvirt(struct command_line *line, const char *argument)
{
    (void)argument;
    line->no_libvirt = true;
    return NULL;
}

static const char *take_find_rule(struct command_line *line, const char *argument)
{
    (void)argument;
    line->check.find_rule = true;
    return NULL;
}

static const char *take_vm(struct command_line *line, const char *argument)
{
    line->vm = argument;
    return *argument != '\0' ? NULL : "the name of a VM";
}

static const char *take_xml(struct command_line *line, const char *argument)
{
    line->xml = argument;
    return *argument != '\0' ? NULL : "a file, or - for standard input";
}

static const char *take_pid(struct command_line *line, const char *argument)
{
    return take_integer(argument, 1, INT_MAX, &line->pid) ? NULL : "the number of a process";
}

static const char *take_all(struct command_line *line, const char *argument)
{
    (void)argument;
    line->all = true;
    return NULL;
}

static const char *take_netns(struct command_line *line, const char *argument)
{
    line->netns = argument;
    return netns_is_name(argument) ? NULL : "the name of a network namespace, or the number of a process";
}

static const char *take_all_netns(struct command_line *line, const char *argument)
{
    (void)argument;
    line->all = line->all_netns = true;
    return NULL;
}

static const char *take_pcap(struct command_line *line, const char *argument)
{
    if (*argument == '\0' || strcmp(argument, "-") == 0)
        return "the name of a file"; /* the report goes to the standard output */
    line->pcap = argument;
    return NULL;
}

static const char *take_pcap_limit(struct command_line *line, const char *argument)
{
    enum { LIMIT_MAX_MIB = 1 << 20 };

    return take_integer(argument, 1, LIMIT_MAX_MIB, &line->pcap_limit_mib)
               ? NULL
               : "mebibytes from 1 to 1048576, such as 100";
}

static const char *take_columns(struct command_line *line, const char *argument)
{
    line->columns = argument;
    return tap_list_has_columns(argument) ? NULL
                                          : "names of columns (vmnetcheck help list), separated by commas";
}

static const char *take_raw(struct command_line *line, const char *argument)
{
    (void)argument;
    line->raw = true;
    return NULL;
}

static const char *take_no_headings(struct command_line *line, const char *argument)
{
    (void)argument;
    line->no_headings = true;
    return NULL;
}

static const char *take_output(struct command_line *line, const char *argument)
{
    line->output = argument;
    return *argument != '\0' ? NULL : "the name of a file";
}

/* Whether the command has it is seen when the command is known. */
static const char *take_format(struct command_line *line, const char *argument)
{
    line->format_name = argument;
    return NULL;
}

static const char *take_json(struct command_line *line, const char *argument)
{
    (void)argument;
    return take_format(line, "json");
}

static const char *take_quiet(struct command_line *line, const char *argument)
{
    (void)argument;
    line->quiet = true;
    return NULL;
}

static const char *take_verbose(struct command_line *line, const char *argument)
{
    (void)argument;
    line->verbose = true;
    return NULL;
}

/* The place of a word in a list that ends with NULL; -1 if it is not there. */
static int word_place(const char *word, const char *const words[])
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static const char *take_color(struct command_line *line, const char *argument)
{
    static const char *const words[] = {"auto", "always", "never", NULL};
    int place = word_place(argument, words);

    if (place >= 0)
        line->color = (enum color_when)place;
    return place >= 0 ? NULL : "auto, always or never";
}

static const char *take_fail_on(struct command_line *line, const char *argument)
{
    static const char *const words[] = {"warning", "unknown", "error", NULL};
    static const enum verdict_status statuses[] = {STATUS_WARNING, STATUS_UNKNOWN, STATUS_FAULT};
    int place = word_place(argument, words);

    if (place >= 0)
        line->fail_on = statuses[place];
    return place >= 0 ? NULL : "warning, unknown or error";
}

/* NAME[,NAME]...; given again, it adds to them. */
static const char *take_ignore(struct command_line *line, const char *argument)
{
    for (const char *name = argument;; name++) {
        size_t length = strcspn(name, ",");
        char *copy = strndup(name, length);
        const struct finding_row *row = copy != NULL ? finding_named(copy) : NULL;
        free(copy);
        if (row == NULL)
            return "names of findings (vmnetcheck explain shows them), separated by commas";
        line->check.ignored[row - FINDINGS] = true;
        name += length;
        if (*name == '\0')
            return NULL;
    }
}

static const char *take_help(struct command_line *line, const char *argument)
{
    (void)argument;
    line->show = SHOW_HELP;
    return NULL;
}

static const char *take_version(struct command_line *line, const char *argument)
{
    (void)argument;
    line->show = SHOW_VERSION;
    return NULL;
}

enum {
    FOR_ONCE = FOR_CHECK | FOR_EXPLAIN | FOR_READ | FOR_LINT | FOR_LIST | FOR_MERGE,
    FOR_ALL = FOR_ONCE | FOR_WATCH,
    FOR_ASKING = FOR_CHECK | FOR_WATCH,
    FOR_VMS = FOR_CHECK | FOR_LINT,
    FOR_FRAMES = FOR_CHECK | FOR_READ
};

const struct option_row OPTION_ROWS[] = {
    {'4', NULL, NULL, "IPv4 only", FOR_FRAMES | FOR_WATCH, take_ipv4, NULL},
    {'6', NULL, NULL, "IPv6 only", FOR_FRAMES | FOR_WATCH, take_ipv6, NULL},
    {'c', "count", "N", "probes of each kind (3)", FOR_ASKING | FOR_SITE, take_count, NULL},
    {'i', "interval", "SEC", "between two probes of a kind (0.02, or sooner when answered)",
     FOR_ASKING | FOR_SITE, take_interval, NULL},
    {'W', "timeout", "SEC", "how long a probe waits for its reply (1)", FOR_FRAMES | FOR_WATCH | FOR_SITE,
     take_timeout, NULL},
    {0, "linger", "SEC", "how long to listen for duplicates after the last reply (0.1)",
     FOR_ASKING | FOR_SITE, take_linger, NULL},
    {0, "every", "SEC", "between two checks, as long as nothing is heard (10)", FOR_WATCH | FOR_SITE,
     take_every, NULL},
    {'w', "wait", "SEC", "check until healthy, at most so long (0)", FOR_CHECK | FOR_SITE, take_wait, NULL},
    {0, "need", "LIST", "what a healthy VM must have: ipv4, ipv6 (routable ones), any (what the path has)",
     FOR_ASKING | FOR_SITE, take_need, "ipv4 ipv6 any"},
    {'S', "source", "ADDR", "source address of the probes (automatic)", FOR_ASKING, take_source, NULL},
    {'m', "mac", "MAC", "the MAC address that the guest must have", FOR_FRAMES | FOR_WATCH, take_mac, NULL},
    {'V', "vlan", "VID", "the 802.1Q tag that the guest must use, 0 for untagged", FOR_FRAMES | FOR_WATCH,
     take_vlan, NULL},
    {0, "deep", NULL, "also run the diagnosing probes when nothing is wrong", FOR_ASKING | FOR_SITE,
     take_deep, NULL},
    {0, "no-path", NULL, "ask on the tap only, not through bridges and the host's own stack",
     FOR_ASKING | FOR_SITE, take_no_path, NULL},
    {0, "no-libvirt", NULL, "never ask libvirt's daemon: for its hooks, which it waits for",
     FOR_VMS | FOR_WATCH | FOR_SITE, take_no_libvirt, NULL},
    {0, "find-rule", NULL, "name the firewall rule that drops a probe, by an nftables table of our own",
     FOR_ASKING, take_find_rule, NULL},
    {0, "debug", NULL, "observations and decisions with their times, on standard error", FOR_ASKING,
     take_debug, NULL},
    {0, "pcap", "FILE", "keep every frame sent and seen in this capture file", FOR_CHECK, take_pcap,
     "@files"},
    {0, "pcap-limit", "MIB", "of so many mebibytes at most (100)", FOR_CHECK | FOR_SITE, take_pcap_limit,
     NULL},
    {0, "vm", "NAME", "the VM of this name (or UUID) instead of a TAP", FOR_CHECK, take_vm, "@vms"},
    {0, "pid", "PID", "the VM of this process", FOR_VMS, take_pid, NULL},
    {0, "xml", "FILE", "the taps, MACs and addresses of this domain XML; - is standard input", FOR_CHECK,
     take_xml, "@files"},
    {0, "all", NULL, "all taps and VMs of this host", FOR_VMS | FOR_WATCH, take_all, NULL},
    {0, "netns", "NAME", "in this network namespace, or in that of the process of this number",
     FOR_VMS | FOR_LIST | FOR_WATCH, take_netns, "@spaces"},
    {0, "all-netns", NULL, "--all, in all network namespaces: those with a name, and those of VMs",
     FOR_VMS | FOR_LIST, take_all_netns, NULL},
    {'f', "format", "F", "format of what is printed (text)", FOR_ALL, take_format, "@formats"},
    {'j', "json", NULL, "same as --format json", FOR_ALL, take_json, NULL},
    {'o', "columns", "NAMES", "these columns, in this order (those that somebody has)", FOR_LIST | FOR_SITE,
     take_columns, "@columns"},
    {0, "raw", NULL, "columns that are not aligned, for scripts", FOR_LIST, take_raw, NULL},
    {0, "noheadings", NULL, "no line with the names of the columns", FOR_LIST, take_no_headings, NULL},
    {0, "output", "FILE", "write to this file, which appears when it is complete", FOR_ONCE, take_output,
     "@files"},
    {0, "fail-on", "S", "warning, unknown or error: what is less exits 0 (warning)",
     FOR_FRAMES | FOR_LINT | FOR_MERGE | FOR_SITE, take_fail_on, "warning unknown error"},
    {0, "ignore", "NAMES", "findings that do not count; they are shown",
     FOR_FRAMES | FOR_LINT | FOR_MERGE | FOR_WATCH | FOR_SITE, take_ignore, "@findings"},
    {'q', "quiet", NULL, "no output, exit status only", FOR_FRAMES | FOR_LINT | FOR_MERGE, take_quiet, NULL},
    {'v', "verbose", NULL, "every check and its evidence, also of what passed", FOR_ONCE | FOR_SITE,
     take_verbose, NULL},
    {0, "color", "WHEN", "auto, always or never (auto)", FOR_ALL | FOR_SITE, take_color, "auto always never"},
    {'h', "help", NULL, "what the program, or the command that is named, takes", FOR_ALL, take_help, NULL},
    {0, "version", NULL, "the version", FOR_ALL, take_version, NULL},
    {0, NULL, NULL, NULL, 0, NULL, NULL},
};

char *option_label(const struct option_row *row)
{
    char *letter = row->letter != 0 ? text_format("-%c", row->letter) : text_format("   ");
    char *label = text_format("%s%s%s%s%s%s", letter,
                              row->name == NULL  ? ""
                              : row->letter != 0 ? ", "
                                                 : " ",
                              row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
                              row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
    free(letter);
    return label;
}
