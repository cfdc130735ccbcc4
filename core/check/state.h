// SPDX-License-Identifier: Apache-2.0
// What a library has no business to change in the process that calls it.
#pragma once

#include <string>

namespace check {

// Rounding, exceptions that trap, denormal numbers: empty while they are the default. Puts them
// back, so that one routine's fault is not the next one's.
[[nodiscard]] std::string float_environment_problem();

// Signal handlers and mask, locale, working directory, environment, and the CPUs of this thread, as
// they are now. A signal that was ignored gets a handler that does nothing: a library that ignores
// it shows then, too.
class ProcessState {
  public:
    ProcessState();
    [[nodiscard]] std::string difference() const; // empty: as when this was made

  private:
    std::string handlers_, mask_, locale_, folder_, environment_, cpus_;
};

} // namespace check
