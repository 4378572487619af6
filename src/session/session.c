#include "session.h"
#include "probe.h"
#include "traffic.h"
#include "verdict.h"

#include <errno.h>
#include <stdlib.h>

#define NEVER UINT64_MAX

struct session {
    struct session_setup setup;
    struct probe_env env;
    struct observations observations;
    struct traffic traffic;
    struct probe **probes;
    size_t probe_count;
    size_t finished_count;                   /* of them: the first so many said what came of them */
    uint64_t added_us[TARGET_ADDRESSES_MAX]; /* since when each address of the target is asked for */
    uint64_t started_us;
    uint64_t due_us;
    uint64_t silence_due_us; /* when the silence of an address may make a probe start; 0: that is not known */
    uint64_t loop_until_us;  /* frames of ours go round, and we watch until then; 0: they do not */
    bool glance_now, glanced; /* at the host's facts, since the first answer was a doubtful one */
    bool done;
    bool ended; /* for good */
};

/* ---- what probes borrow ---- */

static bool has_vantages(const struct session *session, unsigned needed)
{
    return (needed & ~(session->setup.vantages | VANTAGE_BIT(AT_TAP))) == 0;
}

static int send_packet(void *context, enum vantage at, const struct packet *packet)
{
    struct session *session = context;
    const struct check_means *means = session->setup.means;

    if (!has_vantages(session, VANTAGE_BIT(at)))
        return -ENODEV;
    if (at == AT_TAP)
        traffic_sent(&session->traffic, packet);
    return means->send(means->context, at, packet->bytes, packet->length);
}

static uint64_t random_bits(void *context)
{
    const struct session *session = context;
    return session->setup.means->random(session->setup.means->context);
}

static void tell(const struct session *session, char *owned)
{
    const struct check_means *means = session->setup.means;

    if (means->tell != NULL)
        means->tell(means->context, session->env.now_us, owned);
    free(owned);
}

static void tell_start(const struct session *session, const struct probe *probe)
{
    char ip[IP_TEXT_SIZE];

    if (session->setup.means->tell != NULL)
        tell(session, text_format("starts %s%s%s: %s", probe_name(probe->class->id),
                                  probe->class->of_target ? "" : " of ",
                                  probe->class->of_target ? "" : ip_format(probe->address, ip),
                                  probe_summary(probe->class->id)));
}

static void start_probe(struct session *session, const struct probe_class *class, struct ip_addr address)
{
    struct probe *probe = memory_new(1, sizeof *probe);
    *probe = (struct probe){
        .class = class, .env = &session->env, .address = address, .state = memory_new(1, class->state_size)};
    session->probes = memory_resize(session->probes, session->probe_count + 1, sizeof(struct probe *));
    session->probes[session->probe_count++] = probe;
    tell_start(session, probe);
    class->start(probe);
}

static bool was_started(const struct session *session, const struct probe_class *class,
                        struct ip_addr address)
{
    for (size_t i = 0; i < session->probe_count; i++)
        if (session->probes[i]->class == class &&
            (class->of_target || ip_equal(session->probes[i]->address, address)))
            return true;
    return false;
}

static bool is_for(const struct probe_class *class, struct ip_addr address)
{
    return class->family == IP_NONE || class->family == address.family;
}

static void add_address(struct session *session, struct ip_addr address, enum address_origin origin)
{
    const struct check_means *means = session->setup.means;
    struct target *target = session->setup.target;

    if (target->address_count == TARGET_ADDRESSES_MAX)
        return;
    session->added_us[target->address_count] = session->env.now_us;
    session->silence_due_us = 0;
    struct target_address *added = &target->addresses[target->address_count++];
    *added = (struct target_address){.address = address, .origin = origin};
    int scope = ip_is_link_local(address) ? (target->bridge ? target->bridge : target->link)->ifindex : 0;
    if (means->route(means->context, address, scope, &added->route) < 0)
        added->route = (struct route_facts){.kind = ROUTE_NONE};

    for (size_t i = 0; PROBES[i] != NULL; i++)
        if ((PROBES[i]->starts & STARTS_ALWAYS) && is_for(PROBES[i], address))
            start_probe(session, PROBES[i], address);
}

/* With addresses given, what else the guest has is only evidence; without, it is what to check. */
static void found(void *context, struct ip_addr address, enum address_origin origin)
{
    struct session *session = context;

    if (session->setup.target->given_count == 0)
        add_address(session, address, origin);
}

/* ---- time ---- */

static uint64_t lasts_us(const struct session *session, const struct probe_class *class)
{
    return class->lasts_us != NULL ? class->lasts_us(session->setup.options)
                                   : session->setup.options->timeout_us;
}

/* When an address that is silent by then makes a probe start. Somebody who waits for the guest to come up
 * does not want that before the end. */
static uint64_t silence_due(const struct session *session, const struct probe_class *class, size_t address)
{
    uint64_t due_us = session->added_us[address] + class->silence_us;
    uint64_t last_us = lasts_us(session, class);

    if (session->setup.patience_until_us > due_us + last_us)
        due_us = session->setup.patience_until_us - last_us;
    return due_us;
}

static bool is_somebody_silent(const struct session *session, const struct probe_class *class)
{
    const struct target *target = session->setup.target;

    for (size_t i = 0; i < target->address_count; i++)
        if (class->silent(&session->env, target->addresses[i].address))
            return true;
    return false;
}

/* Starts what the silence of an address starts when it has lasted. */
static void start_for_silence(struct session *session, const struct probe_class *class)
{
    const struct target *target = session->setup.target;

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        if (was_started(session, class, address) || !class->silent(&session->env, address))
            continue;
        uint64_t due_us = silence_due(session, class, i);
        if (due_us <= session->env.now_us)
            start_probe(session, class, class->of_target ? (struct ip_addr){0} : address);
        else if (due_us < session->silence_due_us)
            session->silence_due_us = due_us;
    }
}

/* Where our frames come back, more of them would feed the loop. */
static void start_for_silences(struct session *session)
{
    if (session->env.now_us < session->silence_due_us)
        return;
    session->silence_due_us = NEVER;
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if ((PROBES[i]->starts & STARTS_WHEN_SILENT) && !traffic_returns(&session->traffic))
            start_for_silence(session, PROBES[i]);
}

/* What was started for the silence of a given address has no more to tell when that one speaks after all. */
static bool is_needless(const struct session *session, const struct probe *probe)
{
    return (probe->class->starts & STARTS_WHEN_SILENT) && probe->class->of_target &&
           session->setup.target->given_count > 0 && !is_somebody_silent(session, probe->class);
}

static bool probes_done(const struct session *session)
{
    for (size_t i = 0; i < session->probe_count; i++)
        if (!session->probes[i]->done && !is_needless(session, session->probes[i]))
            return false;
    return true;
}

static void sooner(uint64_t *due_us, uint64_t other_us)
{
    if (other_us != 0 && (*due_us == 0 || other_us < *due_us))
        *due_us = other_us;
}

/* Sets when to look again, or that all is said: every probe is done, and duplicates had their time. */
static void reschedule(struct session *session)
{
    uint64_t now_us = session->env.now_us;

    start_for_silences(session);
    session->due_us = 0;
    if (probes_done(session)) {
        uint64_t end_us = session->env.last_reply_us == 0
                              ? 0
                              : session->env.last_reply_us + session->setup.options->linger_us;
        session->done = now_us >= end_us;
        session->due_us = end_us;
    }
    for (size_t i = 0; i < session->probe_count; i++)
        if (!session->probes[i]->done)
            sooner(&session->due_us, session->probes[i]->due_us);
    if (session->silence_due_us != NEVER)
        sooner(&session->due_us, session->silence_due_us);
    sooner(&session->due_us, sources_timer(&session->env));
}

void session_timer(struct session *session, uint64_t now_us)
{
    session->env.now_us = now_us;
    if (session->loop_until_us != 0) {
        session->done = now_us >= session->loop_until_us;
        return;
    }
    for (size_t i = 0; i < session->probe_count; i++) {
        struct probe *probe = session->probes[i];
        if (!probe->done && probe->due_us != 0 && now_us >= probe->due_us)
            probe->class->timer(probe);
    }
    reschedule(session);
}

uint64_t session_due(const struct session *session)
{
    return session->due_us;
}

bool session_done(const struct session *session)
{
    return session->done;
}

bool session_asks(const struct session *session)
{
    return !session->done && !probes_done(session);
}

/* ---- start, frames, end ---- */

static void start_unnamed(struct session *session)
{
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if (PROBES[i]->starts & STARTS_UNNAMED)
            start_probe(session, PROBES[i], (struct ip_addr){0});
}

struct session *session_start(const struct session_setup *setup, uint64_t now_us)
{
    struct session *session = memory_new(1, sizeof *session);
    struct target *target = setup->target;

    session->setup = *setup;
    session->started_us = now_us;
    session->env = (struct probe_env){
        .options = setup->options,
        .facts = setup->facts,
        .target = target,
        .builder = setup->means->builder,
        .tag_searches_left = setup->means->tag_searches_left,
        .observations = &session->observations,
        .now_us = now_us,
        .patience_until_us = setup->patience_until_us,
        .context = session,
        .send = send_packet,
        .random = random_bits,
        .found = found,
    };
    target->address_count = 0;
    for (size_t i = 0; i < target->given_count; i++)
        if (target->given[i].family == IP_V4 ? setup->options->ipv4 : setup->options->ipv6)
            add_address(session, target->given[i], ORIGIN_GIVEN);
    if (target->given_count == 0)
        start_unnamed(session);
    session_timer(session, now_us);
    return session;
}

/* Nothing that we send into a loop ever leaves it: from the first proof on we only listen. */
static void watch_loop(struct session *session)
{
    if (session->loop_until_us == 0)
        session->loop_until_us = session->env.now_us + session->setup.options->linger_us;
    session->due_us = session->loop_until_us;
    session->done = session->env.now_us >= session->loop_until_us;
}

/* Hands a frame to the probes that hear where it was captured; true if it answered one of them. It is no
 * answer to probes that it only makes us start. */
static bool give_to_probes(struct session *session, const struct frame *frame)
{
    size_t probe_count = session->probe_count;
    bool ours = false;

    for (size_t i = session->finished_count; i < probe_count; i++) {
        struct probe *probe = session->probes[i];
        if (probe->class->hears & VANTAGE_BIT(frame->at))
            ours |= probe->class->frame(probe, frame);
    }
    return ours;
}

static void note_guest_mac(struct session *session, const struct frame *frame)
{
    struct probe_env *env = &session->env;

    if (env->has_guest_mac || !probe_vlan_matches(env, frame) || mac_is_multicast(frame->source) ||
        mac_is_zero(frame->source) || is_own_mac(env, frame->source) ||
        session->setup.target->link->kind == LINK_BRIDGE)
        return;
    env->has_guest_mac = true;
    env->guest_mac = frame->source;
}

/* Whether a probe that looks at the host's facts has a doubt to settle. */
static bool is_doubtful(const struct session *session, const struct probe_class *class)
{
    const struct target *target = session->setup.target;

    for (size_t i = 0; i < target->address_count; i++)
        if (class->doubtful(&session->env, target->addresses[i].address))
            return true;
    return false;
}

static bool wants_to_look(const struct session *session)
{
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if (PROBES[i]->look != NULL && is_doubtful(session, PROBES[i]))
            return true;
    return false;
}

static void tap_frame(struct session *session, const struct frame *frame)
{
    struct probe_env *env = &session->env;

    traffic_frame(&session->traffic, env, frame);
    if (traffic_loops(&session->traffic)) {
        watch_loop(session);
        return;
    }
    note_guest_mac(session, frame);
    bool ours = sources_frame(env, frame);
    ours |= give_to_probes(session, frame);
    session->observations.foreign += !ours;
    session->glance_now = ours && !session->glanced && wants_to_look(session);
    reschedule(session);
}

void session_frame(struct session *session, enum vantage at, struct span bytes, uint32_t wire_length,
                   uint64_t time_us, uint64_t now_us)
{
    struct frame frame;

    if (session->done)
        return;
    if (wire_decode(bytes, wire_length, &frame) != WIRE_OK) {
        session->observations.malformed++;
        return;
    }
    frame.time_us = time_us;
    frame.at = at;
    session->env.now_us = now_us;
    if (at == AT_TAP)
        tap_frame(session, &frame);
    else
        give_to_probes(session, &frame); /* it is anybody's: only the probes that asked there want it */
}

void session_trouble(struct session *session, enum trouble_kind kind, uint64_t count, int error,
                     uint64_t now_us)
{
    observe(&session->observations,
            &(struct observation){.kind = OBSERVED_TROUBLE,
                                  .time_us = now_us,
                                  .trouble = {.kind = kind, .count = count, .error = error}});
    if (kind == TROUBLE_LINK_LOST || kind == TROUBLE_INTERRUPTED)
        session->done = session->ended = true;
}

/* ---- diagnosis ---- */

static bool is_asked_by_finding(const struct verdict *verdict, const struct probe_class *class,
                                struct ip_addr address)
{
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        if (finding_asks(&FINDINGS[finding->id], class->id) &&
            (finding->address.family == IP_NONE || ip_equal(finding->address, address)))
            return true;
    }
    return false;
}

static bool is_wanted(const struct session *session, const struct verdict *verdict,
                      const struct probe_class *class, struct ip_addr address)
{
    const struct probe_env *env = &session->env;

    if (!is_for(class, address) || was_started(session, class, address))
        return false;
    if ((class->starts & STARTS_WHEN_ASKED) && session->setup.options->deep && is_answered(env, address))
        return true;
    if ((class->starts & STARTS_WHEN_DOUBTFUL) && class->doubtful(env, address))
        return true;
    return (class->starts & (STARTS_WHEN_ASKED | STARTS_LAST)) &&
           is_asked_by_finding(verdict, class, address);
}

/* Starts those that are wanted and come last, or the others; returns how many there were. */
static size_t start_wanted(struct session *session, const struct verdict *verdict, bool last)
{
    const struct target *target = session->setup.target;
    size_t count = 0;

    for (size_t i = 0; i < target->address_count; i++)
        for (const struct probe_class *const *class = PROBES; *class != NULL; class ++) {
            struct ip_addr address = target->addresses[i].address;
            if (((*class)->starts & STARTS_LAST ? !last : last) || !has_vantages(session, (*class)->needs) ||
                !is_wanted(session, verdict, *class, address))
                continue;
            count++;
            start_probe(session, *class, address);
        }
    return count;
}

/* Where our frames come back, more of them would feed the loop; where the user or the kernel ended the check,
 * it is over. */
static bool may_diagnose(const struct session *session)
{
    return !traffic_returns(&session->traffic) && !session->ended;
}

void session_vantage(struct session *session, enum vantage at, bool there)
{
    if (there)
        session->setup.vantages |= VANTAGE_BIT(at);
    else
        session->setup.vantages &= ~VANTAGE_BIT(at);
}

unsigned session_wanted_vantages(const struct session *session, const struct verdict *verdict)
{
    const struct target *target = session->setup.target;
    unsigned wanted = 0;

    for (size_t i = 0; i < target->address_count && may_diagnose(session); i++)
        for (const struct probe_class *const *class = PROBES; *class != NULL; class ++)
            if (!has_vantages(session, (*class)->needs) &&
                is_wanted(session, verdict, *class, target->addresses[i].address))
                wanted |= (*class)->needs & ~session->setup.vantages;
    return wanted;
}

uint64_t session_longest(enum vantage at, const struct check_options *options)
{
    uint64_t longest_us = 0;

    for (const struct probe_class *const *class = PROBES; *class != NULL; class ++)
        if (((*class)->needs & VANTAGE_BIT(at)) && (*class)->lasts_us(options) > longest_us)
            longest_us = (*class)->lasts_us(options);
    return longest_us;
}

bool session_wants_glance(const struct session *session)
{
    return session->glance_now || (session->done && may_diagnose(session) &&
                                   (session->setup.options->deep || wants_to_look(session)));
}

void session_glance(struct session *session, const struct host_facts *facts, uint64_t now_us)
{
    session->glance_now = false;
    session->glanced = true;
    session->env.now_us = now_us;
    for (size_t i = 0; PROBES[i] != NULL; i++)
        if (PROBES[i]->look != NULL)
            PROBES[i]->look(&session->env, facts);
}

bool session_diagnose(struct session *session, const struct verdict *verdict, uint64_t now_us)
{
    session->env.now_us = now_us;
    if (!may_diagnose(session) ||
        (start_wanted(session, verdict, false) == 0 && start_wanted(session, verdict, true) == 0))
        return false;
    session->done = false;
    session_timer(session, now_us);
    return true;
}

const struct observations *session_finish(struct session *session, uint64_t now_us)
{
    session->env.now_us = now_us;
    for (; session->finished_count < session->probe_count; session->finished_count++) {
        struct probe *probe = session->probes[session->finished_count];
        if (probe->class->finish != NULL)
            probe->class->finish(probe);
        probe->done = true;
    }
    sources_finish(&session->env);
    traffic_finish(&session->traffic, &session->env, session->started_us);
    return &session->observations;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    session_finish(session, session->env.now_us); /* probes give their memory back when they finish */
    for (size_t i = 0; i < session->probe_count; i++) {
        free(session->probes[i]->state);
        free(session->probes[i]);
    }
    free(session->probes);
    observations_free(&session->observations);
    free(session);
}
