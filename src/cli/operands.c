/* TAP [ADDRESS]... [TAP [ADDRESS]...]...: addresses belong to the interface before them. */
#include "cli.h"
#include "facts_cache.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What is written like an address (with or without a zone) and is none is a typing error, no interface. */
static bool looks_like_address(const char *operand)
{
    size_t plain = strcspn(operand, "%");

    return (plain > 0 && strspn(operand, "0123456789.") == plain) || strchr(operand, ':') != NULL;
}

/* dev_valid_name() of Linux: control characters are fine, but for blanks. */
static bool is_interface_name(const char *operand)
{
    for (const char *c = operand; *c != '\0'; c++)
        if (*c == '/' || isspace((unsigned char)*c))
            return false;
    return *operand != '\0' && strcmp(operand, ".") != 0 && strcmp(operand, "..") != 0;
}

/* "web1.example.org": the last part has letters only. The names of VLANs, "eth0.100", have not. */
static bool looks_like_host_name(const char *operand)
{
    const char *last = strrchr(operand, '.');

    if (last == NULL || last == operand || last[1] == '\0')
        return false;
    for (const char *c = last + 1; *c != '\0'; c++)
        if (!isalpha((unsigned char)*c))
            return false;
    return true;
}

/* The address in front of a separator; false if there is no such separator or no address. */
static bool address_before(const char *operand, char separator, struct ip_addr *ret)
{
    const char *end = strchr(operand, separator);
    char *plain = end != NULL ? strndup(operand, (size_t)(end - operand)) : NULL;
    bool fine = plain != NULL && ip_parse(plain, ret);

    free(plain);
    return fine;
}

bool operand_parse_address(const char *operand, const char *interface, struct ip_addr *ret)
{
    struct ip_addr address;

    if (ip_parse(operand, ret))
        return true;
    if (!address_before(operand, '%', &address) || address.family != IP_V6 ||
        strcmp(strchr(operand, '%') + 1, interface) != 0)
        return false;
    *ret = address;
    return true;
}

int operand_refuse_address(const char *operand)
{
    char text[IP_TEXT_SIZE];
    struct ip_addr address;
    struct mac_addr mac;

    if (address_before(operand, '/', &address))
        return usage_error("%s: an address is named without its prefix length: %s", operand,
                           ip_format(address, text));
    if (address_before(operand, '%', &address))
        return address.family == IP_V6
                   ? usage_error("%s is in the zone %s, which is not that of the interface before it",
                                 operand, strchr(operand, '%') + 1)
                   : usage_error("%s: only an IPv6 address has a zone", operand);
    if (mac_parse(operand, &mac))
        return usage_error("%s is a MAC address; the one that the guest must have is given with --mac",
                           operand);
    if (looks_like_host_name(operand))
        return usage_error("%s is the name of a host, and what is asked for is an address; look it up with: "
                           "getent ahosts %s",
                           operand, operand);
    return usage_error("%s is not a valid address", operand);
}

/* What an address is that no host can have for its own on a link. */
static const char *kind_of_no_host(struct ip_addr address)
{
    return ip_is_multicast(address)     ? "a multicast address"
           : ip_is_loopback(address)    ? "a loopback address"
           : ip_is_unspecified(address) ? "no address at all"
                                        : "the broadcast address";
}

int operand_add_address(struct target *target, struct ip_addr address, const char *operand,
                        const struct check_options *options)
{
    bool is_ipv4 = address.family == IP_V4;

    if (!ip_may_be_host(address))
        return usage_error("%s is not the address of a guest: it is %s", operand, kind_of_no_host(address));
    if (!options_want(options, address.family))
        return usage_error("%s is an %s address, and %s leaves out that family", operand,
                           is_ipv4 ? "IPv4" : "IPv6", is_ipv4 ? "-6" : "-4");
    for (size_t i = 0; i < target->given_count; i++)
        if (ip_equal(target->given[i], address))
            return 0;
    if (target->given_count == TARGET_ADDRESSES_MAX)
        return usage_error("more than %d addresses for %s", TARGET_ADDRESSES_MAX, target->name);
    target->given[target->given_count++] = address;
    return 0;
}

static int take_interface(struct selection *selection, const struct host_facts *facts, const char *operand,
                          struct target **ret)
{
    if (!is_interface_name(operand))
        return usage_error("\"%s\" cannot be the name of an interface", operand);
    const struct link_facts *link = facts != NULL ? facts_link_named(facts, operand) : NULL;
    if (link == NULL && looks_like_host_name(operand))
        return operand_refuse_address(operand);
    *ret = selection_add(selection, 0, link != NULL ? link->name : operand);
    return 0;
}

static int take_operand(struct selection *selection, const struct host_facts *facts, const char *operand,
                        struct target **target)
{
    struct ip_addr address;

    if (operand_parse_address(operand, *target != NULL ? (*target)->name : "", &address))
        return *target != NULL ? operand_add_address(*target, address, operand, selection->options)
                               : usage_error("%s: an address needs an interface before it", operand);
    if (looks_like_address(operand) || address_before(operand, '/', &address))
        return operand_refuse_address(operand);
    return take_interface(selection, facts, operand, target);
}

/* Nothing is wrong with asking for it, and it tells whether the guest has it as well; but mostly the guest's
 * address is meant. */
static void tell_of_own_addresses(const struct selection *selection, const struct host_facts *facts)
{
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; i < selection->count; i++)
        for (size_t g = 0; g < selection->targets[i].given_count; g++)
            if (facts_own_address(facts, 0, selection->targets[i].given[g]) != NULL)
                complain("%s is an address of this host itself; is that what the guest should have?",
                         ip_format(selection->targets[i].given[g], ip));
}

int operands_select(const struct command_line *line, struct selection *selection)
{
    const struct host_facts *facts = NULL; /* without them, the check will say why */
    struct target *target = NULL;
    int status = 0;

    (void)facts_cache_get(selection->facts, 0, &facts);
    for (size_t i = 0; i < line->operand_count && status == 0; i++)
        status = take_operand(selection, facts, line->operands[i], &target);
    if (status == 0 && facts != NULL)
        tell_of_own_addresses(selection, facts);
    facts_put(facts);
    return status;
}
