/* Who sent which echo through the host's stack is remembered by its random bits: addresses may be
 * anybody's. */
#include "stack.h"
#include "clock.h"
#include "facts.h"
#include "host_socket.h"
#include "loop.h"
#include "text.h"
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_MIN = 256, ASKED_MAX = 65536, NONCE_AT = 8 };

struct asked {
    uint64_t nonce;
    const struct tap_user *user; /* NULL: the place is free */
};

struct family {
    struct stack *stack;
    struct link *link; /* NULL: there is none, … */
    int error;         /* … because of this errno */
    uint64_t lost;     /* of its count, when it was read last */
};

struct stack {
    struct loop *loop;
    struct family ipv4, ipv6;
    struct neighbours_refused before; /* when it was opened, … */
    int error_before;                 /* … or why that is not known */
    struct asked *asked;              /* open addressing; at most half of it is taken */
    size_t count, capacity;
};

/* ---- who asked ---- */

static struct asked *place_of(const struct stack *stack, uint64_t nonce)
{
    size_t place = (size_t)nonce & (stack->capacity - 1);

    while (stack->asked[place].user != NULL && stack->asked[place].nonce != nonce)
        place = (place + 1) & (stack->capacity - 1);
    return &stack->asked[place];
}

static void put(struct stack *stack, struct asked asked)
{
    struct asked *place = place_of(stack, asked.nonce);

    stack->count += place->user == NULL;
    *place = asked;
}

/* What was asked long ago is forgotten: whoever asked with the last of them asks again. */
static void make_room(struct stack *stack)
{
    struct asked *old = stack->asked;
    size_t old_capacity = stack->capacity;

    if (2 * (stack->count + 1) <= old_capacity)
        return;
    stack->capacity = old_capacity == 0           ? ASKED_MIN
                      : old_capacity == ASKED_MAX ? ASKED_MAX
                                                  : 2 * old_capacity;
    stack->asked = memory_new(stack->capacity, sizeof *stack->asked);
    stack->count = 0;
    for (size_t i = 0; stack->capacity > old_capacity && i < old_capacity; i++)
        if (old[i].user != NULL)
            put(stack, old[i]);
    free(old);
}

static bool nonce_of(struct span bytes, uint32_t wire_length, enum frame_kind kind, struct ip_addr *ret_to,
                     uint64_t *ret_nonce)
{
    struct frame frame;

    if (wire_decode(bytes, wire_length, &frame) != WIRE_OK || frame.kind != kind)
        return false;
    *ret_to = frame.ip.destination;
    memcpy(ret_nonce, frame.echo.payload + NONCE_AT, sizeof *ret_nonce);
    return true;
}

/* ---- frames ---- */

static void hand_on(const struct stack *stack, const struct captured *captured)
{
    struct ip_addr to;
    uint64_t nonce;

    if (stack->capacity == 0 ||
        !nonce_of(captured->bytes, captured->wire_length, FRAME_ECHO_REPLY, &to, &nonce))
        return;
    const struct tap_user *user = place_of(stack, nonce)->user;
    if (user != NULL)
        user->frame(user->context, AT_HOST, captured);
}

/* What came after we began has to wait for its turn: others have theirs, however much comes in. */
static void readable(void *context)
{
    struct family *family = context;
    uint64_t begun_us = clock_wall();
    struct captured captured;

    while (link_receive(family->link, &captured) > 0) {
        hand_on(family->stack, &captured);
        if (captured.time_us >= begun_us)
            break;
    }
    family->lost = link_lost(family->link);
}

int stack_send(struct stack *stack, const struct tap_user *user, int ifindex, const uint8_t *frame,
               size_t length)
{
    struct ip_addr to;
    uint64_t nonce;

    if (!nonce_of(span_of(frame, length), (uint32_t)length, FRAME_ECHO_REQUEST, &to, &nonce))
        return -EINVAL;
    const struct family *family = to.family == IP_V4 ? &stack->ipv4 : &stack->ipv6;
    if (family->link == NULL)
        return -ESOCKTNOSUPPORT; /* the kernel has not refused this packet: see stack_error() */
    make_room(stack);
    put(stack, (struct asked){nonce, user});
    return link_send(family->link, ifindex, frame, length);
}

/* ---- open and close ---- */

static void open_family(struct stack *stack, const struct link_means *means, struct family *family,
                        enum ip_family which)
{
    family->stack = stack;
    int error = link_open_host(means, which, &family->link);
    if (error == 0)
        error = loop_watch(stack->loop, link_descriptor(family->link), readable, family);
    family->error = -error;
    if (error < 0 && family->link != NULL) {
        link_close(family->link);
        family->link = NULL;
    }
}

bool stack_neighbour_was_refused(const struct stack *stack, enum ip_family family)
{
    struct neighbours_refused now = {0};
    int error = stack->error_before != 0 ? stack->error_before : host_neighbours_refused(&now);

    if (error < 0)
        return error != -EOPNOTSUPP;
    return family == IP_V4 ? now.ipv4 > stack->before.ipv4 : now.ipv6 > stack->before.ipv6;
}

struct stack *stack_open(struct loop *loop, const struct link_means *means)
{
    struct stack *stack = memory_new(1, sizeof *stack);

    stack->loop = loop;
    stack->error_before = host_neighbours_refused(&stack->before);
    open_family(stack, means, &stack->ipv4, IP_V4);
    open_family(stack, means, &stack->ipv6, IP_V6);
    return stack;
}

int stack_error(const struct stack *stack)
{
    return stack->ipv4.link != NULL || stack->ipv6.link != NULL ? 0 : -stack->ipv4.error;
}

uint64_t stack_lost(const struct stack *stack)
{
    return stack->ipv4.lost + stack->ipv6.lost;
}

static void close_family(struct family *family)
{
    if (family->link == NULL)
        return;
    loop_unwatch(family->stack->loop, link_descriptor(family->link));
    link_close(family->link);
}

void stack_close(struct stack *stack)
{
    if (stack == NULL)
        return;
    close_family(&stack->ipv4);
    close_family(&stack->ipv6);
    free(stack->asked);
    free(stack);
}
