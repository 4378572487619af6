/* Which of QEMU's options take an argument, and which programs are QEMU. */
#include "qemu_command.h"

#include "qemu_args.h"
#include "qemu_net.h"

#include <stdlib.h>
#include <string.h>

/* Of QEMU 0.12 to 10 and of qemu-kvm; both lists are in the order of strcmp. */
/* clang-format off */
static const char *const valued_options[] = {
    "D", "L", "M", "accel", "acpitable", "action", "add-fd", "append", "audio", "audiodev",
    "balloon", "bios", "blockdev", "boot", "bootp", "bt", "cdrom", "chardev", "chroot", "clock",
    "compat", "cpu", "d", "debugcon", "device", "dfilter", "display", "drive", "dtb",
    "dump-vmstate", "echr", "fda", "fdb", "fsdev", "fw_cfg", "g", "gdb", "global", "hda", "hdachs",
    "hdb", "hdc", "hdd", "icount", "incoming", "initrd", "iscsi", "k", "kernel",
    "kvm-shadow-memory", "loadvm", "m", "machine", "mem-path", "mon", "monitor", "msg", "mtdblock",
    "name", "net", "netdev", "nic", "numa", "object", "option-rom", "overcommit", "parallel",
    "pcidevice", "pflash", "pidfile", "plugin", "prom-env", "qmp", "qmp-pretty", "qtest",
    "qtest-log", "readconfig", "redir", "rotate", "rtc", "run-with", "runas", "sandbox", "sd",
    "seed", "semihosting-config", "serial", "set", "shim", "smb", "smbios", "smp", "soundhw",
    "spice", "startdate", "tb-size", "tftp", "tpmdev", "trace", "usbdevice", "uuid", "vga",
    "virtfs", "vnc", "watchdog", "watchdog-action", "writeconfig", "xen-domid",
};

static const char *const flags[] = {
    "S", "alt-grab", "async-teardown", "audio-help", "ctrl-grab", "curses", "daemonize",
    "enable-fips", "enable-hax", "enable-kvm", "enable-sync-profile", "full-screen", "jitdump",
    "localtime", "mem-prealloc", "no-acpi", "no-fd-bootchk", "no-frame", "no-hpet", "no-kvm",
    "no-kvm-irqchip", "no-kvm-pit", "no-kvm-pit-reinjection", "no-quit", "no-reboot", "no-shutdown",
    "no-user-config", "nodefaults", "nodefconfig", "nographic", "old-param", "only-migratable",
    "perfmap", "portrait", "preconfig", "s", "sdl", "semihosting", "singlestep", "snapshot",
    "std-vga", "tdf", "usb", "virtfs_synth", "win2k-hack", "xen-attach", "xen-create",
    "xen-domid-restrict",
};
/* clang-format on */

static int compare(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

static bool is_valued(const char *name)
{
    return bsearch(name, valued_options, sizeof valued_options / sizeof valued_options[0],
                   sizeof valued_options[0], compare) != NULL;
}

/* It tells something and ends. */
static bool is_question(const char *name)
{
    return strcmp(name, "h") == 0 || strcmp(name, "help") == 0 || strcmp(name, "version") == 0;
}

bool qemu_option_is_flag(const char *name)
{
    return is_question(name) ||
           bsearch(name, flags, sizeof flags / sizeof flags[0], sizeof flags[0], compare) != NULL;
}

/* Without its dashes; NULL if the word is no option. */
static const char *option_name(const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return NULL;
    return word + (word[1] == '-' ? 2 : 1);
}

/* `-device help`, `-machine ?`: a list is printed, and no VM is started. */
static bool is_help(const char *value)
{
    return strcmp(value, "help") == 0 || strcmp(value, "?") == 0;
}

bool qemu_starts_vm(const struct vm_word *words, size_t count)
{
    bool has_options = false;
    unsigned images = 0;

    for (size_t i = 1; i < count; i++) {
        const char *name = option_name(words[i].text);
        if (name != NULL && is_question(name))
            return false;
        has_options |=
            words[i].unresolved || (name != NULL && (is_valued(name) || qemu_option_is_flag(name)));
        images += name == NULL && !words[i].unresolved;
        if (name != NULL && !qemu_option_is_flag(name) && i + 1 < count && is_help(words[++i].text))
            return false;
    }
    return has_options &&
           images <= 1; /* a disk image may be a word of its own; where more are, it is prose */
}

/* -netdev tap,…: an option that no other program has, with a value that it takes. */
static bool is_network(const char *name, const struct vm_word *value)
{
    bool device = strcmp(name, "device") == 0;
    size_t length = strcspn(value->text, ",=");
    char word[32] = "";

    if (!device && strcmp(name, "netdev") != 0 && strcmp(name, "nic") != 0 && strcmp(name, "net") != 0)
        return false;
    if (value->unresolved || value->text[0] == '{')
        return true;
    memcpy(word, value->text, length < sizeof word ? length : 0);
    return device ? qemu_is_nic_driver(word) : qemu_is_net_type(word);
}

size_t qemu_last_network(const struct vm_word *words, size_t count)
{
    for (size_t i = count; i-- > 2;) {
        const char *name = option_name(words[i - 1].text);
        if (name != NULL && is_network(name, &words[i]))
            return i - 1;
    }
    return 0;
}

/* The name of a program without the folders before it. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool qemu_is_program(const char *path)
{
    static const char *const names[] = {"qemu", "kvm", "qemu-kvm", "qemu.exe"};
    static const char prefix[] = "qemu-system-";
    const char *name = name_of(path);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, prefix, sizeof prefix - 1) == 0;
}
