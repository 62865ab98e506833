// Threads for work that is cut into independent pieces.
#ifndef QUANT_CURVE_LIB_NUMERICS_PARALLEL_H_
#define QUANT_CURVE_LIB_NUMERICS_PARALLEL_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace quant_curve {

// The most that a user may ask for.
inline constexpr int kMaxThreads = 1024;

// Which thread takes which piece is up to chance: a piece must write only what
// is its own, so that no result depends on it.
//
// Workers look out for the next call for some microseconds before they sleep:
// decoding calls many times per millisecond.
class ThreadPool {
 public:
  // `threads` in total, including the caller; 0 means one per core. Where the
  // system refuses some of them (a limit on threads), fewer.
  explicit ThreadPool(int threads);
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(0) … body(count - 1), each once, and returns when all are done.
  // Not reentrant: a body must not call it on the same pool. When a body
  // throws, the rest is left out and one of the exceptions is thrown here.
  void ParallelFor(int64_t count, absl::FunctionRef<void(int64_t)> body);

 private:
  void Work();
  void TakePieces(absl::FunctionRef<void(int64_t)> body, int64_t count);

  bool WaitForRound(uint64_t seen);

  std::vector<std::thread> workers_;
  std::mutex mutex_;  // for sleeping, and for thrown_ during a round
  std::condition_variable start_;
  // Written before round_ grows, read after; the pointer is the caller's and
  // lives until busy_ is 0 again.
  const absl::FunctionRef<void(int64_t)>* body_ = nullptr;
  int64_t count_ = 0;
  std::atomic<uint64_t> round_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> next_{0};
  std::exception_ptr thrown_;  // of this round; null when no body threw
};

// The same for bodies that can fail: all of them run, and the first error by
// index is returned.
absl::Status ParallelForStatus(ThreadPool& pool, int64_t count,
                               absl::FunctionRef<absl::Status(int64_t)> body);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_PARALLEL_H_
