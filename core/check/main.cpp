// SPDX-License-Identifier: Apache-2.0
// trivet-check BACKEND: runs the table of cases on one backend and prints JSON lines.
#include "behaviour.h"
#include "cases.h"
#include "clock.h"
#include "guard.h"
#include "loaded.h"
#include "report.h"
#include "seal.h"
#include "speed.h"
#include "state.h"
#include "system.h"

#include <cstdlib>
#include <optional>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

using namespace check;

constexpr const char* kUsage =
    "usage: trivet-check BACKEND [--quick | --full] [--numeric] [--speed] [--behaviour]\n"
    "                    [--threads N] [--floor SHARE] [--only OPERATION]\n"
    "                    [--types sdcz] [--blas] [--limit SECONDS]\n"
    "                    [--affix TEXT [--raw LIBRARY]]\n"
    "Prints one JSON line per case and a summary. Without --numeric, --speed and --behaviour: all "
    "three.\n"
    "--blas leaves out every case that calls LAPACK.\n"
    "--affix (such as *_ or scipy_*_64_) times the library behind the backend, or LIBRARY, too.\n"
    "Exit status: 0 all held, 1 a case failed, 2 wrong usage or the backend cannot be loaded.\n";

struct Options {
    std::string path, only, types = kTypes, raw, affix;
    bool full = false, numeric = false, speed = false, behaviour = false;
    bool blas = false; // nothing that calls LAPACK
    int threads = 0;
    double limit = 60.0; // seconds for one case
    double floor = 0.40; // of the arithmetic limit; the recipe's, by its speed class
};

constexpr double kEndLimit = 30.0; // seconds

Scope scope_of(const Options& o) { return o.blas ? Scope::blas : Scope::all; }

[[noreturn]] void give_up(const std::string& problem) {
    std::fprintf(stderr, "trivet-check: %s\n", problem.c_str());
    leave(2);
}

double number(const char* option, const char* text, double low, double high) {
    char* end = nullptr;
    const double value = text == nullptr ? 0.0 : std::strtod(text, &end);
    if (text == nullptr || end == text || *end != 0 || !(value >= low && value <= high))
        give_up(std::string(option) + " needs a number from " + json_number(low) + " to " +
                json_number(high) + "; got " + (text == nullptr ? "nothing" : text));
    return value;
}

std::string* text_option(Options& o, const std::string& word) {
    return word == "--only"    ? &o.only
           : word == "--types" ? &o.types
           : word == "--raw"   ? &o.raw
           : word == "--affix" ? &o.affix
                               : nullptr;
}

Options parse(const std::vector<std::string>& words) {
    Options o;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto& word = words[i];
        const char* next = i + 1 < words.size() ? words[i + 1].c_str() : nullptr;
        if (word == "--help" || word == "-h") {
            std::fputs(kUsage, stdout);
            std::exit(0);
        } else if (word == "--quick" || word == "--full") {
            o.full = word == "--full";
        } else if (word == "--numeric") {
            o.numeric = true;
        } else if (word == "--speed") {
            o.speed = true;
        } else if (word == "--behaviour") {
            o.behaviour = true;
        } else if (word == "--blas") {
            o.blas = true;
        } else if (word == "--threads") {
            o.threads = static_cast<int>(number("--threads", next, 1, 4096));
            ++i;
        } else if (word == "--floor") {
            o.floor = number("--floor", next, 0, 1);
            ++i;
        } else if (word == "--limit") {
            o.limit = number("--limit", next, 1, 86400);
            ++i;
        } else if (std::string* text = text_option(o, word)) {
            if (next == nullptr)
                give_up(word + " needs a value");
            *text = next;
            ++i;
        } else if (word[0] == '-' || !o.path.empty()) {
            give_up("unknown argument " + word + "\n" + kUsage);
        } else {
            o.path = word;
        }
    }
    if (o.path.empty())
        give_up(std::string("no backend given\n") + kUsage);
    if (!o.numeric && !o.speed && !o.behaviour)
        o.numeric = o.speed = o.behaviour = true;
    return o;
}

Result run_case(const Case& row, std::size_t type, const Shape& shape, unsigned turn,
                const trivet_backend& backend, bool full, Report& report) {
    Probe probe{backend, shape, full, turn, row.beta_only, row.threshold, Random(1000u + turn)};
    Result result;
    result.kind = "numeric";
    result.op = row.op;
    result.type = kTypes[type];
    result.shape = {shape.m, shape.n, shape.k};
    result.name = kTypes[type] + std::string(row.op) + " " + std::to_string(shape.m) + "x" +
                  std::to_string(shape.n) + "x" + std::to_string(shape.k);
    result.threshold = row.threshold;
    report.begin(result);
    const double begin = now();
    row.run[type](probe);
    result.seconds = now() - begin;
    result.ratio = probe.finding.ratio;
    result.detail = probe.finding.detail;
    result.problem = probe.finding.problem;
    if (const auto left = float_environment_problem(); result.problem.empty())
        result.problem = left;
    return result;
}

// Thousands of matrices: freed memory is kept meanwhile, or every one would be paged in anew.
void keep_memory([[maybe_unused]] bool keep) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, keep ? 1 << 25 : 1 << 17);
    mallopt(M_TRIM_THRESHOLD, keep ? 1 << 30 : 1 << 17);
    if (!keep)
        malloc_trim(0);
#endif
}

int run_numeric(const Options& o, const trivet_backend& backend, Report& report) {
    int rows = 0;
    keep_memory(true);
    std::vector<const std::vector<Case>*> tables = {
        &blas3_cases(), &triangle_cases(), &blas2_cases(), &blas1_cases(), &nonfinite_cases()};
    if (!o.blas) // from here on: what calls LAPACK
        tables.insert(tables.end(), {&factor_cases(), &orthogonal_cases(), &value_cases(),
                                     &large_cases(), &refusal_cases()});
    for (const auto* table : tables)
        for (const auto& row : *table) {
            if (!o.only.empty() && o.only != row.op)
                continue;
            ++rows;
            unsigned turn = 0;
            for (std::size_t type = 0; type < row.run.size(); ++type)
                if (o.types.find(kTypes[type]) != std::string::npos)
                    for (const auto& shape : shapes_of(row.shapes, o.full))
                        report.add(run_case(row, type, shape, ++turn, backend, o.full, report));
        }
    keep_memory(false);
    return rows;
}

// An emulated CPU's speed says nothing of the provider.
bool cannot_time(Report& report) {
    const auto found = emulator();
    if (!found.of_cpu)
        return false;
    Result result;
    result.name = result.op = result.kind = "speed";
    result.not_run = "the CPU is emulated (" + found.name + ")";
    report.begin(result);
    report.add(result);
    return true;
}

void run_speed_part(const Options& o, const trivet_backend& backend, Report& report,
                    Line& summary) {
    if (cannot_time(report))
        return;
    std::string problem;
    std::optional<Raw> raw;
    if (!o.raw.empty() || !o.affix.empty())
        raw.emplace(o.raw.empty() ? text_of(backend.library) : o.raw,
                    o.affix.empty() ? "*_" : o.affix, backend.int_bits, problem);
    if (!problem.empty())
        give_up(problem);
    const SpeedOptions options{o.floor, o.full, scope_of(o), raw ? &*raw : nullptr};
    run_speed(backend, report, options, summary);
}

Line identity(const trivet_backend& backend) {
    Line json("id", json_text(backend.id));
    json.add("provider", json_text(backend.provider));
    json.add("version", json_text(text_of(backend.version)));
    json.add("core", json_text(text_of(backend.core)));
    json.add("thread_layer", json_text(text_of(backend.thread_layer)));
    json.add("library", json_text(text_of(backend.library)));
    json.add("lapack_library", json_text(text_of(backend.lapack_library)));
    json.add("int_bits", std::to_string(backend.int_bits));
    json.add("threads", std::to_string(backend.get_threads ? backend.get_threads() : 1));
    json.add("abi", std::to_string(backend.abi_version));
    if (const auto name = emulator().name; !name.empty())
        json.add("emulator", json_text(name));
    return json;
}

} // namespace

int main(int argc, char** argv) {
    const auto arguments = arguments_of(argc, argv);
    serve_as_child(arguments);
    const Options options = parse(arguments);
    const std::string seal = take_seal();
    std::FILE* out = take_stdout();
    ChildEnd ending; // asked first: before the guard, which takes any end for the provider's fault
    if (options.behaviour)
        ending = in_new_process(kEndLimit, options.path, scope_of(options));
    guard_start(out, options.limit);
    const ProcessState before;
    std::string problem;
    const double begin = now();
    Report report(out, seal);
    Result loading; // a line only when it goes wrong in a way that nobody can return from
    loading.kind = "behaviour";
    loading.name = loading.op = "load";
    report.begin(loading);
    const trivet_backend* backend = load(options.path, problem);
    if (backend == nullptr)
        give_up(problem);
    Line summary = identity(*backend);
    guard_stop();
    if (options.threads > 0 && backend->set_threads != nullptr)
        backend->set_threads(options.threads);
    if (options.numeric && run_numeric(options, *backend, report) == 0)
        give_up("--only names no operation: " + options.only);
    if (options.speed)
        run_speed_part(options, *backend, report, summary);
    if (options.behaviour)
        run_behaviour(*backend, report, scope_of(options), ending);
    run_state(before, report);
    summary.add("cases", std::to_string(report.cases()));
    summary.add("failed", std::to_string(report.failed()));
    summary.add("not_run", std::to_string(report.not_run()));
    summary.add("worst", report.worst_json());
    summary.add("seconds", json_number(now() - begin));
    report.line(Line("summary", summary.text()).text());
    guard_end();
    const int status = report.failed() == 0 ? 0 : 1;
    std::fflush(out);
    leave(status);
}
