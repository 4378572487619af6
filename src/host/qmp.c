/* QMP: the greeting, capabilities negotiated, a few questions, and the monitor's text of "info network". */
#include "qmp.h"
#include "clock.h"

#include "grow.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    GREETING_MS = 500,    /* a QEMU that serves us greets at once */
    REPLIES_MAX = 1 << 20 /* bytes in all */
};

struct channel {
    int fd;
    long long deadline; /* in ms of clock_now() */
    size_t received;    /* in all */
    size_t filled, used;
    char buffer[4096];
};

static long long now_ms(void)
{
    return (long long)(clock_now() / 1000);
}

static bool wait_for(const struct channel *channel, short events)
{
    struct pollfd poll_fd = {.fd = channel->fd, .events = events};
    long long left;

    while ((left = channel->deadline - now_ms()) > 0) {
        int ready = poll(&poll_fd, 1, (int)left);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static bool fill(struct channel *channel)
{
    if (channel->received >= REPLIES_MAX)
        return false;
    for (;;) {
        ssize_t got = recv(channel->fd, channel->buffer, sizeof channel->buffer, 0);
        if (got > 0) {
            channel->received += (size_t)got;
            channel->filled = (size_t)got;
            channel->used = 0;
            return true;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(channel, POLLIN))
            return false;
    }
}

/* One byte at a time, so that jansson takes no more than one message. */
static size_t read_byte(void *buffer, size_t size, void *data)
{
    struct channel *channel = data;

    if (size == 0 || (channel->used == channel->filled && !fill(channel)))
        return 0;
    *(char *)buffer = channel->buffer[channel->used++];
    return 1;
}

static json_t *read_message(struct channel *channel)
{
    return json_load_callback(read_byte, channel, JSON_DISABLE_EOF_CHECK, NULL);
}

static bool send_text(struct channel *channel, const char *text)
{
    for (size_t sent = 0, size = strlen(text); sent < size;) {
        ssize_t n = send(channel->fd, text + sent, size - sent, MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        else if ((errno != EAGAIN && errno != EINTR) || !wait_for(channel, POLLOUT))
            return false;
    }
    return true;
}

/* Sends the command and skips events up to its reply. Null if the channel broke; the caller decrefs. */
static json_t *ask(struct channel *channel, const char *command)
{
    if (!send_text(channel, command))
        return NULL;
    for (;;) {
        json_t *message = read_message(channel);
        if (!json_is_object(message)) {
            json_decref(message);
            return NULL;
        }
        if (json_object_get(message, "return") != NULL || json_object_get(message, "error") != NULL)
            return message;
        json_decref(message);
    }
}

static void read_others(const json_t *filter, struct qmp_filter *ret)
{
    const json_t *list = json_object_get(filter, "unicast-table");
    struct mac_addr parsed;
    size_t i;
    json_t *mac;

    json_array_foreach(list, i, mac)
    {
        if (!json_is_string(mac) || !mac_parse(json_string_value(mac), &parsed))
            continue;
        ret->others = grow(ret->others, &ret->other_count, sizeof *ret->others);
        ret->others[ret->other_count - 1] = parsed;
    }
}

static void read_filters(const json_t *reply, struct qmp_facts *facts)
{
    const json_t *list = json_object_get(reply, "return");
    size_t i;
    json_t *filter;

    json_array_foreach(list, i, filter)
    {
        const char *name = json_string_value(json_object_get(filter, "name"));
        const char *mac = json_string_value(json_object_get(filter, "main-mac"));
        struct mac_addr parsed;
        if (name == NULL || mac == NULL || !mac_parse(mac, &parsed))
            continue;
        facts->filters = grow(facts->filters, &facts->filter_count, sizeof *facts->filters);
        struct qmp_filter *added = &facts->filters[facts->filter_count - 1];
        *added = (struct qmp_filter){.name = text_format("%s", name),
                                     .mac = parsed,
                                     .promiscuous = json_is_true(json_object_get(filter, "promiscuous"))};
        read_others(filter, added);
    }
}

/* "index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56" */
static void read_attributes(struct qmp_client *client, char *text)
{
    static const char mac_key[] = "macaddr=";
    char *rest = text;

    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        if (strncmp(item, "index=", 6) == 0)
            client->queue = (unsigned)strtoul(item + 6, NULL, 10);
        if (strncmp(item, mac_key, sizeof mac_key - 1) == 0)
            client->has_mac = mac_parse(item + sizeof mac_key - 1, &client->mac);
        if (strncmp(item, "type=", 5) == 0 && client->type == NULL)
            client->type = text_format("%s", item + 5);
    }
}

/* "NAME: index=…" or, of a hub's port, "PORT: NAME: index=…". False if the line is no client. */
static bool read_client(struct qmp_facts *facts, const char *line, size_t length, const unsigned *hub)
{
    static const char mark[] = ": index=";
    const char *attributes = memmem(line, length, mark, sizeof mark - 1);
    const char *name = line;

    if (attributes == NULL)
        return false;
    if (hub != NULL) {
        const char *colon = memmem(line, (size_t)(attributes - line), ": ", 2);
        if (colon == NULL)
            return false;
        name = colon + 2;
    }
    facts->clients = grow(facts->clients, &facts->client_count, sizeof *facts->clients);
    struct qmp_client *client = &facts->clients[facts->client_count - 1];
    client->name = text_format("%.*s", (int)(attributes - name), name);
    if (hub != NULL) {
        client->on_hub = true;
        client->hub = *hub;
        client->hub_port = text_format("%.*s", (int)(name - 2 - line), line);
    }
    client->info = text_format("%.*s", (int)(length - (size_t)(attributes + 2 - line)), attributes + 2);
    char *items = text_format("%s", client->info);
    read_attributes(client, items);
    free(items);
    return true;
}

static void join_last_two(struct qmp_facts *facts)
{
    struct qmp_client *nic = &facts->clients[facts->client_count - 2], *backend = nic + 1;

    if (nic->peer == NULL && !nic->on_hub) {
        nic->peer = text_format("%s", backend->name);
        backend->peer = text_format("%s", nic->name);
    }
}

void qmp_read_info_network(const char *text, struct qmp_facts *facts)
{
    unsigned hub = 0;
    bool in_hub = false;

    for (size_t length; *text != '\0'; text += length + (text[length] != '\0')) {
        length = strcspn(text, "\n");
        size_t trimmed = length > 0 && text[length - 1] == '\r' ? length - 1 : length;
        bool indented = trimmed > 3 && strncmp(text, " \\ ", 3) == 0;
        if (strncmp(text, "hub ", 4) == 0 && trimmed <= 14) {
            hub = (unsigned)strtoul(text + 4, NULL, 10);
            in_hub = true;
        } else if (indented && in_hub) {
            facts->empty_ports += !read_client(facts, text + 3, trimmed - 3, &hub);
        } else if (indented && facts->client_count > 0) {
            if (read_client(facts, text + 3, trimmed - 3, NULL))
                join_last_two(facts);
        } else if (read_client(facts, text, trimmed, NULL)) {
            in_hub = false;
        }
    }
}

enum { ASK_CAPABILITIES, ASK_STATUS, ASK_FILTERS, ASK_NETWORK };

const char *const QMP_QUESTIONS[] = {
    [ASK_CAPABILITIES] = "{\"execute\":\"qmp_capabilities\"}\n",
    [ASK_STATUS] = "{\"execute\":\"query-status\"}\n",
    [ASK_FILTERS] = "{\"execute\":\"query-rx-filter\"}\n",
    [ASK_NETWORK] =
        "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"info network\"}}\n",
    NULL,
};

static bool converse(struct channel *channel, struct qmp_facts *facts)
{
    json_t *reply = ask(channel, QMP_QUESTIONS[ASK_CAPABILITIES]);
    bool accepted = json_object_get(reply, "return") != NULL;

    json_decref(reply);
    if (!accepted || (reply = ask(channel, QMP_QUESTIONS[ASK_STATUS])) == NULL)
        return false;
    const json_t *status = json_object_get(reply, "return");
    const char *text = json_string_value(json_object_get(status, "status"));
    facts->running = json_is_true(json_object_get(status, "running"));
    facts->status = text_format("%s", text != NULL ? text : "unknown");
    json_decref(reply);

    if ((reply = ask(channel, QMP_QUESTIONS[ASK_FILTERS])) == NULL)
        return false;
    read_filters(reply, facts);
    json_decref(reply);

    reply = ask(channel, QMP_QUESTIONS[ASK_NETWORK]);
    const char *network = json_string_value(json_object_get(reply, "return"));
    if (network != NULL)
        qmp_read_info_network(network, facts);
    bool answered = reply != NULL;
    json_decref(reply);
    return answered;
}

enum qmp_result qmp_converse(int fd, int timeout_ms, struct qmp_facts *ret)
{
    struct qmp_facts facts = {0};
    long long start = now_ms();
    struct channel channel = {.fd = fd,
                              .deadline = start + (timeout_ms < GREETING_MS ? timeout_ms : GREETING_MS)};
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return QMP_BROKEN;
    json_t *greeting = read_message(&channel);
    bool is_qmp = json_object_get(greeting, "QMP") != NULL;
    json_decref(greeting);
    if (!is_qmp)
        return channel.received == 0 && now_ms() >= channel.deadline ? QMP_BUSY : QMP_BROKEN;

    channel.deadline = start + timeout_ms;
    if (!converse(&channel, &facts)) {
        qmp_facts_free(&facts);
        return QMP_BROKEN;
    }
    *ret = facts;
    return QMP_OK;
}

void qmp_facts_free(struct qmp_facts *facts)
{
    for (size_t i = 0; i < facts->filter_count; i++) {
        free(facts->filters[i].name);
        free(facts->filters[i].others);
    }
    for (size_t i = 0; i < facts->client_count; i++) {
        free(facts->clients[i].name);
        free(facts->clients[i].type);
        free(facts->clients[i].info);
        free(facts->clients[i].hub_port);
        free(facts->clients[i].peer);
    }
    free(facts->filters);
    free(facts->clients);
    free(facts->status);
    *facts = (struct qmp_facts){0};
}

const char *qmp_result_text(enum qmp_result result)
{
    switch (result) {
    case QMP_OK:
        return "answered";
    case QMP_BUSY:
        return "busy: it has another client, or QEMU does not answer";
    case QMP_ABSENT:
        return "nobody listens there";
    case QMP_DENIED:
        return "no permission";
    case QMP_STRANGER:
        return "the socket is not its own: it belongs to another user, or another process listens there";
    case QMP_BROKEN:
        break;
    }
    return "does not speak QMP, or stopped answering";
}
