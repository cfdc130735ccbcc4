// SPDX-License-Identifier: Apache-2.0
#include "arrays.h"
#include "memory/size_class.h"
#include "test.h"

#include <thread>

using namespace trivet;

TEST(size_classes_hold_what_they_are_asked_and_waste_at_most_a_quarter) {
    for (std::size_t bytes = 0; bytes < 100000; ++bytes) {
        const int k = memory::size_class(bytes);
        CHECK(memory::class_bytes(k) >= bytes);
        CHECK(bytes <= 256 || memory::class_bytes(k) <= bytes + bytes / 4 + 64);
        CHECK(k == 0 || memory::class_bytes(k - 1) < bytes);
    }
    CHECK(memory::size_class(memory::kLargest) < memory::kClasses);
    CHECK_EQUAL(memory::kLargest, memory::class_bytes(memory::size_class(memory::kLargest)));
}

TEST(every_block_is_aligned_to_64_bytes) {
    for (const std::size_t bytes :
         std::vector<std::size_t>{0, 1, 64, 65, 4096, 4097, 100000, 5000000}) {
        CHECK_EQUAL(std::uintptr_t{0},
                    reinterpret_cast<std::uintptr_t>(StorageRef::allocate(bytes).data()) % 64);
    }
}

TEST(freed_blocks_are_used_again) {
    const std::byte* small = StorageRef::allocate(32).data();
    CHECK_EQUAL(small, StorageRef::allocate(48).data());
    const std::byte* large = StorageRef::allocate(9000000).data();
    CHECK_EQUAL(large, StorageRef::allocate(9000001).data());
}

TEST(the_cache_keeps_its_limit_and_evicts_the_oldest) {
    clear_cache();
    const std::size_t before = memory_info().cache_limit;
    set_cache_limit(3 << 20);
    const std::byte* first = nullptr;
    {
        const StorageRef a = StorageRef::allocate(1 << 20);
        const StorageRef b = StorageRef::allocate(2 << 20);
        first = a.data();
        CHECK_EQUAL(std::size_t{3} << 20, memory_info().in_use_bytes);
    } // freed: b, then a
    CHECK_EQUAL(std::size_t{3} << 20, memory_info().cached_bytes);
    static_cast<void>(StorageRef::allocate(1 << 19)); // pushes the older b out
    CHECK(memory_info().cached_bytes <= std::size_t{3} << 20);
    CHECK_EQUAL(first, StorageRef::allocate(1 << 20).data());
    set_cache_limit(0);
    CHECK_EQUAL(std::size_t{0}, memory_info().cached_bytes);
    set_cache_limit(before);
}

TEST(too_much_memory_is_an_error_with_the_bytes) {
    try {
        static_cast<void>(StorageRef::allocate(std::size_t{1} << 46));
        CHECK(false);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::memory);
        CHECK(std::string(error.what()).find("70368744177664 bytes") != std::string::npos);
    }
}

TEST(borrowed_bytes_are_released_once_after_the_last_share) {
    int released = 0;
    float numbers[3] = {1, 2, 3};
    {
        const StorageRef borrowed =
            StorageRef::borrow(numbers, sizeof(numbers), true, [&] { ++released; });
        const Array a(borrowed, DType::float32, {3}, {4}, 0);
        const Array b = a;
        CHECK(b.read_only() && borrowed.borrowed());
        CHECK_EQUAL(3, borrowed.use_count());
        CHECK_EQUAL(0, released);
    }
    CHECK_EQUAL(1, released);
}

TEST(blocks_may_be_freed_by_another_thread) {
    for (int round = 0; round < 20; ++round) {
        std::vector<Array> made;
        for (int i = 0; i < 100; ++i) {
            made.push_back(Array::full({i * 40 + 1}, DType::float32, 1.0));
        }
        std::thread([list = std::move(made)]() mutable { list.clear(); }).join();
    }
    CHECK_EQUAL(std::size_t{0}, memory_info().in_use_bytes);
}
