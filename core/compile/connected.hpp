// What all connectors share: synapses go through lanes into a sink, get their numbers there, and their bounds are found once.
//
// A connector says which pairs there are (visit_pairs) and knows count_ and max_in_degree_. All are pure, may be visited by many
// threads at once, and give the same synapses for any cut of the sources.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "core/compile/synapses.hpp"

namespace spikeloom {

class Connected : public Rows {
 public:
  Connected(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size);

  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const final {
    visit_tallied(first, last, sink, nullptr);
  }
  std::uint64_t count() const final { return count_; }
  std::uint64_t max_in_degree() const final { return max_in_degree_; }
  double max_abs_weight() const final { return std::max(-lowest_weight_, highest_weight_); }
  double lowest_weight() const final { return lowest_weight_; }
  double highest_weight() const final { return highest_weight_; }
  std::uint32_t min_delay() const final { return min_delay_; }
  std::uint32_t max_delay() const final { return max_delay_; }
  bool weight_is_constant() const final { return plain_numbers() && numbers_.weight_is_constant(); }
  double constant_weight() const final { return numbers_.constant_weight(); }

  /// To be called once, when the connector is complete: bounds from laws, or from looking at every synapse.
  void finish(DelayRounding& rounding);

 protected:
  class Out;

  /// Hand every synapse of the sources [first, last) to `out` (by target more may come: those outside are dropped).
  virtual void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const = 0;
  /// False where pairs bring weights or delays of their own; adjust() then puts them in.
  virtual bool plain_numbers() const { return true; }
  virtual void adjust(const Lanes&, double* /*weight*/, double* /*ms*/) const {}

  bool is_self(std::uint32_t source, std::uint32_t target) const { return !self_.empty() && self_[source] == target; }
  bool has_self(std::uint32_t source) const { return !self_.empty() && self_[source] != no_cell; }
  /// Possible partners of the source (target) with the fewest.
  std::uint64_t least_targets() const { return targets - (selfs_ > 0 ? 1 : 0); }
  std::uint64_t least_sources() const { return sources - (selfs_ > 0 ? 1 : 0); }

  SynapseNumbers numbers_;
  std::uint64_t degree_key_;
  std::vector<std::uint32_t> self_;              ///< target that is the source itself, or no_cell; empty: no pair is left out
  std::vector<std::uint32_t> source_of_target_;  ///< the inverse, where a connector draws sources
  std::uint64_t selfs_ = 0, count_ = 0, max_in_degree_ = 0;

 private:
  void visit_tallied(std::uint32_t first, std::uint32_t last, SynapseSink& sink, DelayTally* tally) const;
  void look_at_all(DelayRounding& rounding);

  double lowest_weight_ = 0, highest_weight_ = 0;
  std::uint32_t min_delay_ = 1, max_delay_ = 1;
  double min_delay_ms_ = 0;  ///< of exact rows
  bool raise_ = false;
  DelayTable delay_table_;  ///< where every delay is its word's; else empty
};

/// Collects synapses and hands full batches on.
class Connected::Out {
 public:
  Out(const Connected& rows, std::uint32_t first, std::uint32_t last, SynapseSink& sink, DelayTally* tally)
      : rows_(rows), filler_(rows.numbers_), sink_(sink), tally_(tally), first_(first), last_(last) {}

  /// A pair that is known: synapse k of its row.
  void add(std::uint32_t source, std::uint32_t target, std::uint32_t k, std::uint32_t row, std::uint64_t listed = 0) {
    if (lanes_.count == kernel_lanes) flush();
    const std::uint32_t lane = lanes_.count++;
    lanes_.source[lane] = source, lanes_.target[lane] = target;
    lanes_.k[lane] = k, lanes_.row[lane] = row, lanes_.listed[lane] = listed;
  }
  /// Synapses k, k + 1, ... of a source, to these targets.
  void add_row(std::uint32_t source, std::uint32_t k, const std::uint32_t* target, std::uint32_t count);
  /// From now on rows are targets, their synapses known and counted anew for each plane.
  void by_target(std::uint32_t plane) {
    flush();
    by_target_ = true, plane_ = plane;
  }
  /// From now on partners are drawn uniformly from [base, base + range).
  void draw_targets(std::uint32_t base, std::uint32_t range) { draw(Drawn::targets, base, range, 0); }
  void draw_sources(std::uint32_t base, std::uint32_t range, std::uint32_t plane) { draw(Drawn::sources, base, range, plane); }
  /// `count` synapses of the row `cell` (a source or a target, whichever is not drawn) with drawn partners.
  void add_drawn(std::uint32_t cell, std::uint32_t count);
  void flush();

 private:
  enum class Drawn { nothing, targets, sources };
  void draw(Drawn what, std::uint32_t base, std::uint32_t range, std::uint32_t plane) {
    flush();
    drawn_ = what, base_ = base, range_ = range, plane_ = plane;
    by_target_ = what == Drawn::sources;
  }
  void draw_partners(const std::uint32_t* word);
  void least_delays(double* ms, std::uint32_t n);

  const Connected& rows_;
  SynapseNumbers::Filler filler_;
  SynapseSink& sink_;
  DelayTally* tally_;
  std::uint32_t first_, last_;  ///< sources wanted
  Drawn drawn_ = Drawn::nothing;
  bool by_target_ = false;  ///< sources may be any; those outside are dropped
  std::uint32_t base_ = 0, range_ = 0, plane_ = 0;
  Lanes lanes_;
  SynapseBatch batch_;
};

/// P(some of `trials` counts of mean `mean`, binomial or Poisson, exceeds the result) < 2^-64; at most `most`.
std::uint64_t tail_bound(double mean, double trials, std::uint64_t most);

// The connectors.
using MadeRows = std::shared_ptr<Connected>;
MadeRows all_to_all(const CompileContext& context, const RowRequest& request);
MadeRows one_to_one(const CompileContext& context, const RowRequest& request);
MadeRows fixed_probability(const CompileContext& context, const RowRequest& request, double probability);
MadeRows fixed_out_degree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, const Where& where);
MadeRows fixed_in_degree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, const Where& where);
MadeRows fixed_total(const CompileContext& context, const RowRequest& request, std::uint64_t total, const Where& where);
MadeRows listed(const CompileContext& context, const RowRequest& request);
MadeRows listed_in_file(const CompileContext& context, const RowRequest& request);
/// Pairs source * targets + target, ascending.
MadeRows listed_pairs(const CompileContext& context, const RowRequest& request, const std::vector<std::uint64_t>& pairs);
MadeRows kernel(const CompileContext& context, const RowRequest& request);

}  // namespace spikeloom
