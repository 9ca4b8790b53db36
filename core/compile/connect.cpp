// The connectors: each says which targets a range of sources has; weights and delays are filled in the same way for all.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/compile/parts.hpp"
#include "core/compile/synapses.hpp"
#include "core/csv.hpp"
#include "core/math/binomial.hpp"
#include "core/math/functions.hpp"
#include "core/math/multinomial.hpp"
#include "core/math/permutation.hpp"

namespace spikeloom {
namespace {

/// What all connectors share: pushing synapses through lanes into a sink, and the numbers about weights and delays.
class Connected : public Rows {
 public:
  Connected(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size)
      : numbers_(context, request, array_size), degree_key_(stream_key(context.out.wiring_seed, Purpose::degree, request.key)) {
    sources = request.from.size;
    targets = request.to.size;
    if (!request.projection.autapses) {
      self_ = same_cells(request.from, request.to);
      selfs_ = static_cast<std::uint64_t>(self_.size() - static_cast<std::size_t>(std::count(self_.begin(), self_.end(), no_cell)));
      if (selfs_ == 0) self_.clear();
    }
  }

  std::uint64_t count() const final { return count_; }
  std::uint64_t max_in_degree() const final { return max_in_degree_; }
  double max_abs_weight() const final { return max_abs_weight_; }
  std::uint32_t min_delay() const final { return min_delay_; }
  std::uint32_t max_delay() const final { return max_delay_; }
  bool weight_is_constant() const override { return numbers_.weight_is_constant(); }
  double constant_weight() const final { return numbers_.constant_weight(); }

  /// To be called once, when the connector is complete: bounds from laws, or from looking at every synapse.
  void finish(DelayRounding& rounding) {
    if (numbers_.is_slow() || !plain_numbers()) {
      scan(rounding);
      return;
    }
    max_abs_weight_ = count_ == 0 ? 0 : numbers_.max_abs_weight();
    min_delay_ = numbers_.min_delay();
    max_delay_ = numbers_.max_delay();
    numbers_.count_rounding(count_, rounding);
  }

 protected:
  /// Collects synapses and hands full batches on.
  class Out {
   public:
    Out(const Connected& rows, SynapseSink& sink) : rows_(rows), sink_(sink) {}
    ~Out() = default;
    /// A synapse whose partner is known.
    void add(std::uint32_t source, std::uint32_t target, std::uint32_t k, std::uint32_t row, std::uint64_t listed = 0) {
      if (lanes_.count == kernel_lanes) flush();
      const std::uint32_t lane = lanes_.count++;
      lanes_.source[lane] = source, lanes_.target[lane] = target;
      lanes_.k[lane] = k, lanes_.row[lane] = row, lanes_.listed[lane] = listed;
    }
    /// How partners are drawn: uniformly from [base, base + range), into `target` or `source`.
    void draw(bool targets, std::uint32_t base, std::uint32_t range, std::uint32_t plane) {
      flush();
      draws_ = true, draws_targets_ = targets, base_ = base, range_ = range, plane_ = plane;
    }
    void keep_sources(std::uint32_t first, std::uint32_t last) { first_ = first, last_ = last; }
    void flush() {
      if (lanes_.count == 0) return;
      const std::uint32_t n = lanes_.count;
      std::uint32_t word[kernel_lanes], partner[kernel_lanes], self[kernel_lanes];
      const bool slow = rows_.numbers_.is_slow();  // slow numbers may depend on the partner, so it must be known before them
      if (!slow) rows_.numbers_.fill(lanes_, plane_, draws_, word, batch_.weight, batch_.delay);
      if (draws_) {
        const SynapseKernels& kernels = synapse_kernels();
        std::uint32_t unused[3][kernel_lanes];
        if (slow) kernels.words(rows_.numbers_.key(), lanes_.k, lanes_.row, plane_, n, word, unused[0], unused[1], unused[2]);
        if (rows_.self_.empty()) {
          kernels.partners(word, n, base_, range_, partner);
        } else {
          for (std::uint32_t i = 0; i < n; ++i) self[i] = draws_targets_ ? rows_.self_[lanes_.source[i]] : rows_.source_of_target_[lanes_.target[i]];
          kernels.partners_but(word, n, base_, range_, self, partner);
        }
        std::copy_n(partner, n, draws_targets_ ? lanes_.target : lanes_.source);
      }
      if (slow) rows_.numbers_.fill(lanes_, plane_, false, word, batch_.weight, batch_.delay);
      batch_.count = 0;
      for (std::uint32_t i = 0; i < n; ++i) {
        if (lanes_.source[i] - first_ >= last_ - first_) continue;
        const std::uint32_t at = batch_.count++;
        batch_.source[at] = lanes_.source[i], batch_.target[at] = lanes_.target[i];
        batch_.weight[at] = batch_.weight[i], batch_.delay[at] = batch_.delay[i];
      }
      rows_.adjust(batch_, lanes_);
      lanes_.count = 0;
      if (batch_.count > 0) sink_.take(batch_);
    }

   private:
    const Connected& rows_;
    SynapseSink& sink_;
    Lanes lanes_;
    SynapseBatch batch_;
    bool draws_ = false, draws_targets_ = true;
    std::uint32_t base_ = 0, range_ = 0, plane_ = 0, first_ = 0, last_ = UINT32_MAX;
  };

  /// False where edges bring weights or delays of their own (then adjust() puts them in).
  virtual bool plain_numbers() const { return true; }
  virtual void adjust(SynapseBatch&, const Lanes&) const {}
  bool is_self(std::uint32_t source, std::uint32_t target) const { return !self_.empty() && self_[source] == target; }
  bool has_self(std::uint32_t source) const { return !self_.empty() && self_[source] != no_cell; }
  void invert_self() {
    if (self_.empty()) return;
    source_of_target_.assign(targets, no_cell);
    for (std::uint32_t i = 0; i < sources; ++i)
      if (self_[i] != no_cell) source_of_target_[self_[i]] = i;
  }

  SynapseNumbers numbers_;
  std::uint64_t degree_key_;
  std::vector<std::uint32_t> self_;              ///< target that is the source itself, or no_cell; empty: autapses allowed
  std::vector<std::uint32_t> source_of_target_;  ///< the inverse, where a connector draws sources
  std::uint64_t selfs_ = 0, count_ = 0, max_in_degree_ = 0;

 private:
  void scan(DelayRounding& rounding) {
    struct Scan final : SynapseSink {
      double weight = 0;
      std::uint32_t min_delay = UINT32_MAX, max_delay = 1;
      void take(const SynapseBatch& batch) override {
        for (std::uint32_t i = 0; i < batch.count; ++i) {
          weight = std::max(weight, std::fabs(batch.weight[i]));
          min_delay = std::min(min_delay, batch.delay[i]);
          max_delay = std::max(max_delay, batch.delay[i]);
        }
      }
    } scan;
    visit(0, sources, scan);
    (void)rounding;
    max_abs_weight_ = scan.weight;
    max_delay_ = scan.max_delay;
    min_delay_ = std::min(scan.min_delay, scan.max_delay);
    if (max_delay_ > max_delay_steps)
      throw Error("limit", numbers_.delay_where(), "delays are too long", Exit::refused).with_allowed("at most 2^20 steps");
  }

  double max_abs_weight_ = 0;
  std::uint32_t min_delay_ = 1, max_delay_ = 1;
};

class AllToAll final : public Connected {
 public:
  AllToAll(const CompileContext& context, const RowRequest& request)
      : Connected(context, request, std::uint64_t{request.from.size} * request.to.size) {
    count_ = std::uint64_t{sources} * targets - selfs_;
    max_in_degree_ = sources;
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Out out(*this, sink);
    for (std::uint32_t i = first; i < last; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        if (!is_self(i, j)) out.add(i, j, j, i, std::uint64_t{i} * targets + j);
    out.flush();
  }
};

class OneToOne final : public Connected {
 public:
  OneToOne(const CompileContext& context, const RowRequest& request) : Connected(context, request, request.from.size) {
    if (sources != targets)
      throw Error("range", place(request.projection.connect.where, request.path + "/connect"), "one_to_one needs ends of equal size")
          .with_value(std::to_string(sources) + " and " + std::to_string(targets));
    for (std::uint32_t i = 0; i < sources; ++i) count_ += !is_self(i, i);
    max_in_degree_ = 1;
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Out out(*this, sink);
    for (std::uint32_t i = first; i < last; ++i)
      if (!is_self(i, i)) out.add(i, i, 0, i, i);
    out.flush();
  }
};

/// Every pair with probability p: a binomial number of targets per source, and a keyed permutation says which.
class FixedProbability final : public Connected {
 public:
  FixedProbability(const CompileContext& context, const RowRequest& request, double p) : Connected(context, request, std::nullopt), p_(p) {
    for (std::uint32_t i = 0; i < sources; ++i) count_ += degree(i);
    max_in_degree_ = tail_bound(static_cast<double>(sources) * p, targets, sources);
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Out out(*this, sink);
    for (std::uint32_t i = first; i < last; ++i) {
      const std::uint64_t n = degree(i);
      if (n == 0) continue;
      const std::uint32_t others = targets - has_self(i);
      const Permutation order(sub_key(degree_key_, i), others);
      for (std::uint32_t k = 0; k < n; ++k) {
        auto j = static_cast<std::uint32_t>(order(k));
        if (has_self(i) && j >= self_[i]) ++j;
        out.add(i, j, k, i);
      }
    }
    out.flush();
  }

 private:
  std::uint64_t degree(std::uint32_t i) const {
    RandomStream stream(degree_key_, i, 0, 0);
    return binomial(stream, targets - has_self(i), p_);
  }
  double p_;
};

class FixedOutDegree final : public Connected {
 public:
  FixedOutDegree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, bool multapses, const Where& where)
      : Connected(context, request, std::nullopt), degree_(degree), multapses_(multapses) {
    const std::uint64_t others = targets - (selfs_ > 0 ? 1 : 0);
    if (degree_ > 0 && sources > 0 && (others == 0 || (!multapses_ && degree_ > others)))
      throw Error("range", where, "there are not enough targets").with_value(std::to_string(degree_)).with_allowed("at most " + std::to_string(others));
    count_ = degree_ * sources;
    const double mean = static_cast<double>(count_) / std::max<double>(1, static_cast<double>(others));
    max_in_degree_ = tail_bound(mean, targets, multapses_ ? count_ : std::min<std::uint64_t>(count_, sources));
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    if (degree_ == 0 || targets == 0) return;
    Out out(*this, sink);
    if (multapses_) out.draw(true, 0, targets, 0);
    for (std::uint32_t i = first; i < last; ++i) {
      if (multapses_) {
        for (std::uint32_t k = 0; k < degree_; ++k) out.add(i, 0, k, i);
        continue;
      }
      const Permutation order(sub_key(degree_key_, i), targets);
      for (std::uint32_t k = 0, at = 0; k < degree_; ++at) {
        const auto j = static_cast<std::uint32_t>(order(at));
        if (!is_self(i, j)) out.add(i, j, k++, i);
      }
    }
    out.flush();
  }

 private:
  std::uint64_t degree_;
  bool multapses_;
};

/// A fixed number of synapses, each between a uniform source and a uniform target.
class FixedTotal final : public Connected {
 public:
  FixedTotal(const CompileContext& context, const RowRequest& request, std::uint64_t total, const Where& where)
      : Connected(context, request, std::nullopt) {
    if (total > 0 && (sources == 0 || targets - (selfs_ > 0 ? 1 : 0) == 0))
      throw Error("range", where, "there is nobody to connect").with_value(std::to_string(total)).with_allowed("0");
    degrees_ = split_multinomial(total, sources, degree_key_);
    count_ = total;
    const double mean = static_cast<double>(total) / std::max<double>(1, static_cast<double>(targets - (selfs_ > 0 ? 1 : 0)));
    max_in_degree_ = tail_bound(mean, targets, total);
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Out out(*this, sink);
    if (count_ > 0) out.draw(true, 0, targets, 0);
    for (std::uint32_t i = first; i < last; ++i)
      for (std::uint32_t k = 0; k < degrees_[i]; ++k) out.add(i, 0, k, i);
    out.flush();
  }

 private:
  std::vector<std::uint32_t> degrees_;
};

/// Exactly `degree` synapses onto every target. Sources are cut into blocks of grain(); how many of a target's synapses come
/// from a block is a node of its own multinomial tree, so that a block can be visited without the others.
class FixedInDegree final : public Connected {
 public:
  FixedInDegree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, bool multapses, const Where& where)
      : Connected(context, request, std::nullopt), degree_(degree), multapses_(multapses) {
    invert_self();
    const std::uint64_t others = sources - (selfs_ > 0 ? 1 : 0);
    if (degree_ > 0 && targets > 0 && (others == 0 || (!multapses_ && degree_ > others)))
      throw Error("range", where, "there are not enough sources").with_value(std::to_string(degree_)).with_allowed("at most " + std::to_string(others));
    count_ = degree_ * targets;
    max_in_degree_ = degree_;
    const std::uint64_t blocks = std::clamp<std::uint64_t>(degree_ / 32, 1, std::max(sources, 1u));
    block_ = multapses_ ? static_cast<std::uint32_t>((std::max(sources, 1u) + blocks - 1) / blocks) : std::max(sources, 1u);
  }
  std::uint32_t grain() const override { return block_; }

  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    if (degree_ == 0 || sources == 0 || targets == 0) return;
    Out out(*this, sink);
    out.keep_sources(first, last);
    if (!multapses_) return visit_distinct(out);
    for (std::uint32_t block = first / block_; std::uint64_t{block} * block_ < last; ++block) {
      const std::uint32_t base = block * block_, size = std::min(block_, sources - base);
      out.draw(false, base, size, block);
      for (std::uint32_t j = 0; j < targets; ++j) {
        Cells cells{sources, block_, Cells::none};
        if (!self_.empty() && source_of_target_[j] != no_cell) cells.excluded = source_of_target_[j];
        const std::uint64_t n = split_node(degree_, cells, sub_key(degree_key_, j), 0, block);
        for (std::uint32_t k = 0; k < n; ++k) out.add(base, j, k, j);
      }
      out.flush();
    }
  }

 private:
  void visit_distinct(Out& out) const {
    for (std::uint32_t j = 0; j < targets; ++j) {
      const Permutation order(sub_key(degree_key_, j), sources);
      for (std::uint32_t k = 0, at = 0; k < degree_; ++at) {
        const auto i = static_cast<std::uint32_t>(order(at));
        if (!is_self(i, j)) out.add(i, j, k++, j);
      }
    }
    out.flush();
  }

  std::uint64_t degree_;
  bool multapses_;
  std::uint32_t block_ = 1;
};

/// Pairs that are written down: lists, files, and random pairs that must be looked at together.
class Listed final : public Connected {
 public:
  struct Pair { std::uint32_t source, target; std::uint64_t number; double weight, delay_ms; };

  Listed(const CompileContext& context, const RowRequest& request, std::vector<Pair> pairs, std::optional<std::uint64_t> array_size)
      : Connected(context, request, array_size), pairs_(std::move(pairs)) {
    std::erase_if(pairs_, [&](const Pair& pair) { return is_self(pair.source, pair.target); });
    std::stable_sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.source < b.source; });
    start_.assign(std::size_t{sources} + 1, 0);
    std::vector<std::uint32_t> degree(targets, 0);
    for (const Pair& pair : pairs_) {
      ++start_[pair.source + 1];
      max_in_degree_ = std::max<std::uint64_t>(max_in_degree_, ++degree[pair.target]);
      own_numbers_ = own_numbers_ || !std::isnan(pair.weight) || !std::isnan(pair.delay_ms);
    }
    std::partial_sum(start_.begin(), start_.end(), start_.begin());
    count_ = pairs_.size();
  }
  bool weight_is_constant() const override { return !own_numbers_ && Connected::weight_is_constant(); }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Out out(*this, sink);
    for (std::uint64_t at = start_[first]; at < start_[last]; ++at)
      out.add(pairs_[at].source, pairs_[at].target, static_cast<std::uint32_t>(at - start_[pairs_[at].source]), pairs_[at].source, pairs_[at].number);
    out.flush();
  }

 protected:
  bool plain_numbers() const override { return !own_numbers_; }
  void adjust(SynapseBatch& batch, const Lanes& lanes) const override {
    if (!own_numbers_) return;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      const Pair& pair = pairs_[start_[lanes.row[i]] + lanes.k[i]];
      if (!std::isnan(pair.weight)) batch.weight[i] = pair.weight;
      if (!std::isnan(pair.delay_ms)) batch.delay[i] = numbers_.steps_of(pair.delay_ms);
    }
  }

 private:
  std::vector<Pair> pairs_;
  std::vector<std::uint64_t> start_;
  bool own_numbers_ = false;
};

/// Cell (x, y) of the target's shape hears (x + dx, y + dy) of the source's: one record per entry, whatever the size.
class Kernel final : public Connected {
 public:
  Kernel(const CompileContext& context, const RowRequest& request) : Connected(context, request, std::nullopt) {
    const Where where = place(request.projection.connect.where, request.path + "/connect/kernel");
    const auto& from = request.from.shape;
    const auto& to = request.to.shape;
    if (to.size() != 2) throw Error("range", where, "a kernel needs a target with \"shape\": [rows, columns]");
    if (from.size() < 2) throw Error("range", where, "a kernel needs a source with a shape (events, or \"shape\": [rows, columns])");
    rows_ = from[from.size() - 2], columns_ = from[from.size() - 1], planes_ = from.size() == 3 ? from[0] : 1;
    to_rows_ = to[0], to_columns_ = to[1];
    entries_ = request.projection.connect.kernel;
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      const Where at = place(request.projection.connect.where, request.path + "/connect/kernel/" + std::to_string(e));
      if (entries_[e].polarity >= 0 && planes_ == 1)
        throw Error("conflict", at, "\"polarity\" needs an event input with \"polarity\": \"split\"");
      const double delay = entries_[e].delay_ms;
      if (!std::isnan(delay) && !(delay > 0 && delay <= max_delay_steps * context.out.step_ms))
        throw Error("range", at, "the delay is out of range").with_value(show(delay)).with_allowed("> 0 (ms)");
    }
    max_in_degree_ = entries_.size() * planes_;
    struct Count final : SynapseSink {
      std::uint64_t n = 0;
      void take(const SynapseBatch& batch) override { n += batch.count; }
    } count;
    visit(0, sources, count);
    count_ = count.n;
  }
  bool weight_is_constant() const override { return false; }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Out out(*this, sink);
    for (std::uint32_t i = first; i < last; ++i) {
      const std::uint32_t plane = i / (rows_ * columns_);
      const int y = static_cast<int>(i / columns_ % rows_), x = static_cast<int>(i % columns_);
      for (std::uint32_t e = 0; e < entries_.size(); ++e) {
        const auto& entry = entries_[e];
        if (entry.polarity >= 0 && static_cast<std::uint32_t>(entry.polarity) != plane) continue;
        const std::int64_t tx = std::int64_t{x} - entry.dx, ty = std::int64_t{y} - entry.dy;
        if (tx < 0 || ty < 0 || tx >= to_columns_ || ty >= to_rows_) continue;
        const auto target = static_cast<std::uint32_t>(ty * to_columns_ + tx);
        if (!is_self(i, target)) out.add(i, target, e, i);
      }
    }
    out.flush();
  }

 protected:
  bool plain_numbers() const override { return false; }
  void adjust(SynapseBatch& batch, const Lanes& lanes) const override {
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      const auto& entry = entries_[lanes.k[i]];
      if (!std::isnan(entry.weight)) batch.weight[i] = entry.weight;
      if (!std::isnan(entry.delay_ms)) batch.delay[i] = numbers_.steps_of(entry.delay_ms);
    }
  }

 private:
  std::vector<Connector::KernelEntry> entries_;
  std::uint32_t rows_ = 1, columns_ = 1, planes_ = 1, to_rows_ = 1, to_columns_ = 1;
};

void check_index(std::uint64_t index, std::uint32_t size, const Where& where, const char* what) {
  if (index >= size)
    throw Error("range", where, std::string(what) + " does not exist").with_value(std::to_string(index)).with_allowed(size == 0 ? "none" : "0 to " + std::to_string(size - 1));
}

void check_own_delay(const CompileContext& context, double ms, const Where& where) {
  if (!std::isnan(ms) && !(ms > 0 && ms / context.out.step_ms <= max_delay_steps))
    throw Error("range", where, "the delay is out of range").with_value(show(ms)).with_allowed("> 0 (ms), at most 2^20 steps");
}

std::vector<Listed::Pair> pairs_of_list(const CompileContext& context, const RowRequest& request) {
  std::vector<Listed::Pair> pairs;
  const auto& edges = request.projection.connect.edges;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const Where base = place(request.projection.connect.where, request.path + "/connect");
    const auto at = [&](int part) {
      Where where = base;
      where.path = request.path + "/connect/list/" + std::to_string(e) + "/" + std::to_string(part);
      return where;
    };
    if (edges[e].source >= request.from.size) check_index(edges[e].source, request.from.size, at(0), "the source");
    if (edges[e].target >= request.to.size) check_index(edges[e].target, request.to.size, at(1), "the target");
    check_own_delay(context, edges[e].delay_ms, at(3));
    pairs.push_back({static_cast<std::uint32_t>(edges[e].source), static_cast<std::uint32_t>(edges[e].target), e, edges[e].weight, edges[e].delay_ms});
  }
  return pairs;
}

std::vector<Listed::Pair> pairs_of_file(const CompileContext& context, const RowRequest& request) {
  const Where where = place(request.projection.connect.where, request.path + "/connect/file");
  const std::string path = path_in(context.network.folder, request.projection.connect.file);
  if (path.ends_with(".npz")) throw Error("unsupported", where, "this version reads edges from .csv files only", Exit::refused).with_value(path);
  const CsvColumns columns = read_csv(path, {"source", "target", "weight", "delay_ms", "axonal_ms", "dendritic_ms"}, where);
  for (int c = 0; c < 2; ++c)
    if (!columns.found[static_cast<std::size_t>(c)]) throw Error("missing", where, path + ": the column \"" + (c == 0 ? "source" : "target") + "\" is missing");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Listed::Pair> pairs;
  for (std::size_t r = 0; r < columns.rows; ++r) {
    const auto cell = [&](std::size_t c) { return columns.found[c] ? columns.values[c][r] : nan; };
    Where at = where;
    at.path += ", " + path + " row " + std::to_string(r + 1);
    const std::uint64_t source = whole(cell(0), at, 0, UINT32_MAX), target = whole(cell(1), at, 0, UINT32_MAX);
    check_index(source, request.from.size, at, "the source");
    check_index(target, request.to.size, at, "the target");
    double delay = cell(3);
    if (columns.found[4] || columns.found[5]) delay = (columns.found[4] ? cell(4) : 0) + (columns.found[5] ? cell(5) : 0);
    check_own_delay(context, delay, at);
    pairs.push_back({static_cast<std::uint32_t>(source), static_cast<std::uint32_t>(target), r, cell(2), delay});
  }
  return pairs;
}

/// `total` pairs that must be looked at together: all different, or some of them (autapses) left out.
std::vector<Listed::Pair> random_pairs(const CompileContext& context, const RowRequest& request, std::uint64_t total, bool multapses, const Where& where) {
  const std::uint64_t key = stream_key(context.out.wiring_seed, Purpose::degree, request.key), to = request.to.size;
  const std::uint64_t all = request.from.size * to;
  std::vector<std::uint32_t> self;
  if (!request.projection.autapses) self = same_cells(request.from, request.to);
  std::uint64_t selfs = 0;
  for (const std::uint32_t cell : self) selfs += cell != no_cell;
  if (total > 0 && (all == selfs || (!multapses && total > all - selfs)))
    throw Error("range", where, "there are not enough pairs").with_value(std::to_string(total)).with_allowed("at most " + std::to_string(multapses ? 0 : all - selfs));
  require_memory(40.0 * static_cast<double>(total), where, "the list of pairs");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Listed::Pair> pairs;
  const auto add = [&](std::uint64_t pair) {
    const auto i = static_cast<std::uint32_t>(pair / to), j = static_cast<std::uint32_t>(pair % to);
    if (!self.empty() && self[i] == j) return false;
    pairs.push_back({i, j, pairs.size(), nan, nan});
    return true;
  };
  if (!multapses) {
    const Permutation order(key, std::max<std::uint64_t>(all, 1));
    for (std::uint64_t at = 0; pairs.size() < total; ++at) add(order(at));
    return pairs;
  }
  __extension__ using Wide = unsigned __int128;
  for (std::uint64_t k = 0; k < total; ++k) {
    RandomStream stream(key, static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32), 0);
    while (!add(static_cast<std::uint64_t>((Wide{stream.next64()} * all) >> 64))) {}
  }
  return pairs;
}

template <class Made, class... Arguments>
std::shared_ptr<const Rows> finished(DelayRounding& rounding, Arguments&&... arguments) {
  auto rows = std::make_shared<Made>(std::forward<Arguments>(arguments)...);
  rows->finish(rounding);
  return rows;
}

}  // namespace

std::uint64_t tail_bound(double mean, double trials, std::uint64_t most) {
  if (mean <= 0) return 0;
  // P(X >= m) <= exp(-mean h(m / mean - 1)), h(x) = (1 + x) log(1 + x) - x (Bennett), for binomial and Poisson counts.
  const double wanted = 64 * 0.6931471805599453 + math::log(std::max(trials, 1.0));
  double low = mean, high = 2 * mean + 64 + wanted;
  for (int i = 0; i < 100 && high - low > 0.5; ++i) {
    const double m = 0.5 * (low + high), x = m / mean - 1;
    (mean * ((1 + x) * math::log1p(x) - x) < wanted ? low : high) = m;
  }
  return std::min<std::uint64_t>(most, static_cast<std::uint64_t>(std::ceil(high)));
}

std::shared_ptr<const Rows> make_rows(const CompileContext& context, const RowRequest& request, DelayRounding& rounding) {
  using Kind = Connector::Kind;
  const Projection& written = request.projection;
  const Connector& connect = written.connect;
  Scope scope;
  for (const auto& [name, value] : written.constants) scope.add(name, number(context, value, request.path));
  scope.add("N_from", request.from.size);
  scope.add("N_to", request.to.size);
  const auto count_at = [&](const char* key) { return place(connect.count, request.path + "/connect/" + key); };
  const auto whole_at = [&](const char* key) {
    return whole_number(context, connect.count, request.path + "/connect/" + key, 0, std::uint64_t{1} << 48, &scope);
  };
  switch (connect.kind) {
    case Kind::all_to_all: return finished<AllToAll>(rounding, context, request);
    case Kind::one_to_one: return finished<OneToOne>(rounding, context, request);
    case Kind::fixed_probability:
      return finished<FixedProbability>(rounding, context, request, number(context, connect.count, count_at("fixed_probability").path, {0, 1}, &scope));
    case Kind::fixed_in_degree:
      return finished<FixedInDegree>(rounding, context, request, whole_at("fixed_in_degree"), written.multapses, count_at("fixed_in_degree"));
    case Kind::fixed_out_degree:
      return finished<FixedOutDegree>(rounding, context, request, whole_at("fixed_out_degree"), written.multapses, count_at("fixed_out_degree"));
    case Kind::fixed_total: {
      const std::uint64_t total = whole_at("fixed_total");
      bool partial = false;  // some sources have themselves among the targets and some have not: pairs differ in weight
      if (!written.autapses) {
        const auto self = same_cells(request.from, request.to);
        const auto none = std::count(self.begin(), self.end(), no_cell);
        partial = none != 0 && none != static_cast<std::ptrdiff_t>(self.size());
      }
      if (!written.multapses || partial)
        return finished<Listed>(rounding, context, request, random_pairs(context, request, total, written.multapses, count_at("fixed_total")), std::nullopt);
      return finished<FixedTotal>(rounding, context, request, total, count_at("fixed_total"));
    }
    case Kind::list: {
      auto pairs = pairs_of_list(context, request);
      const std::uint64_t size = pairs.size();
      return finished<Listed>(rounding, context, request, std::move(pairs), size);
    }
    case Kind::file: {
      auto pairs = pairs_of_file(context, request);
      const std::uint64_t size = pairs.size();
      return finished<Listed>(rounding, context, request, std::move(pairs), size);
    }
    case Kind::kernel: return finished<Kernel>(rounding, context, request);
  }
  throw Error("unsupported", {request.path}, "unknown connector", Exit::refused);
}

}  // namespace spikeloom
