// SPDX-License-Identifier: Apache-2.0
#include "linalg/einsum_parse.h"

#include "array/text.h"
#include "trivet/error.h"

#include <algorithm>
#include <map>
#include <string>

namespace trivet::linalg {

namespace {

[[noreturn]] void refuse(std::string_view rule, std::string_view text) {
    std::string got = "'";
    got.append(text).append("'");
    raise(ErrorKind::value, "einsum", rule, got);
}

// Letters, and kEllipsis once where `...` stands.
Labels tokens(std::string_view term, std::string_view text) {
    Labels result;
    for (std::size_t i = 0; i < term.size(); ++i) {
        const char c = term[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            result.push_back(c);
        } else if (term.substr(i, 3) == "...") {
            if (std::ranges::count(result, kEllipsis) > 0) {
                refuse("a term may have one ellipsis", text);
            }
            result.push_back(kEllipsis);
            i += 2;
        } else {
            refuse("subscripts are letters, commas, one -> and ...", text);
        }
    }
    return result;
}

// Replaces the ellipsis by labels for `count` axes, the last of which is kEllipsis itself.
Labels expanded(const Labels& term, int count) {
    Labels result;
    for (const Label label : term) {
        if (label != kEllipsis) {
            result.push_back(label);
        }
        for (int i = count; label == kEllipsis && i-- > 0;) {
            result.push_back(kEllipsis + i);
        }
    }
    return result;
}

Labels labelled(const Labels& term, const Array& operand, std::string_view subscripts) {
    const bool dots = std::ranges::count(term, kEllipsis) > 0;
    const int named = static_cast<int>(term.size()) - (dots ? 1 : 0);
    if (named > operand.ndim() || (!dots && named != operand.ndim())) {
        std::string got = "'";
        got.append(subscripts).append("' for ").append(text(operand));
        raise(ErrorKind::value, "einsum", "a term must name every axis of its operand", got);
    }
    return expanded(term, operand.ndim() - named);
}

int longest_ellipsis(const std::vector<Labels>& operands) {
    int count = 0;
    for (const Labels& labels : operands) {
        for (const Label label : labels) {
            count = std::max(count, label >= kEllipsis ? label - kEllipsis + 1 : 0);
        }
    }
    return count;
}

// Without `->`: the ellipsis, then every letter that appears once, in order.
Labels implied_output(const std::vector<Labels>& operands) {
    std::map<Label, int> uses;
    for (const Labels& labels : operands) {
        for (const Label label : labels) {
            ++uses[label];
        }
    }
    Labels output = expanded({kEllipsis}, longest_ellipsis(operands));
    for (const auto& [label, count] : uses) {
        if (label < kEllipsis && count == 1) {
            output.push_back(label);
        }
    }
    return output;
}

Labels given_output(const Labels& term, const std::vector<Labels>& operands,
                    std::string_view text) {
    const Labels output = expanded(term, longest_ellipsis(operands));
    for (const Label label : output) {
        const bool known = std::ranges::any_of(
            operands, [label](const Labels& labels) { return std::ranges::count(labels, label); });
        if (!known || std::ranges::count(output, label) > 1) {
            refuse("an output label must appear once, and in an operand", text);
        }
    }
    return output;
}

std::vector<std::string> terms_of(std::string_view inputs) {
    std::vector<std::string> terms(1);
    for (const char c : inputs) {
        if (c == ',') {
            terms.emplace_back();
        } else {
            terms.back().push_back(c);
        }
    }
    return terms;
}

} // namespace

Subscripts parse_subscripts(std::string_view text, std::span<const Array> operands) {
    std::string plain(text);
    std::erase(plain, ' ');
    const auto arrow = plain.find("->");
    const auto terms = terms_of(std::string_view(plain).substr(0, arrow));
    if (terms.size() != operands.size()) {
        refuse("there must be as many terms as operands (" + std::to_string(operands.size()) + ")",
               text);
    }
    Subscripts result;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        result.operands.push_back(labelled(tokens(terms[i], text), operands[i], text));
    }
    result.output = arrow == std::string::npos
                        ? implied_output(result.operands)
                        : given_output(tokens(std::string_view(plain).substr(arrow + 2), text),
                                       result.operands, text);
    return result;
}

} // namespace trivet::linalg
