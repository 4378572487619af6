/* Hosts and places by numbers. */
#include "registry.h"

#include "grow.h"

#include <search.h>
#include <stdlib.h>

struct known_host {
    struct host_identity identity;
    uint32_t number;
};

struct known_place {
    struct fleet_place place;
    uint32_t number;
};

static int compare_texts(const char *a, const char *b)
{
    return a != NULL && b != NULL ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int compare_hosts(const void *a, const void *b)
{
    const struct host_identity *x = &((const struct known_host *)a)->identity,
                               *y = &((const struct known_host *)b)->identity;
    int order = compare_texts(x->name, y->name);

    if (order == 0)
        order = compare_texts(x->machine_id, y->machine_id);
    return order != 0 ? order : compare_texts(x->netns, y->netns);
}

static int compare_places(const void *a, const void *b)
{
    const struct fleet_place *x = &((const struct known_place *)a)->place,
                             *y = &((const struct known_place *)b)->place;
    int order = memcmp(&x->prefix, &y->prefix, sizeof x->prefix);

    if (order == 0)
        order = (x->length > y->length) - (x->length < y->length);
    return order != 0 ? order : memcmp(&x->gateway, &y->gateway, sizeof x->gateway);
}

static char *copy(const char *text)
{
    return text != NULL ? text_format("%s", text) : NULL;
}

/* Where a tree has no memory for what is new, it is the end. */
static void add(void *item, void **tree, int (*compare)(const void *a, const void *b))
{
    if (tsearch(item, tree, compare) == NULL)
        memory_end();
}

uint32_t registry_host(struct registry *registry, const struct host_identity *identity)
{
    const struct known_host wanted = {.identity = *identity};
    struct known_host *const *found = tfind(&wanted, &registry->hosts_by_name, compare_hosts);

    if (found != NULL)
        return (*found)->number;
    struct known_host *added = memory_new(1, sizeof *added);
    added->identity = (struct host_identity){copy(identity->name), copy(identity->machine_id),
                                             copy(identity->boot_id), copy(identity->netns)};
    added->number = (uint32_t)registry->host_count;
    registry->hosts = grow(registry->hosts, &registry->host_count, sizeof *registry->hosts);
    registry->hosts[added->number] = &added->identity;
    add(added, &registry->hosts_by_name, compare_hosts);
    return added->number;
}

uint32_t registry_place(struct registry *registry, const struct fleet_place *place)
{
    const struct known_place wanted = {.place = *place};
    struct known_place *const *found = tfind(&wanted, &registry->places_by_value, compare_places);

    if (found != NULL)
        return (*found)->number;
    struct known_place *added = memory_new(1, sizeof *added);
    registry->places = grow(registry->places, &registry->place_count, sizeof *registry->places);
    registry->places[registry->place_count - 1] = *place;
    *added = (struct known_place){*place, (uint32_t)registry->place_count};
    add(added, &registry->places_by_value, compare_places);
    return added->number;
}

static void free_host(void *host)
{
    host_identity_free(&((struct known_host *)host)->identity);
    free(host);
}

void registry_free(struct registry *registry)
{
    tdestroy(registry->hosts_by_name, free_host);
    tdestroy(registry->places_by_value, free);
    free(registry->hosts);
    free(registry->places);
    *registry = (struct registry){0};
}
