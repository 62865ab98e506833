#include "lib/numerics/parallel.h"

#include <algorithm>

namespace quant_curve {

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = std::thread::hardware_concurrency();
  for (int i = 1; i < std::max(threads, 1); ++i) {
    workers_.emplace_back([this] { Work(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::ParallelFor(int64_t count,
                             absl::FunctionRef<void(int64_t)> body) {
  if (workers_.empty() || count <= 1) {
    for (int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    body_ = &body;
    count_ = count;
    next_ = 0;
    busy_ = static_cast<int>(workers_.size());
    ++round_;
  }
  start_.notify_all();
  TakePieces(body, count);
  std::unique_lock<std::mutex> lock(mutex_);
  finished_.wait(lock, [this] { return busy_ == 0; });
}

void ThreadPool::TakePieces(absl::FunctionRef<void(int64_t)> body,
                            int64_t count) {
  for (int64_t i = next_++; i < count; i = next_++) body(i);
}

void ThreadPool::Work() {
  uint64_t seen = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    start_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    const absl::FunctionRef<void(int64_t)> body = *body_;
    const int64_t count = count_;
    lock.unlock();
    TakePieces(body, count);
    lock.lock();
    if (--busy_ == 0) finished_.notify_one();
  }
}

}  // namespace quant_curve
