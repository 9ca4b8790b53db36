// Random connectors that know the number of synapses of every source: probability, out-degree, total.
#include <algorithm>

#include "core/compile/connected.hpp"
#include "core/math/binomial.hpp"
#include "core/math/multinomial.hpp"
#include "core/math/permutation.hpp"

namespace spikeloom {
namespace {

/// Every pair with probability p: a binomial number of targets per source, and a keyed permutation says which.
class FixedProbability final : public Connected {
 public:
  FixedProbability(const CompileContext& context, const RowRequest& request, double p)
      : Connected(context, request, std::nullopt), p_(p) {
    for (std::uint32_t i = 0; i < sources; ++i) count_ += degree(i);
    max_in_degree_ = tail_bound(static_cast<double>(sources) * p, targets, sources);
  }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    for (std::uint32_t i = first; i < last; ++i) {
      const auto n = static_cast<std::uint32_t>(degree(i));
      if (n == 0) continue;
      const std::uint32_t self = has_self(i) ? self_[i] : no_cell;
      const Permutation order(sub_key(degree_key_, i), targets - has_self(i));
      for (std::uint32_t k = 0; k < n; k += kernel_lanes) {
        const std::uint32_t count = std::min(n - k, kernel_lanes);
        std::uint32_t target[kernel_lanes];
        order.images(k, count, target);
        for (std::uint32_t& j : target) j += j >= self;
        out.add_row(i, k, target, count);
      }
    }
  }
  std::uint64_t degree(std::uint32_t i) const {
    RandomStream stream(degree_key_, i, 0, 0);
    return binomial(stream, targets - has_self(i), p_);
  }
  double p_;
};

class FixedOutDegree final : public Connected {
 public:
  FixedOutDegree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, const Where& where)
      : Connected(context, request, std::nullopt),
        degree_(static_cast<std::uint32_t>(degree)),
        multapses_(request.projection.multapses) {
    const std::uint64_t most = multapses_ ? (least_targets() > 0 ? degree : 0) : least_targets();
    if (sources > 0 && degree > most)
      throw Error("range", where, "there are not enough targets")
          .with_value(std::to_string(degree))
          .with_allowed("at most " + std::to_string(most));
    count_ = degree * sources;
    const double mean = static_cast<double>(count_) / std::max<double>(1, static_cast<double>(least_targets()));
    max_in_degree_ = tail_bound(mean, targets, multapses_ ? count_ : sources);
  }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    if (multapses_) {
      out.draw_targets(0, targets);
      for (std::uint32_t i = first; i < last; ++i) out.add_drawn(i, degree_);
      return;
    }
    for (std::uint32_t i = first; i < last; ++i) {
      const Permutation order(sub_key(degree_key_, i), targets);
      for (std::uint32_t k = 0, at = 0; k < degree_;) {
        std::uint32_t target[kernel_lanes];
        const std::uint32_t count = std::min(degree_ - k, kernel_lanes);
        order.images(at, count, target);
        at += count;
        const auto kept =
            static_cast<std::uint32_t>(has_self(i) ? std::remove(target, target + count, self_[i]) - target : count);
        out.add_row(i, k, target, kept);
        k += kept;
      }
    }
  }
  std::uint32_t degree_;
  bool multapses_;
};

/// A fixed number of synapses, each between a uniform source and a uniform target: the sources' shares are multinomial.
class FixedTotal final : public Connected {
 public:
  FixedTotal(const CompileContext& context, const RowRequest& request, std::uint64_t total)
      : Connected(context, request, std::nullopt) {
    degrees_ = split_multinomial(total, sources, degree_key_);
    count_ = total;
    max_in_degree_ = tail_bound(static_cast<double>(total) / static_cast<double>(least_targets()), targets, total);
  }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    out.draw_targets(0, targets);
    for (std::uint32_t i = first; i < last; ++i) out.add_drawn(i, degrees_[i]);
  }
  std::vector<std::uint32_t> degrees_;
};

/// Pairs that must be looked at together: all different, or of sources with different numbers of possible targets.
std::vector<std::uint64_t> random_pairs(std::uint64_t key, std::uint64_t total, const RowRequest& request,
                                        const std::vector<std::uint32_t>& self) {
  const std::uint64_t to = request.to.size, all = request.from.size * to;
  std::vector<std::uint64_t> pairs;
  pairs.reserve(total);
  const auto add = [&](std::uint64_t pair) {
    if (!self.empty() && self[pair / to] == pair % to) return false;
    pairs.push_back(pair);
    return true;
  };
  if (!request.projection.multapses) {
    const Permutation order(key, all);
    for (std::uint64_t at = 0; pairs.size() < total; ++at) add(order(at));
  } else {
    __extension__ using Wide = unsigned __int128;
    for (std::uint64_t k = 0; k < total; ++k) {
      RandomStream stream(key, static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32), 0);
      while (!add(static_cast<std::uint64_t>((Wide{stream.next64()} * all) >> 64))) {}
    }
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace

MadeRows fixed_probability(const CompileContext& context, const RowRequest& request, double probability) {
  return std::make_shared<FixedProbability>(context, request, probability);
}

MadeRows fixed_out_degree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, const Where& where) {
  return std::make_shared<FixedOutDegree>(context, request, degree, where);
}

MadeRows fixed_total(const CompileContext& context, const RowRequest& request, std::uint64_t total, const Where& where) {
  std::vector<std::uint32_t> self;
  if (!request.projection.autapses) self = same_cells(request.from, request.to);
  const auto selfs =
      static_cast<std::uint64_t>(std::count_if(self.begin(), self.end(), [](std::uint32_t cell) { return cell != no_cell; }));
  const std::uint64_t pairs = std::uint64_t{request.from.size} * request.to.size - selfs;
  const bool multapses = request.projection.multapses;
  const std::uint64_t most = !multapses || pairs == 0 ? pairs : total;
  if (total > most)
    throw Error("range", where, "there are not enough pairs")
        .with_value(std::to_string(total))
        .with_allowed("at most " + std::to_string(most));
  if (multapses && (selfs == 0 || selfs == self.size())) {
    if (total > 0 || pairs > 0) return std::make_shared<FixedTotal>(context, request, total);
  }
  require_memory(24.0 * static_cast<double>(total), where, "the list of pairs");
  const std::uint64_t key = stream_key(context.out.wiring_seed, Purpose::degree, request.key);
  return listed_pairs(context, request, total == 0 ? std::vector<std::uint64_t>{} : random_pairs(key, total, request, self));
}

}  // namespace spikeloom
