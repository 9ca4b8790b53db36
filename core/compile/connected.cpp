// Lanes to batches, and the bounds that every projection must give.
#include "core/compile/connected.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/math/functions.hpp"

namespace spikeloom {
namespace {

/// Some cell stands twice.
bool has_repeats(const Ends& ends) {
  if (ends.segments.size() < 2) return false;
  const auto last = same_cells(ends, ends);
  for (std::uint32_t i = 0; i < last.size(); ++i)
    if (last[i] != i) return true;
  return false;
}

}  // namespace

Connected::Connected(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size)
    : numbers_(context, request, array_size), degree_key_(stream_key(context.out.wiring_seed, Purpose::degree, request.key)) {
  sources = request.from.size;
  targets = request.to.size;
  exact = request.exact;
  min_delay_ms_ = request.min_delay_ms;
  raise_ = request.raise;
  if (request.projection.autapses) return;
  for (const Ends* ends : {&request.from, &request.to})
    if (has_repeats(*ends))
      throw Error("conflict", {request.path + (ends == &request.from ? "/from" : "/to")},
                  "\"autapses\": false needs a group in which no cell stands twice");
  self_ = same_cells(request.from, request.to);
  selfs_ = self_.size() - static_cast<std::size_t>(std::count(self_.begin(), self_.end(), no_cell));
  if (selfs_ == 0) self_.clear();
}

void Connected::visit_tallied(std::uint32_t first, std::uint32_t last, SynapseSink& sink, DelayTally* tally) const {
  if (first >= last || count_ == 0) return;
  Out out(*this, first, last, sink, tally);
  visit_pairs(first, last, out);
  out.flush();
}

void Connected::finish(DelayRounding& rounding) {
  if (count_ == 0) return;
  if (numbers_.is_slow() || !plain_numbers() || exact) return look_at_all(rounding);
  lowest_weight_ = numbers_.lowest_weight();
  highest_weight_ = numbers_.highest_weight();
  min_delay_ = numbers_.min_delay();
  max_delay_ = numbers_.max_delay();
  rounding = numbers_.rounding(count_);
  delay_table_ = numbers_.delay_table();
}

void Connected::look_at_all(DelayRounding& rounding) {
  struct Look final : SynapseSink {
    double lowest = unbounded, highest = -unbounded;
    std::uint32_t shortest = UINT32_MAX, longest = 1;
    bool exact = false;
    double shortest_ms = unbounded, longest_ms = 0;
    void take(const SynapseBatch& batch) override {
      for (std::uint32_t i = 0; i < batch.count; ++i) {
        lowest = std::min(lowest, batch.weight[i]);
        highest = std::max(highest, batch.weight[i]);
        shortest = std::min(shortest, batch.delay[i]);
        longest = std::max(longest, batch.delay[i]);
        if (!exact) continue;
        shortest_ms = std::min(shortest_ms, batch.delay_ms[i]);
        longest_ms = std::max(longest_ms, batch.delay_ms[i]);
      }
    }
  } look;
  look.exact = exact;
  DelayTally tally(numbers_.step_ms());
  visit_tallied(0, sources, look, &tally);
  lowest_weight_ = look.lowest;
  highest_weight_ = look.highest;
  min_delay_ = look.shortest;
  max_delay_ = look.longest;
  rounding = tally.scaled_to(count_);
  shortest_ms = look.shortest_ms, longest_ms = look.longest_ms;
  if (exact && shortest_ms < min_delay_ms_)
    throw Error("range", numbers_.delay_where(), "a delay onto exact cells is below the smallest that the run declares")
        .with_value(show(shortest_ms) + " ms")
        .with_allowed(">= " + show(min_delay_ms_) +
                      " (run/min_delay_ms), or \"below_min_delay\": \"raise\" to have such delays raised");
  if (max_delay_ > max_delay_steps)
    throw Error("limit", numbers_.delay_where(), "delays are too long", Exit::refused)
        .with_value(std::to_string(max_delay_) + " steps")
        .with_allowed("at most 2^20 steps");
}

void Connected::Out::add_drawn(std::uint32_t cell, std::uint32_t count) {
  std::uint32_t* fixed = drawn_ == Drawn::targets ? lanes_.source : lanes_.target;
  for (std::uint32_t k = 0; k < count;) {
    if (lanes_.count == kernel_lanes) flush();
    const std::uint32_t at = lanes_.count, n = std::min(count - k, kernel_lanes - at);
    for (std::uint32_t i = 0; i < n; ++i) {
      fixed[at + i] = cell;
      lanes_.row[at + i] = cell;
      lanes_.k[at + i] = k + i;
    }
    lanes_.count += n;
    k += n;
  }
}

/// Delays of exact rows: kept in ms; what lies below the least but for rounding (0.03 + 0.07) is the least.
void Connected::Out::least_delays(double* ms, std::uint32_t n) {
  const double least = rows_.min_delay_ms_;
  for (std::uint32_t i = 0; i < n; ++i) {
    const bool below = ms[i] < least * (1 - 0x1p-50);
    if (below && rows_.raise_ && tally_ != nullptr) tally_->raise();
    if (ms[i] < least && (!below || rows_.raise_)) ms[i] = least;
    batch_.delay_ms[i] = ms[i];
  }
}

void Connected::Out::add_row(std::uint32_t source, std::uint32_t k, const std::uint32_t* target, std::uint32_t count) {
  while (count > 0) {
    if (lanes_.count == kernel_lanes) flush();
    const std::uint32_t at = lanes_.count, n = std::min(count, kernel_lanes - at);
    std::copy_n(target, n, lanes_.target + at);
    std::fill_n(lanes_.source + at, n, source);
    std::fill_n(lanes_.row + at, n, source);
    std::iota(lanes_.k + at, lanes_.k + at + n, k);
    lanes_.count += n;
    k += n, target += n, count -= n;
  }
}

void Connected::Out::draw_partners(const std::uint32_t* word) {
  const bool targets = drawn_ == Drawn::targets;
  std::uint32_t* partner = targets ? lanes_.target : lanes_.source;
  if (rows_.self_.empty()) return random_kernels().partners(word, lanes_.count, base_, range_, partner);
  const std::uint32_t* fixed = targets ? lanes_.source : lanes_.target;
  const auto& self_of = targets ? rows_.self_ : rows_.source_of_target_;
  std::uint32_t self[kernel_lanes];
  for (std::uint32_t i = 0; i < lanes_.count; ++i) self[i] = self_of[fixed[i]];
  random_kernels().partners_but(word, lanes_.count, base_, range_, self, partner);
}

void Connected::Out::flush() {
  const std::uint32_t n = lanes_.count;
  if (n == 0) return;
  for (std::uint32_t i = n; i < ((n + 15u) & ~15u) && i < kernel_lanes; ++i) lanes_.k[i] = lanes_.row[i] = 0;  // kernels read on
  const RandomKernels& kernels = random_kernels();
  std::uint32_t word[4][kernel_lanes];
  double ms[kernel_lanes];
  if (drawn_ != Drawn::nothing || rows_.numbers_.draws_words())
    kernels.words(rows_.numbers_.key(), lanes_.k, lanes_.row, plane_, n, word[0], word[1], word[2], word[3]);
  if (drawn_ != Drawn::nothing) draw_partners(word[0]);
  filler_.weights(lanes_, word[1], batch_.weight);
  if (rows_.delay_table_.empty()) {
    filler_.delays(lanes_, word[2], word[3], ms);
    rows_.adjust(lanes_, batch_.weight, ms);
    if (rows_.exact) least_delays(ms, n);
    kernels.steps(ms, n, rows_.numbers_.step_ms(), batch_.delay);
  } else {
    rows_.delay_table_.steps(word[2], n, batch_.delay);
  }
  std::uint32_t kept = 0;
  if (!by_target_) {  // all are wanted
    std::copy_n(lanes_.source, n, batch_.source);
    std::copy_n(lanes_.target, n, batch_.target);
    kept = n;
  } else {
    for (std::uint32_t i = 0; i < n; ++i) {
      if (lanes_.source[i] - first_ >= last_ - first_) continue;
      batch_.source[kept] = lanes_.source[i], batch_.target[kept] = lanes_.target[i];
      batch_.weight[kept] = batch_.weight[i], batch_.delay[kept] = batch_.delay[i];
      batch_.delay_ms[kept] = batch_.delay_ms[i];
      ++kept;
    }
  }
  if (tally_ != nullptr && !rows_.exact)  // visits everything, so nothing was left out
    for (std::uint32_t i = 0; i < n; ++i) tally_->add(ms[i], batch_.delay[i]);
  lanes_.count = 0;
  batch_.count = kept;
  if (kept > 0) sink_.take(batch_);
}

std::uint64_t tail_bound(double mean, double trials, std::uint64_t most) {
  if (!(mean > 0)) return 0;
  // P(X >= m) <= exp(-mean h(m / mean - 1)), h(x) = (1 + x) log(1 + x) - x (Bennett), for binomial and Poisson counts.
  const double wanted = 64 * 0.6931471805599453 + math::log(std::max(trials, 1.0));
  double low = mean, high = 2 * mean + 64 + wanted;
  for (int i = 0; i < 100 && high - low > 0.5; ++i) {
    const double m = 0.5 * (low + high), x = m / mean - 1;
    (mean * ((1 + x) * math::log1p(x) - x) < wanted ? low : high) = m;
  }
  return std::min<std::uint64_t>(most, static_cast<std::uint64_t>(std::ceil(high)));
}

}  // namespace spikeloom
