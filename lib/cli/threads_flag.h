// The flag --threads of every tool whose output does not depend on it.
#ifndef QUANT_CURVE_LIB_CLI_THREADS_FLAG_H_
#define QUANT_CURVE_LIB_CLI_THREADS_FLAG_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

// A number of threads on the command line, from 0 (one per core) to
// kMaxThreads; anything else is refused when the flag is parsed.
struct ThreadCount {
  int value = 0;
};
bool AbslParseFlag(absl::string_view text, ThreadCount* threads,
                   std::string* error);
std::string AbslUnparseFlag(const ThreadCount& threads);

// The pool that --threads asks for. Says on stderr when the system has fewer
// threads for it; the results do not depend on them.
std::unique_ptr<ThreadPool> PoolFromFlag();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_THREADS_FLAG_H_
