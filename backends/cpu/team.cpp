// Waiting and waking of the worker threads.
#include "backends/cpu/team.hpp"

#include <algorithm>

#include "core/math/flush.hpp"

namespace spikeloom::cpu {

bool Progress::spin(std::uint32_t value, Patience& patience) const {
  for (int spin = 0; spin < patience.spins; ++spin) {
    if (is(value)) {
      patience.spins = std::min(Patience::longest, patience.spins + patience.spins / 8 + 1);
      return true;
    }
    __builtin_ia32_pause();
  }
  patience.spins = std::max(Patience::shortest, patience.spins / 2);
  return false;
}

void Progress::sleep(std::uint32_t value) {
  for (int turn = 0; turn < 4; ++turn) {  // the other may need this core
    if (is(value)) return;
    std::this_thread::yield();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  for (std::uint32_t now = value_.load(std::memory_order_seq_cst); !reached(now, value);
       now = value_.load(std::memory_order_seq_cst))
    value_.wait(now, std::memory_order_acquire);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

Team::Team(int size) {
  for (int i = 0; i < size; ++i) done_.push_back(std::make_unique<Progress>());
  for (int i = 1; i < size; ++i) threads_.emplace_back([this, i] { work(i); });
}

Team::~Team() {
  stopping_ = true;
  start_.set(++round_);
  for (auto& thread : threads_) thread.join();
}

void Team::run(const std::function<void(int)>& job) {
  if (threads_.empty()) return job(0);
  job_ = &job;
  start_.set(++round_);
  job(0);
  for (std::size_t i = 1; i < done_.size(); ++i) done_[i]->wait_for(round_);
}

void Team::work(int index) {
  const FlushDenormals flush;  // the flags belong to the thread
  for (std::uint32_t round = 1;; ++round) {
    start_.wait_for(round);
    if (stopping_) return;
    (*job_)(index);
    done_[static_cast<std::size_t>(index)]->set(round);
  }
}

}  // namespace spikeloom::cpu
