/* What a verdict looks at, made by hand: a healthy tap with one IPv4 and one IPv6 address, which a case then
 * changes. And the table of cases: each finding has one that must show it and one that nearly does. */
#ifndef VMNETCHECK_SCENE_H
#define VMNETCHECK_SCENE_H

#include "findings_text.h"
#include "report.h"
#include "script.h"
#include "vm_index.h"
#include "qmp.h"

#define SCENE_4   "10.9.0.2"
#define SCENE_6   "fd00:9::2"
#define SCENE_MAC "52:54:00:12:04:11"
#define OTHER_MAC "52:54:00:99:99:99"
#define TAP_MAC   "fe:54:00:12:04:11"

enum { SCENE_TAP = 3, SCENE_BRIDGE = 4, SCENE_UPLINK = 2, SCENE_LINKS = 4, SCENE_VMS = 4 };

struct scene {
    struct link_facts links[SCENE_LINKS];
    struct address_facts own[8];
    struct neighbour_facts neighbour;
    struct host_facts facts;
    struct check_options options;
    struct target target;
    struct observations seen;
    struct vm_list vms;
    struct vm_index *index;
    struct script_facts script;
    struct qmp_facts qmp;
    struct qmp_filter filter; /* of qmp, once rx_filter() was called */
    struct mac_addr other;    /* of the filter */
    bool lint;                /* judge the start-up only */
    struct verdict verdict;
};

static inline void see(struct scene *scene, struct observation observation)
{
    observation_add(&scene->seen, &observation);
}

static inline struct check_observation *check_in(struct scene *scene, enum probe_id probe,
                                                 const char *address)
{
    for (size_t i = 0; i < scene->seen.count; i++) {
        struct observation *seen = &scene->seen.items[i];
        if (seen->kind == OBSERVED_CHECK && seen->check.probe == probe &&
            ip_equal(seen->address, ip(address)))
            return &seen->check;
    }
    fail_msg("no check of %s", address);
    return NULL;
}

static inline void see_claim(struct scene *scene, const char *address, const char *owner)
{
    see(scene, (struct observation){.kind = OBSERVED_CLAIM, .address = ip(address), .mac = mac(owner)});
}

static inline void forget(struct scene *scene, enum observation_kind kind, const char *address)
{
    size_t kept = 0;
    for (size_t i = 0; i < scene->seen.count; i++)
        if (scene->seen.items[i].kind != kind || !ip_equal(scene->seen.items[i].address, ip(address)))
            scene->seen.items[kept++] = scene->seen.items[i];
    scene->seen.count = kept;
}

static inline void see_check(struct scene *scene, enum probe_id probe, const char *address)
{
    see(scene, (struct observation){.kind = OBSERVED_CHECK,
                                    .address = ip(address),
                                    .mac = mac(SCENE_MAC),
                                    .check = {.probe = probe,
                                              .sent = 3,
                                              .received = 3,
                                              .concluded = true,
                                              .rtt_min_us = 200,
                                              .rtt_avg_us = 250,
                                              .rtt_max_us = 300,
                                              .source = ip(strchr(address, ':') ? "fe80::1" : "10.9.0.1")}});
}

/* An address that was checked and answered everything. */
static inline void add_checked(struct scene *scene, const char *address)
{
    bool v6 = strchr(address, ':') != NULL;
    scene->target.given[scene->target.given_count++] = ip(address);
    scene->target.addresses[scene->target.address_count++] = (struct target_address){
        .address = ip(address),
        .route = {.kind = ROUTE_ON_LINK, .ifindex = SCENE_TAP, .source = ip("10.9.0.1")}};
    see_claim(scene, address, SCENE_MAC);
    see_check(scene, v6 ? PROBE_NDP : PROBE_ARP, address);
    see_check(scene, v6 ? PROBE_ICMPV6 : PROBE_ICMP, address);
}

static inline void is_silent_about(struct scene *scene, enum probe_id probe, const char *address)
{
    check_in(scene, probe, address)->received = 0;
}

/* Nobody answers anything about it: neither ARP or NDP nor echo. */
static inline void is_deaf_about(struct scene *scene, const char *address)
{
    bool v6 = strchr(address, ':') != NULL;
    is_silent_about(scene, v6 ? PROBE_NDP : PROBE_ARP, address);
    is_silent_about(scene, v6 ? PROBE_ICMPV6 : PROBE_ICMP, address);
    forget(scene, OBSERVED_CLAIM, address);
}

static inline void scene_start(struct scene *scene)
{
    *scene = (struct scene){
        .links = {{.ifindex = SCENE_TAP,
                   .name = "tap0",
                   .kind = LINK_TAP,
                   .ethernet = true,
                   .up = true,
                   .carrier = true,
                   .mac = mac(TAP_MAC),
                   .port = PORT_NONE}},
        .own = {{.ifindex = SCENE_TAP, .address = ip("10.9.0.1"), .prefix_length = 24},
                {.ifindex = SCENE_TAP, .address = ip("fd00:9::1"), .prefix_length = 64}},
        .options = {.ipv4 = true,
                    .ipv6 = true,
                    .count = 3,
                    .interval_us = 20000,
                    .timeout_us = 1000000,
                    .linger_us = 100000,
                    .vlan = VLAN_AUTOMATIC},
    };
    scene->facts = (struct host_facts){
        .links = scene->links, .link_count = 1, .addresses = scene->own, .address_count = 2};
    scene->target.name = (char *)(uintptr_t) "tap0";
    scene->target.link = &scene->links[0];
    add_checked(scene, SCENE_4);
    add_checked(scene, SCENE_6);
    see(scene,
        (struct observation){.kind = OBSERVED_SOURCE, .address = ip("10.9.0.1"), .source = SOURCE_OURS});
}

static inline void put_on_bridge(struct scene *scene)
{
    scene->links[0].master = SCENE_BRIDGE;
    scene->links[0].port = PORT_FORWARDING;
    scene->links[1] = (struct link_facts){.ifindex = SCENE_BRIDGE,
                                          .name = "br0",
                                          .kind = LINK_BRIDGE,
                                          .ethernet = true,
                                          .up = true,
                                          .carrier = true,
                                          .mac = mac("fe:00:00:00:00:01")};
    scene->facts.link_count = 2;
    scene->target.bridge = &scene->links[1];
    for (size_t i = 0; i < scene->facts.address_count; i++)
        scene->own[i].ifindex = SCENE_BRIDGE;
}

/* The start-up of the VM, or of several, as a script; the first VM is the target's. */
static inline void know_vm(struct scene *scene, const char *text)
{
    script_parse(text, strlen(text), &scene->vms);
    assert_true(scene->vms.count > 0);
    scene->index = vm_index_of(&scene->vms, scene->vms.count);
    scene->target.vm.vm = scene->vms.items[0];
    scene->target.vm.connections = vm_index_connections(scene->index, scene->vms.items[0]);
    scene->target.vm.others = scene->index;
}

/* The same, and nothing else is judged. */
static inline void read_script(struct scene *scene, const char *text)
{
    know_vm(scene, text);
    scene->target.name = NULL; /* the whole VM, of which nothing was asked */
    scene->seen.count = scene->target.address_count = scene->target.given_count = 0;
    scene->lint = true;
}

static inline void scene_judge(struct scene *scene)
{
    if (scene->target.link != NULL)
        path_find(&scene->facts, scene->target.link, &scene->target.path);
    struct verdict_input input = {&scene->facts, &scene->target, &scene->options, &scene->seen,
                                  scene->lint ? SCOPE_START_UP : scope_of_check(&scene->target)};
    verdict_evaluate(&input, &scene->verdict);
}

static inline void scene_end(struct scene *scene)
{
    verdict_free(&scene->verdict);
    observations_free(&scene->seen);
    vm_index_free(scene->index);
    vm_list_free(&scene->vms);
}

/* ---- the cases ---- */

struct finding_case {
    enum finding_id id;
    void (*shows)(struct scene *scene);
    const char *findings;                /* all that must be there then, with blanks between */
    void (*nearly)(struct scene *scene); /* what looks like it, and is not: this finding must not be there */
};

static inline const struct finding *finding_in(const struct scene *scene, enum finding_id id)
{
    for (size_t i = 0; i < scene->verdict.finding_count; i++)
        if (scene->verdict.findings[i].id == id)
            return &scene->verdict.findings[i];
    return NULL;
}

/* A command in it has the real names: none that stands for one, and nothing left out. */
static inline void assert_no_placeholder(const char *fix)
{
    static const char *const words[] = {"…",         "...",      "NAME",       "DEVICE",  "ADDRESS", "LENGTH",
                                        "BRIDGE",    "GATEWAY",  " PORT",      "MAC dev", "BYTES",   "FAMILY",
                                        "resume VM", "reset VM", "console VM", "edit VM"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(fix, words[i]) != NULL)
            fail_msg("%s in a fix: %s", words[i], fix);
    }
}

/* A finding says what it is about, by which evidence, and what to do. */
static inline void assert_complete(const struct finding *finding)
{
    assert_no_placeholder(finding->fix);
    assert_true(finding->summary != NULL && *finding->summary != '\0');
    assert_true(finding->fix != NULL && *finding->fix != '\0');
    assert_true(finding->evidence.count > 0);
    for (size_t i = 0; i < finding->evidence.count; i++)
        assert_true(*finding->evidence.items[i] != '\0');
}

static inline void run_case(const struct finding_case *row)
{
    const struct finding_row *words = &FINDINGS[row->id];
    struct scene scene;

    scene_start(&scene);
    row->shows(&scene);
    scene_judge(&scene);
    if (strcmp(findings_text(&scene.verdict), row->findings) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", words->name, findings_text(&scene.verdict), row->findings);
    const struct finding *finding = finding_in(&scene, row->id);
    assert_non_null(finding);
    assert_complete(finding);
    if (words->severity == SEVERITY_ERROR)
        assert_int_equal(scene.verdict.status, STATUS_FAULT);
    if (scene.verdict.finding_count == 1 && words->severity != SEVERITY_INFO)
        assert_int_equal(scene.verdict.layer, words->layer);
    scene_end(&scene);

    scene_start(&scene);
    row->nearly(&scene);
    scene_judge(&scene);
    if (finding_in(&scene, row->id) != NULL)
        fail_msg("%s is there where it must not be", words->name);
    scene_end(&scene);
}

#endif
