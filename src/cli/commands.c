/* The table of commands. */
#include "cli.h"

const struct command COMMANDS[] = {
    {"check", FOR_CHECK, SUBJECT_REPORT,
     "[check] [OPTION]... TAP [ADDRESS]...\n"
     "[check] [OPTION]... --vm NAME|--pid PID|--xml FILE|--all\n"
     "[check] [OPTION]... --all-netns",
     "check the VM behind TAP (the default)",
     "Sends ARP requests, neighbour solicitations and echo requests on TAP and tells from what comes back "
     "which layer broke the VM's network. TAP may be any Ethernet interface; there may be several, each "
     "followed by its addresses. Without ADDRESS the guest's addresses are searched for.",
     "@taps", command_check},
    {"read", FOR_READ, SUBJECT_REPORT, "read [OPTION]... FILE [ADDRESS]...",
     "diagnose a recorded capture; sends nothing",
     "FILE is pcap or pcapng, - is standard input. Without ADDRESS those are diagnosed that were asked for "
     "most.",
     "@files", command_read},
    {"lint", FOR_LINT, SUBJECT_REPORT,
     "lint [OPTION]... FILE...\n"
     "lint [OPTION]... --pid PID|--all\n"
     "lint [OPTION]... --all-netns",
     "find network mistakes in a start script, domain XML or process",
     "FILE is a script, systemd unit or command line of QEMU, or a domain in the XML of libvirt; - is "
     "standard "
     "input. Several are judged together. Sends nothing.",
     "@files", command_lint},
    {"list", FOR_LIST, SUBJECT_TAPS, "list [OPTION]...",
     "taps, who holds them, bridge, MAC, netdev, hub, state",
     "Shows the taps of this network namespace, and those that a VM names and nobody has.", NULL,
     command_list},
    {"watch", FOR_WATCH, SUBJECT_CHANGES,
     "watch [OPTION]... TAP [ADDRESS]...\n"
     "watch [OPTION]... --all",
     "stay, and report each change as it happens",
     "Checks as check does, again and again: each --every seconds, and as soon as it hears that somebody "
     "claims an address of the guest, or an interface comes, goes or changes. Says what began, and what "
     "ended and how long it lasted. SIGUSR1 has it say how all are, SIGHUP begin anew; SIGINT and SIGTERM "
     "end it.",
     "@taps", command_watch},
    {"merge", FOR_MERGE, SUBJECT_REPORT, "merge [OPTION]... FILE...",
     "documents of several hosts made one, and what only together they show",
     "FILE holds what check, read and lint print with --json or --format jsonl, on any number of hosts; - is "
     "standard input. Compares the MAC and IP addresses that answered, and the UUIDs of VMs. Sends nothing.",
     "@files", command_merge},
    {"explain", FOR_EXPLAIN, SUBJECT_FINDINGS, "explain [OPTION]... [FINDING]...",
     "what a finding means, how it is proved, how to fix it",
     "FINDING may be the beginning of a name. Without FINDING all of them are explained.", "@findings",
     command_explain},
    {"help", FOR_HELP, SUBJECT_NONE, "help [COMMAND]", "what a command takes",
     "Says what a command takes: its options and formats.", "@commands", command_help},
    {"version", FOR_VERSION, SUBJECT_NONE, "version", "the version", "Prints the version.", NULL,
     command_version},
    {0},
};
