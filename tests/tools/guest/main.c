/* The built-in guest: machines behind taps, with faults on request. */
#include "guest.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum { EVENTS_MAX = 64, BURST_MAX = 64 };

struct lab lab;

/* Something that is done at a steady rate. `done` counts from the start, so that a late wake-up catches
 * up. */
struct repeated {
    int64_t period_us; /* 0: never */
    int64_t done;
    void (*action)(struct port *port);
};

static void truncated(struct port *port)
{
    port_garbage(port, GARBAGE_TRUNCATED);
}

static void flipped(struct port *port)
{
    port_garbage(port, GARBAGE_FLIPPED);
}

static void random_bytes(struct port *port)
{
    port_garbage(port, GARBAGE_RANDOM);
}

static void announce(struct port *port)
{
    for (size_t i = 0; i < port->machine_count; i++)
        machine_announce(&port->machines[i]);
}

static void ask_dhcp(struct port *port)
{
    for (size_t i = 0; i < port->machine_count; i++)
        machine_ask_dhcp(&port->machines[i]);
}

static int64_t period_of(long per_second)
{
    return per_second > 0 ? 1000000 / per_second : 0;
}

/* Does what is due on every port; returns when the next is. */
static int64_t run_repeated(struct repeated *repeated)
{
    if (repeated->period_us == 0)
        return INT64_MAX;
    int64_t due = (lab_now_us() - lab.started_us) / repeated->period_us;
    for (int burst = 0; repeated->done < due && burst < BURST_MAX; burst++, repeated->done++)
        for (size_t i = 0; i < lab.port_count; i++)
            repeated->action(&lab.ports[i]);
    return lab.started_us + (repeated->done + 1) * repeated->period_us;
}

static void open_port(struct port *port, unsigned index, int poller)
{
    const struct settings *settings = &lab.settings;
    char name[64];
    snprintf(name, sizeof name, "%s%ld", settings->prefix, settings->first + index);
    bool second = settings->twin || settings->has_rival;
    *port = (struct port){.machine_count = second ? 2 : 1,
                          .machines = calloc(MACHINES_MAX, sizeof *port->machines)};
    port->fd = lab_tap_open(settings->tap != NULL ? settings->tap : name, !settings->leave_down);
    for (size_t i = 0; port->machines != NULL && i < port->machine_count; i++) {
        struct machine *machine = &port->machines[i];
        machine_identity(machine, index);
        machine->port = port;
        machine->ttl = (uint8_t)settings->ttl;
        machine->ip_id = (uint16_t)(i == 0 ? 0x1000 + index : 0x9000 + index * 7);
        if (i > 0 && settings->has_rival)
            memcpy(machine->mac, settings->rival, 6);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = port};
    if (port->machines == NULL || epoll_ctl(poller, EPOLL_CTL_ADD, port->fd, &event) < 0)
        lab_fail("port", name);
}

static int open_ports(void)
{
    struct rlimit files = {.rlim_cur = TAPS_MAX + 64, .rlim_max = TAPS_MAX + 64};
    if (lab.settings.taps > 900 && setrlimit(RLIMIT_NOFILE, &files) < 0)
        lab_fail("descriptors for", "the taps");
    int poller = epoll_create1(EPOLL_CLOEXEC);
    lab.port_count = (size_t)lab.settings.taps;
    lab.ports = calloc(lab.port_count, sizeof *lab.ports);
    if (poller < 0 || lab.ports == NULL)
        lab_fail("memory for", "the taps");
    for (size_t i = 0; i < lab.port_count; i++)
        open_port(&lab.ports[i], (unsigned)i, poller);
    return poller;
}

static void read_port(struct port *port)
{
    static uint8_t bytes[LAB_FRAME_MAX - 64];
    for (int burst = 0; burst < BURST_MAX; burst++) {
        ssize_t length = lab_read(port->fd, bytes, sizeof bytes);
        if (length < 0)
            exit(1); /* somebody deleted the tap */
        if (length == 0)
            return;
        port_receive(port, bytes, (size_t)length);
    }
}

static void run(int poller)
{
    const struct settings *settings = &lab.settings;
    struct repeated all[] = {
        {period_of(settings->flood), 0, port_flood},
        {period_of(settings->truncate), 0, truncated},
        {period_of(settings->flip), 0, flipped},
        {period_of(settings->random), 0, random_bytes},
        {settings->announce_ms * 1000, 0, announce},
        {settings->dhcp_discover || settings->dhcp_reboot.family != 0 ? 1000000 : 0, 0, ask_dhcp},
    };
    int64_t end = settings->seconds_ms > 0 ? lab.started_us + settings->seconds_ms * 1000 : INT64_MAX;
    while (lab_now_us() < end) {
        int64_t next = lab_send_due(&lab.outbox);
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            int64_t due = run_repeated(&all[i]);
            next = due < next ? due : next;
        }
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(poller, events, EVENTS_MAX, lab_timeout_ms(next < end ? next : end));
        for (int i = 0; i < count; i++)
            read_port(events[i].data.ptr);
    }
}

int main(int argc, char **argv)
{
    settings_read(argc, argv);
    TAILQ_INIT(&lab.outbox.parcels);
    lab.random = 0x9e3779b97f4a7c15ull * (uint64_t)(lab.settings.seed + 1);
    int poller = open_ports();
    lab.started_us = lab_now_us();
    puts("ready");
    fflush(stdout);
    run(poller);
    return 0;
}
