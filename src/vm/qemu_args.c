/* QEMU's options on the network, in the order of the command line, as NICs and backends. */
#include "qemu_args.h"

#include "grow.h"
#include "qemu_command.h"
#include "qemu_net.h"
#include "qemu_option.h"

#include <stdlib.h>
#include <string.h>

/* More than any VM has; a hostile number of them, or length, costs no more. */
enum { MONITORS_MAX = 64, UNFOLLOWED_MAX = 64, UNFOLLOWED_SHOWN = 200 };

/* QEMU makes NICs in this order, and gives default MACs in it (net_init_clients, qemu_create_cli_devices). */
enum creation { BY_NIC, BY_NET, BY_DEVICE, BY_JSON_DEVICE, CREATIONS };

struct chardev {
    char *id, *path; /* of one that listens on a UNIX socket */
};

struct parser {
    struct vm *vm;
    size_t *created[CREATIONS]; /* indices of NICs */
    size_t created_count[CREATIONS];
    bool net_written, nodefaults; /* then QEMU makes no default NIC */
    unsigned nic_options;         /* for the ids that QEMU gives */
    struct chardev chardevs[MONITORS_MAX];
    size_t chardev_count;
    char *monitors[MONITORS_MAX]; /* chardev ids */
    size_t monitor_count;
};

struct argument {
    const char *option, *value; /* "-net", "nic,vlan=1" */
    unsigned line;
    bool unresolved;
};

static struct vm_source source_of(const struct argument *argument)
{
    return (struct vm_source){
        .text = text_format("%s %s", argument->option, argument->value),
        .line = argument->line,
        .unresolved = argument->unresolved,
    };
}

static struct vm_nic *add_nic(struct parser *parser, const struct argument *argument, enum creation creation)
{
    size_t *count = &parser->created_count[creation];

    parser->created[creation] = grow(parser->created[creation], count, sizeof **parser->created);
    parser->created[creation][*count - 1] = parser->vm->nic_count;
    struct vm_nic *nic = vm_add_nic(parser->vm);
    nic->source = source_of(argument);
    return nic;
}

static void add_backend(struct parser *parser, const struct argument *argument,
                        const struct qemu_options *options)
{
    struct vm_backend *backend = vm_add_backend(parser->vm);

    backend->source = source_of(argument);
    qemu_read_backend(backend, options);
}

static void add_unfollowed(struct parser *parser, char *text)
{
    if (strlen(text) > UNFOLLOWED_SHOWN + strlen("...")) /* a script makes megabytes of a few lines */
        memcpy(text + UNFOLLOWED_SHOWN, "...", sizeof "...");
    if (parser->vm->unfollowed.count < UNFOLLOWED_MAX)
        text_list_add(&parser->vm->unfollowed, text);
    else
        free(text);
}

static void take_unfollowed(struct parser *parser, const struct argument *argument)
{
    add_unfollowed(parser, text_format("%s %s", argument->option, argument->value));
}

static bool is_full(struct parser *parser, const struct argument *argument)
{
    if (parser->vm->nic_count + parser->vm->backend_count < VM_PORTS_MAX)
        return false;
    take_unfollowed(parser, argument);
    return true;
}

static void take_netdev(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    if (is_full(parser, argument))
        return;
    parser->net_written = true;
    qemu_options_parse(argument->value, "type", &options);
    add_backend(parser, argument, &options);
    qemu_options_free(&options);
}

static bool is_type(const struct qemu_options *options, const char *type)
{
    const char *written = qemu_option(options, "type");
    return written != NULL && strcmp(written, type) == 0;
}

/* -nic makes a NIC and its own backend, joined by an id. */
static void take_nic(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    if (is_full(parser, argument))
        return;
    parser->net_written = true;
    qemu_options_parse(argument->value, "type", &options);
    if (is_type(&options, "none")) {
        parser->vm->no_network = true;
    } else {
        struct vm_nic *nic = add_nic(parser, argument, BY_NIC);
        nic->model = qemu_option_copy(&options, "model");
        qemu_read_mac(nic, qemu_option(&options, "mac"), true);
        nic->netdev = qemu_option_copy(&options, "id");
        if (nic->netdev == NULL)
            nic->netdev = text_format("__org.qemu.nic%u", parser->nic_options++);
        add_backend(parser, argument, &options);
        struct vm_backend *backend = &parser->vm->backends[parser->vm->backend_count - 1];
        free(backend->id);
        backend->id = text_format("%s", nic->netdev);
        if (qemu_option(&options, "type") == NULL)
            backend->kind = VM_BACKEND_USER;
    }
    qemu_options_free(&options);
}

static void take_net_nic(struct parser *parser, const struct argument *argument,
                         const struct qemu_options *options)
{
    struct vm_nic *nic = add_nic(parser, argument, BY_NET);

    nic->id = qemu_option_copy(options, "id");
    if (nic->id == NULL)
        nic->id = qemu_option_copy(options, "name");
    nic->model = qemu_option_copy(options, "model");
    qemu_read_mac(nic, qemu_option(options, "macaddr"), true);
    nic->netdev = qemu_option_copy(options, "netdev");
    if (nic->netdev == NULL)
        nic->hub = qemu_read_vlan(options);
}

static void take_net(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    if (is_full(parser, argument))
        return;
    parser->net_written = true;
    qemu_options_parse(argument->value, "type", &options);
    if (is_type(&options, "nic")) {
        take_net_nic(parser, argument, &options);
    } else if (is_type(&options, "none")) {
        parser->vm->no_network = true;
    } else if (!is_type(&options, "dump")) {
        add_backend(parser, argument, &options);
        parser->vm->backends[parser->vm->backend_count - 1].hub = qemu_read_vlan(&options);
    }
    qemu_options_free(&options);
}

static void take_device(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    if (is_full(parser, argument))
        return;
    qemu_options_parse(argument->value, "driver", &options);
    const char *driver = qemu_option(&options, "driver"), *vlan = qemu_option(&options, "vlan");
    if (driver != NULL && strcmp(driver, "pvrdma") != 0 && /* its netdev= is an interface of the host */
        (qemu_is_nic_driver(driver) || qemu_option(&options, "netdev") != NULL)) {
        struct vm_nic *nic = add_nic(parser, argument, options.json ? BY_JSON_DEVICE : BY_DEVICE);
        nic->id = qemu_option_copy(&options, "id");
        nic->model = text_format("%s", driver);
        qemu_read_mac(nic, qemu_option(&options, "mac"), false);
        nic->netdev = qemu_option_copy(&options, "netdev");
        nic->stands_in = qemu_option(&options, "failover_pair_id") != NULL;
        if (nic->netdev == NULL && vlan != NULL)
            nic->hub = qemu_read_vlan(&options);
    }
    qemu_options_free(&options);
}

static void take_name(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    qemu_options_parse(argument->value, "guest", &options);
    free(parser->vm->name);
    parser->vm->name = qemu_option_copy(&options, "guest");
    qemu_options_free(&options);
}

static void take_incoming(struct parser *parser, const struct argument *argument)
{
    (void)argument;
    parser->vm->incoming = true;
}

static void take_uuid(struct parser *parser, const struct argument *argument)
{
    free(parser->vm->uuid);
    parser->vm->uuid = text_format("%s", argument->value);
}

/* Proxmox writes the uuid only here. */
static void take_smbios(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    qemu_options_parse(argument->value, NULL, &options);
    if (is_type(&options, "1") && parser->vm->uuid == NULL)
        parser->vm->uuid = qemu_option_copy(&options, "uuid");
    qemu_options_free(&options);
}

static void take_chardev(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    qemu_options_parse(argument->value, "backend", &options);
    const char *backend = qemu_option(&options, "backend");
    struct chardev *chardev = &parser->chardevs[parser->chardev_count];
    if (parser->chardev_count < MONITORS_MAX && backend != NULL && strcmp(backend, "socket") == 0 &&
        qemu_option_on(&options, "server") && qemu_option(&options, "path") != NULL &&
        qemu_option(&options, "id") != NULL) {
        chardev->id = qemu_option_copy(&options, "id");
        chardev->path = qemu_option_copy(&options, "path");
        parser->chardev_count++;
    }
    qemu_options_free(&options);
}

static void add_monitor(struct parser *parser, const char *chardev)
{
    if (chardev != NULL && parser->monitor_count < MONITORS_MAX)
        parser->monitors[parser->monitor_count++] = text_format("%s", chardev);
}

static void take_mon(struct parser *parser, const struct argument *argument)
{
    struct qemu_options options;

    qemu_options_parse(argument->value, "chardev", &options);
    const char *mode = qemu_option(&options, "mode");
    if (mode != NULL && strcmp(mode, "control") == 0)
        add_monitor(parser, qemu_option(&options, "chardev"));
    qemu_options_free(&options);
}

static void take_qmp(struct parser *parser, const struct argument *argument)
{
    static const char unix_prefix[] = "unix:", chardev_prefix[] = "chardev:";
    struct qemu_options options;

    if (strncmp(argument->value, chardev_prefix, sizeof chardev_prefix - 1) == 0) {
        add_monitor(parser, argument->value + sizeof chardev_prefix - 1);
        return;
    }
    if (strncmp(argument->value, unix_prefix, sizeof unix_prefix - 1) != 0)
        return;
    qemu_options_parse(argument->value + sizeof unix_prefix - 1, "path", &options);
    if (qemu_option_on(&options, "server") && qemu_option(&options, "path") != NULL &&
        parser->vm->qmp_sockets.count < MONITORS_MAX)
        text_list_add(&parser->vm->qmp_sockets, qemu_option_copy(&options, "path"));
    qemu_options_free(&options);
}

/* `ip=CLIENT:SERVER:GATEWAY:NETMASK:…` of Linux, admin-guide/nfs/nfsroot. */
static void take_append(struct parser *parser, const struct argument *argument)
{
    static const char key[] = "ip=";

    for (const char *word = argument->value; *word != '\0'; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (length < 256 && strncmp(word, key, sizeof key - 1) == 0) {
            char *text = text_format("%.*s", (int)length, word), *rest = text + sizeof key - 1;
            const char *fields[4] = {NULL};
            struct ip_addr address, mask;
            for (size_t i = 0; i < 4; i++)
                fields[i] = strsep(&rest, ":");
            if (ip_parse(fields[0], &address) && address.family == IP_V4) {
                struct vm_address *added = vm_add_address(parser->vm);
                *added = (struct vm_address){.address = address, .prefix = -1};
                added->source = (struct vm_source){.text = text_format("-append …%.*s…", (int)length, word),
                                                   .line = argument->line};
                if (fields[3] != NULL && ip_parse(fields[3], &mask) && mask.family == IP_V4)
                    added->prefix = __builtin_popcount(ip_v4_value(mask));
            }
            free(text);
        }
        word += length;
    }
}

typedef void take_function(struct parser *parser, const struct argument *argument);

static take_function *taker_of(const char *option)
{
    static const struct {
        const char *option;
        take_function *take;
    } takers[] = {
        {"netdev", take_netdev},     {"device", take_device},   {"nic", take_nic},
        {"net", take_net},           {"name", take_name},       {"uuid", take_uuid},
        {"smbios", take_smbios},     {"chardev", take_chardev}, {"mon", take_mon},
        {"qmp", take_qmp},           {"qmp-pretty", take_qmp},  {"append", take_append},
        {"incoming", take_incoming}, {"set", take_unfollowed},  {"readconfig", take_unfollowed},
    };

    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
        if (strcmp(option, takers[i].option) == 0)
            return takers[i].take;
    return NULL;
}

static void add_bare_word(struct parser *parser, const struct vm_word *word)
{
    if (word->unresolved)
        add_unfollowed(parser, text_format("%s", word->text));
}

static void walk(struct parser *parser, const struct vm_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *option = words[i].text;
        if (option[0] != '-' || option[1] == '\0' || words[i].unresolved) {
            add_bare_word(parser, &words[i]);
            continue;
        }
        option += option[1] == '-' ? 2 : 1;
        take_function *take = taker_of(option);
        if (strcmp(option, "nodefaults") == 0)
            parser->nodefaults = true;
        else if (strcmp(option, "daemonize") == 0)
            parser->vm->background = true;
        if (qemu_option_is_flag(option) || i + 1 == count || (take == NULL && words[i + 1].text[0] == '-'))
            continue;
        i++;
        struct argument argument = {.option = words[i - 1].text,
                                    .value = words[i].text,
                                    .line = words[i - 1].line,
                                    .unresolved = words[i].unresolved};
        if (take != NULL && argument.unresolved && strchr("$`", argument.value[0]) != NULL)
            take_unfollowed(parser, &argument); /* "-net $NET" may be anything */
        else if (take != NULL)
            take(parser, &argument);
    }
}

static void resolve_monitors(struct parser *parser)
{
    for (size_t m = 0; m < parser->monitor_count; m++)
        for (size_t c = 0; c < parser->chardev_count; c++)
            if (strcmp(parser->monitors[m], parser->chardevs[c].id) == 0)
                text_list_addf(&parser->vm->qmp_sockets, "%s", parser->chardevs[c].path);
}

static void give_default_macs(struct parser *parser)
{
    size_t *order = memory_new(parser->vm->nic_count, sizeof *order), count = 0;

    for (size_t c = 0; c < CREATIONS; c++)
        for (size_t i = 0; i < parser->created_count[c]; i++)
            order[count++] = parser->created[c][i];
    qemu_default_macs(parser->vm, order, count, parser->net_written || parser->nodefaults ? 0 : 1);
    free(order);
}

void qemu_args_add(struct vm *vm, const struct vm_word *words, size_t count)
{
    struct parser parser = {.vm = vm};

    walk(&parser, words, count);
    resolve_monitors(&parser);
    give_default_macs(&parser);
    for (size_t i = 0; i < CREATIONS; i++)
        free(parser.created[i]);
    for (size_t i = 0; i < parser.chardev_count; i++) {
        free(parser.chardevs[i].id);
        free(parser.chardevs[i].path);
    }
    for (size_t i = 0; i < parser.monitor_count; i++)
        free(parser.monitors[i]);
}

struct vm *qemu_args_parse(const struct vm_word *words, size_t count)
{
    struct vm *vm = vm_new();

    if (count > 0) {
        vm->program = text_format("%s", words[0].text);
        vm->line = words[0].line;
        qemu_args_add(vm, words + 1, count - 1);
    }
    return vm;
}

/* The words of a process's command line, in a copy whose last word has its NUL. The caller frees both. */
static struct vm_word *split_cmdline(const char *cmdline, size_t size, char **ret_copy, size_t *ret_count)
{
    char *copy = memory_new(size + 1, 1);
    struct vm_word *words = NULL;
    size_t count = 0;

    if (size > 0)
        memcpy(copy, cmdline, size);
    for (size_t at = 0; at < size; at += strlen(copy + at) + 1) {
        words = grow(words, &count, sizeof *words);
        words[count - 1] = (struct vm_word){.text = copy + at};
    }
    *ret_copy = copy;
    *ret_count = count;
    return words;
}

struct vm *qemu_cmdline_parse(const char *cmdline, size_t size)
{
    char *copy;
    size_t count;
    struct vm_word *words = split_cmdline(cmdline, size, &copy, &count);
    struct vm *vm = qemu_args_parse(words, count);

    free(words);
    free(copy);
    return vm;
}

struct vm *qemu_cmdline_file_parse(const char *bytes, size_t size)
{
    char *copy;
    size_t count;
    struct vm_word *words = split_cmdline(bytes, size, &copy, &count);
    bool starts = count > 0 && qemu_is_program(words[0].text) && qemu_starts_vm(words, count);
    struct vm *vm = starts ? qemu_args_parse(words, count) : NULL;

    free(words);
    free(copy);
    return vm;
}
