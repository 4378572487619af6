#include "cli.h"
#include "privileges.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRONG_OPERAND = -1 };

/* What is written like an address and is none is a typing error, no interface. */
static bool looks_like_address(const char *operand)
{
    return strspn(operand, "0123456789.") == strlen(operand) || strchr(operand, ':') != NULL;
}

static bool is_interface_name(const char *operand)
{
    for (const char *c = operand; *c != '\0'; c++)
        if (*c == '/' || (unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return *operand != '\0' && strcmp(operand, ".") != 0 && strcmp(operand, "..") != 0;
}

/* An IPv6 address may be written with the zone that it is in anyway (RFC 4007 11): "fe80::1%tap0". */
static bool parse_address(const char *operand, const char *interface, struct ip_addr *ret)
{
    const char *zone = strchr(operand, '%');
    char *plain = zone == NULL ? strdup(operand) : strndup(operand, (size_t)(zone - operand));
    bool fine = plain != NULL && ip_parse(plain, ret) &&
                (zone == NULL || (ret->family == IP_V6 && strcmp(zone + 1, interface) == 0));

    free(plain);
    return fine;
}

static int add_given(struct target *target, struct ip_addr address, const char *operand,
                     const struct check_options *options)
{
    if (ip_is_unspecified(address) || ip_is_multicast(address) || ip_is_loopback(address) ||
        ip_is_limited_broadcast(address))
        return usage_error("%s is not the address of a guest", operand);
    if (!(address.family == IP_V4 ? options->ipv4 : options->ipv6))
        return usage_error("%s is not of the family that was asked for", operand);
    for (size_t i = 0; i < target->given_count; i++)
        if (ip_equal(target->given[i], address))
            return 0;
    if (target->given_count == TARGET_ADDRESSES_MAX)
        return usage_error("more than %d addresses for %s", TARGET_ADDRESSES_MAX, target->name);
    target->given[target->given_count++] = address;
    return 0;
}

static struct target *add_target(struct target **targets, size_t *count, const char *name,
                                 const struct check_options *options)
{
    *targets = memory_resize(*targets, *count + 1, sizeof **targets);
    struct target *target = &(*targets)[(*count)++];
    *target =
        (struct target){.name = text_format("%s", name), .has_mac = options->has_mac, .mac = options->mac};
    return target;
}

/* TAP [ADDRESS]... [TAP [ADDRESS]...]...: addresses belong to the interface before them. */
static int take_operands(const struct command_line *line, struct target **targets, size_t *count)
{
    for (size_t i = 0; i < line->operand_count; i++) {
        const char *operand = line->operands[i];
        struct target *target = *count > 0 ? &(*targets)[*count - 1] : NULL;
        struct ip_addr address;
        int status = 0;

        if (parse_address(operand, target != NULL ? target->name : "", &address))
            status = target == NULL ? usage_error("%s: an address needs an interface before it", operand)
                                    : add_given(target, address, operand, &line->check);
        else if (looks_like_address(operand))
            status = usage_error("%s is no valid address", operand);
        else if (!is_interface_name(operand))
            status = usage_error("\"%s\" cannot be the name of an interface", operand);
        else
            add_target(targets, count, operand, &line->check);
        if (status != 0)
            return status;
    }
    if (*count == 0)
        return usage_error("which interface? Name the tap of the VM");
    return 0;
}

/* Closing a packet socket makes the kernel wait for its RCU grace periods, some 8 ms each and three for one
 * capture. Nobody needs to wait for that after the verdict: a child holds the sockets until we are gone, and
 * closes them by ending. */
static void leave_closing_to_child(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        return;
    if (fork() == 0) {
        char byte;
        for (int standard = 0; standard <= STDERR_FILENO; standard++)
            close(standard);
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) < 0);
    }
    close(ends[0]); /* the other end closes when we end */
}

static int print_report(const struct command_line *line, const struct report *report)
{
    if (!line->quiet)
        line->format->print(stdout, report, &line->style);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "vmnetcheck: writing the report: %s\n", strerror(errno));
        return EXIT_OS;
    }
    if (report->failure != NULL && line->format != &REPORT_FORMATS[0] && !line->quiet)
        fprintf(stderr, "vmnetcheck: %s\n", report->failure);
    return report_exit_status(report);
}

int command_check(struct command_line *line)
{
    struct report report = {.command = "check"};
    struct target *targets = NULL;
    size_t count = 0;
    int status = take_operands(line, &targets, &count);

    if (status != 0)
        goto out;
    if (privileges_reduce() < 0)
        fputs("vmnetcheck: could not give up unneeded privileges\n", stderr);
    struct run *run = run_check(&line->check, targets, count, &report);
    status = print_report(line, &report);
    leave_closing_to_child();
    run_close(run);
out:
    report_free(&report);
    for (size_t i = 0; i < count; i++)
        free(targets[i].name);
    free(targets);
    return status;
}
