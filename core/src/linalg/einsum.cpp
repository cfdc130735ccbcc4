// SPDX-License-Identifier: Apache-2.0
// einsum: operands are contracted two at a time by matmul, the pair with the smallest result first.
#include "linalg/einsum_parse.h"
#include "linalg/stack.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

namespace trivet::linalg {

namespace {

// An array whose axes have labels, each once.
struct Term {
    Array array;
    Labels labels;
};

int position(const Labels& labels, Label label) {
    return static_cast<int>(std::ranges::find(labels, label) - labels.begin());
}

bool has(const Labels& labels, Label label) { return std::ranges::count(labels, label) > 0; }

Array sum_away(const Array& a, const Axes& axes) {
    if (a.dtype() == DType::bool_) {
        return reduce(op(OpId::any), a, axes, false);
    }
    return sum(a, axes, false, a.dtype());
}

void require_equal(const Array& a, int i, int j) {
    if (a.shape()[i] != a.shape()[j]) {
        raise(ErrorKind::value, "einsum", "a label repeated in a term must have one length",
              text(a));
    }
}

// The diagonal over every repeated label.
Term without_repeats(Term term) {
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
        for (std::size_t j = i + 1; j < term.labels.size();) {
            if (term.labels[i] != term.labels[j]) {
                ++j;
                continue;
            }
            const Label label = term.labels[i];
            require_equal(term.array, static_cast<int>(i), static_cast<int>(j));
            term.array =
                diagonal(term.array, 0, static_cast<int>(i), static_cast<int>(j)); // to the end
            term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(j));
            term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(i));
            term.labels.push_back(label);
            i = 0;
            j = 1;
        }
    }
    return term;
}

using Lengths = std::map<Label, std::int64_t>;

// The length of each label; one and another length broadcast.
Lengths lengths_of(const Subscripts& subscripts, std::span<const Array> operands) {
    Lengths lengths;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        for (std::size_t k = 0; k < subscripts.operands[i].size(); ++k) {
            const auto length = operands[i].shape()[static_cast<int>(k)];
            auto& known = lengths.try_emplace(subscripts.operands[i][k], length).first->second;
            if (known != length && known != 1 && length != 1) {
                raise(ErrorKind::value, "einsum", "a label must have one length",
                      std::to_string(known) + " and " + std::to_string(length));
            }
            known = known == 1 ? length : known;
        }
    }
    return lengths;
}

// Axes of length 1 that stand for a longer label are dropped: broadcasting.
Term without_broadcast_axes(Term term, const Lengths& lengths) {
    Dims gone;
    Labels kept;
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
        const bool stands_in =
            term.array.shape()[static_cast<int>(i)] == 1 && lengths.at(term.labels[i]) != 1;
        if (stands_in) {
            gone.push_back(static_cast<std::int64_t>(i));
        } else {
            kept.push_back(term.labels[i]);
        }
    }
    return {gone.empty() ? term.array : squeeze(term.array, gone), kept};
}

// Sums over the labels that nobody needs any more.
Term without_private_labels(Term term, const Labels& needed) {
    Dims gone;
    Labels kept;
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
        if (has(needed, term.labels[i])) {
            kept.push_back(term.labels[i]);
        } else {
            gone.push_back(static_cast<std::int64_t>(i));
        }
    }
    return {gone.empty() ? term.array : sum_away(term.array, gone), kept};
}

Array arranged(const Term& term, std::initializer_list<const Labels*> groups, const Dims& batch,
               std::int64_t first, std::int64_t second) {
    Dims axes;
    for (const Labels* group : groups) {
        for (const Label label : *group) {
            axes.push_back(position(term.labels, label));
        }
    }
    return reshape(permute_dims(term.array, axes), with_axes(batch, {first, second}));
}

Dims shape_of(const Labels& labels, const Lengths& lengths) {
    Dims shape;
    for (const Label label : labels) {
        shape.push_back(lengths.at(label));
    }
    return shape;
}

// One product: labels of both that are needed later are the batch, others of both are summed.
Term contracted(const Term& a, const Term& b, const Labels& needed, const Lengths& lengths) {
    Labels batch, summed, left, right;
    for (const Label label : a.labels) {
        (!has(b.labels, label) ? left : has(needed, label) ? batch : summed).push_back(label);
    }
    for (const Label label : b.labels) {
        if (!has(a.labels, label)) {
            right.push_back(label);
        }
    }
    const Dims stack = shape_of(batch, lengths);
    const auto m = shape_of(left, lengths).product(), n = shape_of(right, lengths).product(),
               k = shape_of(summed, lengths).product();
    const Array product = matmul(arranged(a, {&batch, &left, &summed}, stack, m, k),
                                 arranged(b, {&batch, &summed, &right}, stack, k, n));
    Labels labels = batch;
    labels.insert(labels.end(), left.begin(), left.end());
    labels.insert(labels.end(), right.begin(), right.end());
    return {reshape(product, shape_of(labels, lengths)), labels};
}

// What the output and all terms but i and j still need.
Labels needed_beside(const std::vector<Term>& terms, const Labels& output, std::size_t i,
                     std::size_t j) {
    Labels needed = output;
    for (std::size_t t = 0; t < terms.size(); ++t) {
        if (t != i && t != j) {
            needed.insert(needed.end(), terms[t].labels.begin(), terms[t].labels.end());
        }
    }
    return needed;
}

double size_of_pair(const Term& a, const Term& b, const Labels& needed, const Lengths& lengths) {
    double size = 1;
    for (const auto& [label, length] : lengths) {
        if (has(needed, label) && (has(a.labels, label) || has(b.labels, label))) {
            size *= static_cast<double>(length);
        }
    }
    return size;
}

std::pair<std::size_t, std::size_t> cheapest_pair(const std::vector<Term>& terms,
                                                  const Labels& output, const Lengths& lengths) {
    std::pair<std::size_t, std::size_t> best{0, 1};
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < terms.size(); ++i) {
        for (std::size_t j = i + 1; j < terms.size(); ++j) {
            const double size =
                size_of_pair(terms[i], terms[j], needed_beside(terms, output, i, j), lengths);
            if (size < least) {
                least = size;
                best = {i, j};
            }
        }
    }
    return best;
}

void contract_pair(std::vector<Term>& terms, const Labels& output, const Lengths& lengths) {
    const auto [i, j] = cheapest_pair(terms, output, lengths);
    const Labels rest = needed_beside(terms, output, i, j);
    const auto beside = [&](std::size_t other) {
        Labels needed = rest;
        needed.insert(needed.end(), terms[other].labels.begin(), terms[other].labels.end());
        return needed;
    };
    const Term a = without_private_labels(terms[i], beside(j));
    const Term b = without_private_labels(terms[j], beside(i));
    terms[i] = contracted(a, b, rest, lengths);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(j));
}

// In the order of the output; labels that only had axes of length 1 come back as such.
Array ordered(const Term& term, const Labels& output, const Lengths& lengths) {
    Dims axes;
    for (const Label label : output) {
        axes.push_back(position(term.labels, label));
    }
    const Array result = permute_dims(term.array, axes);
    return result.shape() == shape_of(output, lengths)
               ? result
               : copy(broadcast_to(result, shape_of(output, lengths)));
}

} // namespace

Array einsum(std::string_view subscripts, std::span<const Array> operands) {
    if (operands.empty()) {
        raise(ErrorKind::value, "einsum", "there must be at least one operand", "none");
    }
    const Subscripts parsed = parse_subscripts(subscripts, operands);
    const Lengths lengths = lengths_of(parsed, operands);
    DType dtype = operands[0].dtype();
    std::vector<Term> terms;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        dtype = promote(dtype, operands[i].dtype());
        terms.push_back(
            without_broadcast_axes(without_repeats({operands[i], parsed.operands[i]}), lengths));
    }
    while (terms.size() > 1) {
        contract_pair(terms, parsed.output, lengths);
    }
    const Term last = without_private_labels(terms[0], parsed.output);
    return ordered(last, parsed.output, lengths);
}

} // namespace trivet::linalg
