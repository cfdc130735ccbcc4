// SPDX-License-Identifier: Apache-2.0
// Times of element-wise operations, reductions and copies on one line each: the least of many
// repetitions. Usage: array_bench [part of a name]; TRIVET_NUM_THREADS chooses the threads.
#include "trivet/cpu.h"
#include "trivet/ops.h"
#include "trivet/thread.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

using namespace trivet;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

const char* wanted = "";

// The least time of one call, over about 0.4 s; `target` in microseconds is facts/core.md's.
template <class Call> void measure(const char* name, double target, Call call) {
    if (!std::strstr(name, wanted)) {
        return;
    }
    call();
    const auto once = Clock::now();
    call();
    const int inner = std::max(1, static_cast<int>(2e-3 / std::max(seconds_since(once), 1e-8)));
    std::vector<double> times;
    for (const auto start = Clock::now(); seconds_since(start) < 0.4;) {
        const auto begin = Clock::now();
        for (int i = 0; i < inner; ++i) {
            call();
        }
        times.push_back(seconds_since(begin) / inner * 1e6);
    }
    std::sort(times.begin(), times.end());
    std::printf("%-24s %10.3f us   median %10.3f   target %8.2f   %.2f\n", name, times.front(),
                times[times.size() / 2], target, times.front() / target);
}

Array ramp(const Dims& shape, DType type = DType::float32) {
    Array out = Array::empty(shape, DType::float64);
    for (std::int64_t i = 0; i < out.size(); ++i) {
        out.data_as<double>()[i] = std::sin(static_cast<double>(i) * 0.37) * 3;
    }
    return astype(out, type);
}

void unary(const char* name, OpId id, const Array& a, double target) {
    measure(name, target, [&] { static_cast<void>(elementwise(op(id), std::span(&a, 1))); });
}

void elementwise_times() {
    const Array four = ramp({4});
    measure("tiny_add4", 0.12, [&] { static_cast<void>(add(four, four)); });
    const Array thousand = ramp({1000});
    measure("add_1e3", 0.5, [&] { static_cast<void>(add(thousand, thousand)); });
    unary("exp_1e3", OpId::exp, thousand, 0.9);
    const Array a = ramp({1000000});
    const Array b = ramp({1000000});
    measure("add_1e6", 138, [&] { static_cast<void>(add(a, b)); });
    const Array in_place[] = {a, b};
    const Array out = Array::empty({1000000}, DType::float32);
    measure("add_out_1e6", 136, [&] { elementwise_into(op(OpId::add), in_place, out); });
    unary("exp_1e6", OpId::exp, a, 400);
    unary("tanh_1e6", OpId::tanh, a, 355);
    unary("gelu_1e6", OpId::gelu, a, 450);
    unary("log_1e6", OpId::log, elementwise(op(OpId::abs), std::span(&a, 1)), 400);
    unary("sin_1e6", OpId::sin, a, 700);
    unary("exp_f64_1e6", OpId::exp, ramp({1000000}, DType::float64), 1500);
    unary("sqrt_1e6", OpId::sqrt, elementwise(op(OpId::abs), std::span(&a, 1)), 200);
    const Array square = ramp({1000, 1000});
    measure("bcast_add_1000x1000", 87, [&] { static_cast<void>(add(square, thousand)); });
    const Array large = ramp({10000000});
    const Array larger[] = {large, large};
    const Array ready = Array::empty({10000000}, DType::float32);
    measure("add_1e7", 4000, [&] { static_cast<void>(add(large, large)); });
    measure("add_out_1e7", 3000, [&] { elementwise_into(op(OpId::add), larger, ready); });
    const Array half = ramp({1000000}, DType::float16);
    measure("add_f16_1e6", 500, [&] { static_cast<void>(add(half, half)); });
    measure("less_1e6", 138, [&] { static_cast<void>(elementwise(op(OpId::less), in_place)); });
}

void reduction_times() {
    const Array square = ramp({1000, 1000});
    measure("sum_axNone_1000x1000", 44,
            [&] { static_cast<void>(sum(square, std::nullopt, false)); });
    measure("sum_ax0_1000x1000", 61, [&] { static_cast<void>(sum(square, Dims{0}, false)); });
    measure("sum_ax1_1000x1000", 48, [&] { static_cast<void>(sum(square, Dims{1}, false)); });
    measure("mean_ax1_1000x1000", 50, [&] { static_cast<void>(mean(square, Dims{1}, false)); });
    measure("max_ax1_1000x1000", 50,
            [&] { static_cast<void>(reduce(op(OpId::max), square, Dims{1}, false)); });
    measure("argmax_ax1_1000x1000", 83,
            [&] { static_cast<void>(arg_reduce(op(OpId::argmax), square, 1, false)); });
    measure("argmax_ax0_1000x1000", 752,
            [&] { static_cast<void>(arg_reduce(op(OpId::argmax), square, 0, false)); });
    measure("var_ax1_1000x1000", 500, [&] { static_cast<void>(var(square, Dims{1}, 0, false)); });
    measure("cumsum_ax1_1000x1000", 1000,
            [&] { static_cast<void>(scan(op(OpId::cumsum), square, 1, std::nullopt, false)); });
}

void copy_times() {
    const Array square = ramp({4096, 4096});
    const Array turned = transpose(square);
    const Array out = Array::empty({4096, 4096}, DType::float32);
    measure("transpose_copy_4096", 51000, [&] { static_cast<void>(copy(turned)); });
    measure("transpose_copy_out_4096", 19100, [&] { copy_into(turned, out); });
    const Array a = ramp({1000000});
    measure("copy_1e6", 100, [&] { static_cast<void>(copy(a)); });
    measure("astype_f16_1e6", 200, [&] { static_cast<void>(astype(a, DType::float16)); });
    measure("astype_i32_1e6", 150, [&] { static_cast<void>(astype(a, DType::int32)); });
    measure("astype_f64_1e6", 250, [&] { static_cast<void>(astype(a, DType::float64)); });
}

} // namespace

int main(int argc, char** argv) {
    wanted = argc > 1 ? argv[1] : "";
    std::printf("%s, %d thread(s)\n", isa_name().data(), num_threads());
    elementwise_times();
    reduction_times();
    copy_times();
    return 0;
}
