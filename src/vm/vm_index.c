/* The places of VMs, sorted by MAC address and by name of the tap. */
#include "vm_index.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

struct vm_meeting {
    const struct vm *vm;
    struct vm_connections *connections;
    size_t *nics, *taps; /* where its own are in the index, plus one; 0: not there */
};

/* ---- making it ---- */

static bool ends_inside(const struct vm_backend *backend)
{
    return backend->kind == VM_BACKEND_HUBPORT || backend->kind == VM_BACKEND_USER ||
           backend->kind == VM_BACKEND_PASST;
}

/* Of the segments of a VM: what else is in them. */
struct ends {
    const struct vm_backend *outside; /* the first, or NULL */
    bool here;
};

static struct ends *ends_of(const struct vm *vm, const struct vm_connections *connections)
{
    struct ends *ends = memory_new(connections->segment_count, sizeof *ends);

    for (size_t b = 0; b < vm->backend_count; b++) {
        struct ends *end = &ends[connections->backends[b].segment];
        if (end->outside == NULL && !ends_inside(&vm->backends[b]))
            end->outside = &vm->backends[b];
        end->here |= vm->backends[b].here;
    }
    return ends;
}

static void add(struct vm_place **places, size_t *count, struct vm_place place)
{
    *places = grow(*places, count, sizeof **places);
    (*places)[*count - 1] = place;
}

static void add_vm(struct vm_index *index, const struct vm *vm, const struct vm_connections *connections)
{
    struct ends *ends = ends_of(vm, connections);

    for (size_t n = 0; n < vm->nic_count; n++) {
        const struct ends *end = &ends[connections->nics[n].segment];
        if (vm_nic_has_mac(&vm->nics[n]) && end->outside != NULL)
            add(&index->nics, &index->nic_count, (struct vm_place){vm, n, end->here, end->outside});
    }
    for (size_t b = 0; b < vm->backend_count; b++)
        if (vm_tap_name(&vm->backends[b]) != NULL)
            add(&index->taps, &index->tap_count, (struct vm_place){vm, b, vm->backends[b].here, NULL});
    free(ends);
}

static const struct mac_addr *mac_at(const struct vm_place *place)
{
    return &place->vm->nics[place->number].mac;
}

static const char *tap_at(const struct vm_place *place)
{
    return place->vm->backends[place->number].ifname;
}

/* Entries of one key stay in the order of the VMs. */
static int compare_places(const struct vm_place *x, const struct vm_place *y)
{
    return (x > y) - (x < y);
}

static int compare_macs(const void *a, const void *b)
{
    const struct vm_place *x = *(const struct vm_place *const *)a, *y = *(const struct vm_place *const *)b;
    int order = memcmp(mac_at(x), mac_at(y), sizeof(struct mac_addr));
    return order != 0 ? order : compare_places(x, y);
}

static int compare_taps(const void *a, const void *b)
{
    const struct vm_place *x = *(const struct vm_place *const *)a, *y = *(const struct vm_place *const *)b;
    int order = strcmp(tap_at(x), tap_at(y));
    return order != 0 ? order : compare_places(x, y);
}

static void sort(struct vm_place **places, size_t count, int (*compare)(const void *a, const void *b))
{
    const struct vm_place **order = memory_new(count, sizeof *order);
    struct vm_place *sorted = memory_new(count, sizeof *sorted);

    for (size_t i = 0; i < count; i++)
        order[i] = &(*places)[i];
    qsort(order, count, sizeof *order, compare);
    for (size_t i = 0; i < count; i++)
        sorted[i] = *order[i];
    free(order);
    free(*places);
    *places = sorted;
}

static int compare_meetings(const void *a, const void *b)
{
    const struct vm_meeting *x = a, *y = b;
    return (x->vm > y->vm) - (x->vm < y->vm);
}

static struct vm_meeting *meeting_of(const struct vm_index *index, const struct vm *vm)
{
    struct vm_meeting wanted = {.vm = vm};
    return bsearch(&wanted, index->meetings, index->vm_count, sizeof wanted, compare_meetings);
}

static void note_places(struct vm_index *index)
{
    for (size_t i = 0; i < index->nic_count; i++)
        meeting_of(index, index->nics[i].vm)->nics[index->nics[i].number] = i + 1;
    for (size_t i = 0; i < index->tap_count; i++)
        meeting_of(index, index->taps[i].vm)->taps[index->taps[i].number] = i + 1;
}

struct vm_index *vm_index_new(const struct vm *const *vms, size_t count)
{
    struct vm_index *index = memory_new(1, sizeof *index);

    index->vms = memory_new(count, sizeof *index->vms);
    index->meetings = memory_new(count, sizeof *index->meetings);
    for (size_t i = 0; i < count; i++) {
        index->vms[i] = vms[i];
        index->meetings[i] = (struct vm_meeting){.vm = vms[i],
                                                 .connections = vm_connections(vms[i]),
                                                 .nics = memory_new(vms[i]->nic_count, sizeof(size_t)),
                                                 .taps = memory_new(vms[i]->backend_count, sizeof(size_t))};
        add_vm(index, vms[i], index->meetings[i].connections);
    }
    index->vm_count = count;
    sort(&index->nics, index->nic_count, compare_macs);
    sort(&index->taps, index->tap_count, compare_taps);
    qsort(index->meetings, count, sizeof *index->meetings, compare_meetings);
    note_places(index);
    return index;
}

struct vm_index *vm_index_of(const struct vm_list *list, size_t count_max)
{
    return vm_index_new((const struct vm *const *)list->items,
                        list->count < count_max ? list->count : count_max);
}

void vm_index_free(struct vm_index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < index->vm_count; i++) {
        vm_connections_free(index->meetings[i].connections);
        free(index->meetings[i].nics);
        free(index->meetings[i].taps);
    }
    free(index->vms);
    free(index->nics);
    free(index->taps);
    free(index->meetings);
    free(index);
}

/* ---- looking into it ---- */

const struct vm_connections *vm_index_connections(const struct vm_index *index, const struct vm *vm)
{
    const struct vm_meeting *found = meeting_of(index, vm);

    return found != NULL ? found->connections : NULL;
}

const struct vm_place *vm_index_nic(const struct vm_index *index, const struct vm *vm, size_t number)
{
    const struct vm_meeting *found = index != NULL ? meeting_of(index, vm) : NULL;

    return found != NULL && found->nics[number] > 0 ? &index->nics[found->nics[number] - 1] : NULL;
}

const struct vm_place *vm_index_tap(const struct vm_index *index, const struct vm *vm, size_t number)
{
    const struct vm_meeting *found = index != NULL ? meeting_of(index, vm) : NULL;

    return found != NULL && found->taps[number] > 0 ? &index->taps[found->taps[number] - 1] : NULL;
}

/* The first place whose key is not below the wanted one; above: that is above it. */
static size_t bound(const struct vm_place *places, size_t count, const void *key,
                    int (*compare)(const struct vm_place *place, const void *key), bool above)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&places[middle], key) < above)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct vm_place *find(const struct vm_place *places, size_t count, const void *key,
                                   int (*compare)(const struct vm_place *place, const void *key),
                                   size_t *ret_count)
{
    size_t from = bound(places, count, key, compare, false);

    *ret_count = bound(places, count, key, compare, true) - from;
    return places + from;
}

static int compare_mac_to(const struct vm_place *place, const void *key)
{
    return memcmp(mac_at(place), key, sizeof(struct mac_addr));
}

static int compare_tap_to(const struct vm_place *place, const void *key)
{
    return strcmp(tap_at(place), key);
}

const struct vm_place *vm_index_nics(const struct vm_index *index, struct mac_addr mac, size_t *ret_count)
{
    return find(index->nics, index->nic_count, &mac, compare_mac_to, ret_count);
}

const struct vm_place *vm_index_taps(const struct vm_index *index, const char *name, size_t *ret_count)
{
    return find(index->taps, index->tap_count, name, compare_tap_to, ret_count);
}

bool vm_place_concerns(const struct vm_place *other, const struct vm *ours)
{
    return other->here || other->vm->pid == 0 || other->vm->uid == 0 || other->vm->uid == ours->uid;
}

static bool differ(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) != 0;
}

bool vm_places_apart(const struct vm_place *a, const struct vm_place *b)
{
    const struct vm_backend *x = a->way_out, *y = b->way_out;

    if (vm_text_unresolved(&x->source, x->bridge) || vm_text_unresolved(&y->source, y->bridge))
        return false;
    return differ(x->bridge, y->bridge) || differ(x->network, y->network) ||
           (x->kind == VM_BACKEND_MACVTAP && y->kind == VM_BACKEND_MACVTAP &&
            differ(x->address, y->address)) ||
           (x->tag != 0 && y->tag != 0 && x->tag != y->tag);
}
