/* Who hears whom inside a VM: NICs, backends and hubs are nodes, netdev= and hub membership are edges, and a
 * segment is a connected part (union-find). */
#include "vm.h"

#include <stdlib.h>
#include <string.h>

struct key {
    const char *id;
    unsigned number; /* of a hub */
    size_t node;
};

struct graph {
    const struct vm *vm;
    size_t *parent; /* nics, then backends, then hubs */
    struct key *backends;
    size_t backend_count;             /* those that have an id of their own */
    const struct vm_source **partner; /* of each backend, by its id; NULL: none yet */
    struct key *hubs;
    size_t hub_count;
    struct vm_connections *result;
};

static size_t root_of(struct graph *graph, size_t node)
{
    while (graph->parent[node] != node) {
        graph->parent[node] = graph->parent[graph->parent[node]];
        node = graph->parent[node];
    }
    return node;
}

static void join(struct graph *graph, size_t a, size_t b)
{
    graph->parent[root_of(graph, a)] = root_of(graph, b);
}

static int compare_ids(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = strcmp(x->id, y->id);
    return order != 0 ? order : (x->node > y->node) - (x->node < y->node);
}

static int compare_id_only(const void *a, const void *b)
{
    return strcmp(((const struct key *)a)->id, ((const struct key *)b)->id);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static bool is_known(struct vm_hub hub)
{
    return hub.origin == VM_HUB_GIVEN || hub.origin == VM_HUB_DEFAULT;
}

static void take_id(struct vm_port *port, const struct vm_source *by)
{
    port->taken_by = by;
    port->id_taken = true;
}

/* The first backend of an id has it. */
static void keep_first_ids(struct graph *graph)
{
    const struct vm_backend *backends = graph->vm->backends;
    size_t kept = 0;

    qsort(graph->backends, graph->backend_count, sizeof *graph->backends, compare_ids);
    for (size_t i = 0; i < graph->backend_count; i++) {
        const struct key *first = kept > 0 ? &graph->backends[kept - 1] : NULL;
        const struct vm_backend *backend = &backends[graph->backends[i].node];
        if (first == NULL || strcmp(first->id, backend->id) != 0)
            graph->backends[kept++] = graph->backends[i];
        else if (!vm_text_unresolved(&backend->source, backend->id))
            take_id(&graph->result->backends[graph->backends[i].node], &backends[first->node].source);
    }
    graph->backend_count = kept;
}

static void add_hub(struct graph *graph, struct vm_hub hub)
{
    if (is_known(hub))
        graph->hubs[graph->hub_count++] = (struct key){.number = hub.number};
}

static void index_nodes(struct graph *graph)
{
    const struct vm *vm = graph->vm;

    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].id != NULL)
            graph->backends[graph->backend_count++] = (struct key){.id = vm->backends[i].id, .node = i};
    keep_first_ids(graph);

    for (size_t i = 0; i < vm->nic_count; i++)
        add_hub(graph, vm->nics[i].hub);
    for (size_t i = 0; i < vm->backend_count; i++)
        add_hub(graph, vm->backends[i].hub);
    qsort(graph->hubs, graph->hub_count, sizeof *graph->hubs, compare_numbers);

    size_t distinct = 0;
    for (size_t i = 0; i < graph->hub_count; i++)
        if (i == 0 || graph->hubs[i].number != graph->hubs[distinct - 1].number)
            graph->hubs[distinct++].number = graph->hubs[i].number;
    graph->hub_count = distinct;
    for (size_t i = 0; i < distinct; i++)
        graph->hubs[i].node = vm->nic_count + vm->backend_count + i;
}

static void join_hub(struct graph *graph, size_t node, struct vm_hub hub)
{
    struct key wanted = {.number = hub.number};

    if (is_known(hub)) {
        struct key *found = bsearch(&wanted, graph->hubs, graph->hub_count, sizeof wanted, compare_numbers);
        join(graph, node, found->node);
    }
}

/* Joins the port with the backend that it names, and tells each of the two of the other's hub. */
static void join_netdev(struct graph *graph, struct vm_port *port, size_t node, const char *id,
                        const struct vm_source *source)
{
    struct key wanted = {.id = id};
    struct key *found;

    if (id == NULL)
        return;
    found = bsearch(&wanted, graph->backends, graph->backend_count, sizeof wanted, compare_id_only);
    if (found == NULL) {
        port->dangling = true;
        return;
    }
    struct vm_port *other = &graph->result->backends[found->node];
    const struct vm_source **partner = &graph->partner[found->node];
    if (*partner != NULL && !vm_text_unresolved(source, id)) {
        port->taken_by = *partner;
        return;
    }
    *partner = source;
    join(graph, node, graph->vm->nic_count + found->node);
    if (port->hub.origin == VM_HUB_NONE) {
        port->hub = other->hub;
        port->hub_source = other->hub_source;
    } else if (other->hub.origin == VM_HUB_NONE) {
        other->hub = port->hub;
        other->hub_source = port->hub_source;
    }
}

static void join_all(struct graph *graph)
{
    const struct vm *vm = graph->vm;
    struct vm_connections *result = graph->result;

    for (size_t i = 0; i < vm->backend_count; i++) {
        const struct vm_backend *backend = &vm->backends[i];
        result->backends[i].hub = backend->hub;
        result->backends[i].hub_source = backend->hub.origin != VM_HUB_NONE ? &backend->source : NULL;
        join_hub(graph, vm->nic_count + i, backend->hub);
    }
    for (size_t i = 0; i < vm->backend_count; i++)
        join_netdev(graph, &result->backends[i], vm->nic_count + i, vm->backends[i].peer,
                    &vm->backends[i].source);
    for (size_t i = 0; i < vm->nic_count; i++) {
        const struct vm_nic *nic = &vm->nics[i];
        result->nics[i].hub = nic->hub;
        result->nics[i].hub_source = nic->hub.origin != VM_HUB_NONE ? &nic->source : NULL;
        join_hub(graph, i, nic->hub);
        join_netdev(graph, &result->nics[i], i, nic->netdev, &nic->source);
    }
}

static void number_segments(struct graph *graph, size_t nodes)
{
    const struct vm *vm = graph->vm;
    struct vm_connections *result = graph->result;
    size_t *segment_of = memory_new(nodes, sizeof *segment_of); /* of a root, plus one */

    result->segments = memory_new(nodes, sizeof *result->segments);
    for (size_t node = 0; node < vm->nic_count + vm->backend_count; node++) {
        size_t *segment = &segment_of[root_of(graph, node)];
        if (*segment == 0)
            *segment = ++result->segment_count;
        if (node < vm->nic_count) {
            result->nics[node].segment = *segment - 1;
            result->segments[*segment - 1].nics++;
            continue;
        }
        size_t b = node - vm->nic_count;
        result->backends[b].segment = *segment - 1;
        result->segments[*segment - 1].backends += vm->backends[b].kind != VM_BACKEND_HUBPORT;
    }
    free(segment_of);
}

struct vm_connections *vm_connections(const struct vm *vm)
{
    size_t ports = vm->nic_count + vm->backend_count, nodes = 2 * ports; /* each port has one hub at most */
    struct vm_connections *result = memory_new(1, sizeof *result);
    struct graph graph = {.vm = vm, .result = result};

    result->nics = memory_new(vm->nic_count, sizeof *result->nics);
    result->backends = memory_new(vm->backend_count, sizeof *result->backends);
    graph.parent = memory_new(nodes, sizeof *graph.parent);
    graph.backends = memory_new(vm->backend_count, sizeof *graph.backends);
    graph.partner = memory_new(vm->backend_count, sizeof *graph.partner);
    graph.hubs = memory_new(ports, sizeof *graph.hubs);
    for (size_t i = 0; i < nodes; i++)
        graph.parent[i] = i;

    index_nodes(&graph);
    join_all(&graph);
    number_segments(&graph, nodes);

    free(graph.parent);
    free(graph.backends);
    free(graph.partner);
    free(graph.hubs);
    return result;
}

void vm_connections_free(struct vm_connections *connections)
{
    if (connections == NULL)
        return;
    free(connections->nics);
    free(connections->backends);
    free(connections->segments);
    free(connections);
}
