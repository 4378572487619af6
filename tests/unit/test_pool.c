/* The table of fixed size. */
#include "pool.h"
#include "unit.h"

struct item {
    uint32_t key;
    uint32_t value;
};

enum { CAPACITY = 8 };

static struct pool pool;
static unsigned left;

static void leave(void *context, void *item)
{
    (void)context;
    left = ((struct item *)item)->value;
}

static void add(uint32_t key, uint32_t value)
{
    struct item *item = pool_add(&pool, &key, leave, NULL);

    assert_int_equal(item->key, key);
    assert_int_equal(item->value, 0);
    item->value = value;
}

static struct item *find(uint32_t key)
{
    return pool_find(&pool, &key);
}

static int open_pool(void **state)
{
    (void)state;
    left = 0;
    pool_open(&pool, CAPACITY, sizeof(uint32_t), sizeof(struct item));
    return 0;
}

static int close_pool(void **state)
{
    (void)state;
    pool_close(&pool);
    pool_close(&pool); /* an empty one is fine */
    return 0;
}

static void test_find(void **state)
{
    (void)state;
    assert_null(find(1));
    add(1, 10);
    add(2, 20);
    assert_int_equal(find(1)->value, 10);
    assert_int_equal(find(2)->value, 20);
    assert_null(find(3));
}

static void test_same_key(void **state)
{
    struct item *item;

    (void)state;
    for (uint32_t i = 1; i <= 3; i++) {
        add(7, i);
        add(i, 100);
    }
    item = find(7);
    assert_int_equal(item->value, 3); /* the newest first */
    item = pool_find_older(&pool, item);
    assert_int_equal(item->value, 2);
    item = pool_find_older(&pool, item);
    assert_int_equal(item->value, 1);
    assert_null(pool_find_older(&pool, item));
}

static void test_oldest_makes_room(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= CAPACITY; i++)
        add(i, i);
    assert_non_null(find(1)); /* used, so the next one has to go */
    add(100, 100);
    assert_int_equal(left, 2);
    assert_null(find(2));
    assert_non_null(find(1));
    assert_int_equal(pool.count, CAPACITY);
    assert_int_equal(pool.left, 1);
}

static void test_many(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        add(i * 2654435761u % 64, i);
        assert_int_equal(find(i * 2654435761u % 64)->value, i);
    }
    assert_int_equal(pool.count, CAPACITY);
    assert_int_equal(pool.left, 10000 - CAPACITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_find, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_same_key, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_oldest_makes_room, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_many, open_pool, close_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
