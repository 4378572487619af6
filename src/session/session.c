/* Frames and timers of one target on their way to its probes, and what is observed beside. */
#include "session.h"
#include "dhcp_exchange.h"
#include "prober.h"
#include "traffic.h"
#include "text.h"
#include "way.h"

#include <errno.h>
#include <stdlib.h>

enum {
    /* The guest, and whoever copies frames, are each as late as we were, and more than once. */
    LATENESS_FACTOR = 8,
    LATENESS_MAX_US = 500000,
};

struct session {
    struct session_setup setup;
    struct probe_env env;
    struct observations observations;
    size_t told; /* of them, to whoever wants to know */
    struct traffic traffic;
    struct prober prober;
    uint64_t started_us;
    uint64_t due_us;
    uint64_t late_us;         /* by how much we were called too late, at most: others have the processors */
    uint64_t loop_until_us;   /* frames of ours go round, and we watch until then; 0: they do not */
    bool glance_now, glanced; /* at the host's facts, since the first answer was a doubtful one */
    bool done;
    bool ended; /* for good */
    bool heard; /* some frame from behind the target */
};

/* ---- what probes borrow ---- */

static int send_packet(void *context, enum vantage at, const struct packet *packet)
{
    struct session *session = context;
    const struct check_means *means = session->setup.means;

    if (!prober_has_vantages(&session->prober, VANTAGE_BIT(at)))
        return -ENODEV;
    if (at == AT_TAP)
        traffic_sent(&session->traffic, packet);
    return means->send(means->context, at, packet->bytes, packet->length);
}

static bool has_vantage(void *context, enum vantage at)
{
    const struct session *session = context;
    return prober_has_vantages(&session->prober, VANTAGE_BIT(at));
}

static uint64_t random_bits(void *context)
{
    const struct session *session = context;
    return session->setup.means->random(session->setup.means->context);
}

static void tell(void *context, const char *text)
{
    const struct session *session = context;
    const struct check_means *means = session->setup.means;

    means->tell(means->context, session->env.now_us, text);
}

static void tell_news(struct session *session)
{
    const struct check_means *means = session->setup.means;

    for (; means->tell != NULL && session->told < session->observations.count; session->told++) {
        const struct observation *news = &session->observations.items[session->told];
        char *text = observation_text(news);
        means->tell(means->context, news->time_us, text);
        free(text);
    }
}

static int trace(void *context, const struct trace_question *question)
{
    const struct session *session = context;
    const struct check_means *means = session->setup.means;

    return means->trace != NULL ? means->trace(means->context, question) : -EOPNOTSUPP;
}

static bool neighbour_was_refused(void *context, enum ip_family family)
{
    const struct session *session = context;
    const struct check_means *means = session->setup.means;

    return means->neighbour_was_refused(means->context, family);
}

static void add_address(struct session *session, struct ip_addr address, enum address_origin origin,
                        unsigned asked)
{
    struct target *target = session->setup.target;

    if (target->address_count == TARGET_ADDRESSES_MAX)
        return;
    struct target_address *added = &target->addresses[target->address_count];
    *added = (struct target_address){address, origin, way_out(&session->setup, address), asked, 0};
    added->way_in_error = way_in_error(&session->setup, address, &added->route);
    prober_start_for(&session->prober, target->address_count++);
}

/* With addresses given, what else the guest has is only evidence; without, it is what to check. */
static void found(void *context, struct ip_addr address, enum address_origin origin, unsigned asked)
{
    struct session *session = context;

    if (session->setup.target->given_count == 0)
        add_address(session, address, origin, asked);
}

/* ---- time ---- */

/* How much later than usual a copy may come: by how much we were late ourselves, and answers were, and other
 * copies. */
static uint64_t lateness_us(const struct session *session)
{
    const struct observations *seen = &session->observations;
    uint64_t least_us = UINT64_MAX, most_us = 0, copied_us = 0;

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *reply = &seen->items[i];
        if (reply->kind != OBSERVED_REPLY)
            continue;
        copied_us = reply->reply.after_us > copied_us ? reply->reply.after_us : copied_us;
        if (reply->reply.copy > 0)
            continue;
        least_us = reply->reply.rtt_us < least_us ? reply->reply.rtt_us : least_us;
        most_us = reply->reply.rtt_us > most_us ? reply->reply.rtt_us : most_us;
    }
    bool knocked = session->env.patience_until_us != 0; /* and the guest answers all of it when it comes up */
    uint64_t spread_us = most_us > least_us && !knocked ? most_us - least_us : 0;
    uint64_t late_us =
        LATENESS_FACTOR * (session->late_us > spread_us ? session->late_us : spread_us) + copied_us;
    return late_us < LATENESS_MAX_US ? late_us : LATENESS_MAX_US;
}

/* Sets when to look again, or that all is said: every probe is done, and duplicates had their time. */
static void reschedule(struct session *session)
{
    uint64_t now_us = session->env.now_us;

    session->env.holds_back = traffic_returns(&session->traffic);
    session->env.floods = traffic_is_storm(&session->traffic, session->started_us, now_us);
    prober_start_for_silences(&session->prober);
    session->due_us = 0;
    if (prober_done(&session->prober)) {
        uint64_t end_us =
            session->env.last_reply_us == 0
                ? 0
                : session->env.last_reply_us + session->setup.options->linger_us + lateness_us(session);
        session->done = now_us >= end_us;
        session->due_us = end_us;
    }
    uint64_t other_us[] = {prober_due(&session->prober), sources_timer(&session->env)};
    for (size_t i = 0; i < 2; i++)
        if (other_us[i] != 0 && (session->due_us == 0 || other_us[i] < session->due_us))
            session->due_us = other_us[i];
    tell_news(session);
}

void session_timer(struct session *session, uint64_t now_us)
{
    session->env.now_us = now_us;
    if (session->due_us != 0 && now_us > session->due_us + session->late_us)
        session->late_us = now_us - session->due_us;
    if (session->loop_until_us != 0) {
        session->done = now_us >= session->loop_until_us;
        return;
    }
    prober_timer(&session->prober);
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

/* Who answered what could be asked without a source, and waits for one, has nothing to answer now. */
bool session_asks(const struct session *session)
{
    bool rests = session->env.last_reply_us != 0 && sources_are_asked(&session->env);

    return !session->done && !rests && !prober_done(&session->prober);
}

bool session_is_quiet(const struct session *session)
{
    return !session->heard;
}

/* ---- start, frames, end ---- */

static struct probe_env env_for(struct session *session, uint64_t now_us)
{
    const struct session_setup *setup = &session->setup;

    return (struct probe_env){
        .options = setup->options,
        .facts = setup->facts,
        .target = setup->target,
        .builder = setup->means->builder,
        .tag_searches_left = setup->means->tag_searches_left,
        .hears_questions = setup->means->hears_questions,
        .observations = &session->observations,
        .now_us = now_us,
        .patience_until_us = setup->patience_until_us,
        .context = session,
        .send = send_packet,
        .has_vantage = has_vantage,
        .random = random_bits,
        .trace = trace,
        .neighbour_was_refused = neighbour_was_refused,
        .found = found,
        .tell = setup->means->tell != NULL ? tell : NULL,
    };
}

struct session *session_start(const struct session_setup *setup, uint64_t now_us)
{
    struct session *session = memory_new(1, sizeof *session);
    struct target *target = setup->target;

    session->setup = *setup;
    session->started_us = now_us;
    session->env = env_for(session, now_us);
    session->prober.env = &session->env;
    session->prober.vantages = setup->vantages;
    target->address_count = 0;
    dhcp_keep(&session->observations, setup->earlier);
    session->told = session->observations.count;
    for (size_t i = 0; i < target->given_count; i++)
        if (options_want(setup->options, target->given[i].family))
            add_address(session, target->given[i], ORIGIN_GIVEN, 0);
    prober_start_for_target(&session->prober, target->given_count == 0);
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

static void note_guest_mac(struct session *session, const struct frame *frame)
{
    struct probe_env *env = &session->env;

    if (env->has_guest_mac || !probe_vlan_matches(env, frame) || mac_is_multicast(frame->source) ||
        mac_is_zero(frame->source) || probe_is_own_mac(env, frame->source) ||
        session->setup.target->link->kind == LINK_BRIDGE)
        return;
    env->has_guest_mac = true;
    env->guest_mac = frame->source;
}

static void tap_frame(struct session *session, const struct frame *frame)
{
    struct probe_env *env = &session->env;

    session->heard = true;
    traffic_frame(&session->traffic, env, frame);
    if (traffic_loops(&session->traffic)) {
        watch_loop(session);
        return;
    }
    note_guest_mac(session, frame);
    bool ours = sources_frame(env, frame);
    ours |= prober_frame(&session->prober, frame);
    session->observations.foreign += !ours;
    session->glance_now |= ours && !session->glanced && prober_wants_glance(&session->prober);
    reschedule(session);
}

/* It is anybody's: only the probes that asked there want it. */
static void elsewhere_frame(struct session *session, const struct frame *frame)
{
    if (session->loop_until_us != 0)
        return;
    if (frame->direction == DIRECTION_IN)
        sources_frame(&session->env, frame);
    prober_frame(&session->prober, frame);
    reschedule(session);
}

/* DHCP takes longer than any probe, and goes on between one judgement and the next. */
static void take_frame(struct session *session, const struct frame *frame, uint64_t now_us)
{
    if (frame->at == AT_TAP && probe_vlan_matches(&session->env, frame))
        dhcp_observe(&session->observations, frame);
    if (session->done)
        return;
    session->env.now_us = now_us;
    if (frame->at == AT_TAP && frame->direction == DIRECTION_IN)
        tap_frame(session, frame);
    else
        elsewhere_frame(session, frame);
}

void session_frame(struct session *session, const struct arrival *arrival, uint64_t now_us)
{
    size_t known = session->observations.count;
    struct frame frame;

    if (wire_decode_arrival(arrival, &frame) != WIRE_OK) {
        session->observations.malformed += arrival->direction == DIRECTION_IN;
        return;
    }
    take_frame(session, &frame, now_us);
    observations_number(&session->observations, known, &frame);
}

void session_told(struct session *session, const struct trace_answer *answer, uint64_t now_us)
{
    if (session->done)
        return;
    session->env.now_us = now_us;
    prober_told(&session->prober, answer);
    reschedule(session);
}

void session_trouble(struct session *session, enum trouble_kind kind, uint64_t count, int error,
                     uint64_t now_us)
{
    observation_add(&session->observations,
                    &(struct observation){.kind = OBSERVED_TROUBLE,
                                          .time_us = now_us,
                                          .trouble = {.kind = kind, .count = count, .error = error}});
    if (kind == TROUBLE_LINK_LOST || kind == TROUBLE_INTERRUPTED)
        session->done = session->ended = true;
}

/* ---- diagnosis ---- */

/* Where our frames come back, more of them would feed the loop; where the user or the kernel ended the check,
 * it is over. */
static bool may_diagnose(const struct session *session)
{
    return !traffic_returns(&session->traffic) && !session->ended;
}

void session_vantage(struct session *session, enum vantage at, bool there)
{
    if (there)
        session->prober.vantages |= VANTAGE_BIT(at);
    else
        session->prober.vantages &= ~VANTAGE_BIT(at);
}

unsigned session_wanted_vantages(const struct session *session, const struct verdict *verdict)
{
    return may_diagnose(session) ? prober_wanted_vantages(&session->prober, verdict) : 0;
}

bool session_hears_out(enum vantage at)
{
    for (const struct probe_class *const *class = PROBES; *class != NULL; class ++)
        if ((*class)->hears_out & VANTAGE_BIT(at))
            return true;
    return false;
}

bool session_wants_glance(const struct session *session)
{
    return session->glance_now || (session->done && may_diagnose(session) &&
                                   (session->setup.options->deep || prober_wants_glance(&session->prober)));
}

void session_glance(struct session *session, const struct host_facts *facts, uint64_t now_us)
{
    session->glance_now = false;
    session->glanced = true;
    session->env.now_us = now_us;
    prober_glance(&session->prober, facts);
}

bool session_diagnose(struct session *session, const struct verdict *verdict, uint64_t now_us)
{
    session->env.now_us = now_us;
    if (!may_diagnose(session) || prober_start_wanted(&session->prober, verdict) == 0)
        return false;
    session->done = false;
    session->due_us = 0; /* was while others were asked */
    session_timer(session, now_us);
    return true;
}

const struct observations *session_finish(struct session *session, uint64_t now_us)
{
    session->env.now_us = now_us;
    prober_finish(&session->prober);
    sources_finish(&session->env);
    traffic_finish(&session->traffic, &session->env, session->started_us);
    tell_news(session);
    return &session->observations;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    session_finish(session, session->env.now_us); /* probes give their memory back when they finish */
    prober_free(&session->prober);
    traffic_free(&session->traffic);
    observations_free(&session->observations);
    free(session);
}
