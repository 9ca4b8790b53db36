// Delays that a rule moves: onto exact cells or between stepped ones, as written to the last digit, within the rule's bounds.
#include <algorithm>

#include "core/compile/parts.hpp"

namespace spikeloom {
namespace {

/// The rows of a projection as they start. Steps are those in which a spike would arrive; the bounds are those of the rule.
class MovingRows final : public Rows {
 public:
  MovingRows(std::shared_ptr<const Rows> start, const StepGrid& grid, const CompiledPlasticity& rules)
      : start_(std::move(start)),
        grid_(grid),
        shortest_(static_cast<std::uint32_t>(grid.ceil(rules.shortest_ms))),
        longest_(static_cast<std::uint32_t>(grid.ceil(rules.longest_ms))) {
    sources = start_->sources, targets = start_->targets;
    moving = true, exact = rules.exact_time;
    shortest_ms = rules.shortest_ms, longest_ms = rules.longest_ms;
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    Steps steps(grid_, sink);
    start_->visit(first, last, steps);
  }
  std::uint32_t grain() const override { return start_->grain(); }
  std::uint64_t count() const override { return start_->count(); }
  std::uint64_t max_in_degree() const override { return start_->max_in_degree(); }
  double max_abs_weight() const override { return start_->max_abs_weight(); }
  double lowest_weight() const override { return start_->lowest_weight(); }
  double highest_weight() const override { return start_->highest_weight(); }
  std::uint32_t min_delay() const override { return shortest_; }
  std::uint32_t max_delay() const override { return longest_; }
  bool weight_is_constant() const override { return start_->weight_is_constant(); }
  double constant_weight() const override { return start_->constant_weight(); }
  bool delay_is_constant() const override { return false; }

 private:
  class Steps final : public SynapseSink {
   public:
    Steps(const StepGrid& grid, SynapseSink& sink) : grid_(grid), sink_(sink) {}
    void take(const SynapseBatch& batch) override {
      batch_ = batch;
      for (std::uint32_t i = 0; i < batch.count; ++i) batch_.delay[i] = static_cast<std::uint32_t>(grid_.ceil(batch.delay_ms[i]));
      sink_.take(batch_);
    }

   private:
    const StepGrid& grid_;
    SynapseSink& sink_;
    SynapseBatch batch_;
  };

  const std::shared_ptr<const Rows> start_;
  const StepGrid grid_;
  const std::uint32_t shortest_, longest_;
};

/// Onto stepped cells, whose postsynaptic spikes have whole steps.
void refuse_exact_sources(const CompileContext& context, const CompiledProjection& out, const std::string& path) {
  const auto exact = [&](const EndSegment& segment) {
    return segment.kind == EndSegment::Kind::population ? context.out.populations[segment.index].exact
                                                        : context.out.sources[segment.index].exact;
  };
  if (std::any_of(out.from.begin(), out.from.end(), exact))
    throw Error(
        "unsupported", {path + "/plasticity"},
        "this version has delays that learn onto exact cells and between stepped ones, not from exact ones onto stepped ones",
        Exit::refused)
        .with_value(out.name);
}

void check_bounds(const CompileContext& context, const RowRequest& request, const Rows& start, const CompiledPlasticity& rules) {
  const Projection& projection = request.projection;
  const auto bound = [&](const char* name) {
    const auto given = projection.plasticity[0].parameters.find(name);
    const std::string path = request.path + "/plasticity/" + name;
    return given == projection.plasticity[0].parameters.end() ? Where{path} : place(given->second, path);
  };
  const double longest_ms = context.grid.ms_of(max_delay_steps);
  if (request.exact && !(rules.shortest_ms >= request.min_delay_ms && rules.shortest_ms > 0))
    throw Error("range", bound("d_min_ms"), "a delay onto exact cells is not below the smallest that the run declares")
        .with_value(show(rules.shortest_ms) + " ms")
        .with_allowed(">= " + show(request.min_delay_ms) + " (/run/min_delay_ms)");
  if (!request.exact && rules.shortest_ms < context.out.step_ms * (1 - step_slack))
    throw Error("range", bound("d_min_ms"), "a delay between stepped cells is a step at least")
        .with_value(show(rules.shortest_ms) + " ms")
        .with_allowed(">= " + show(context.out.step_ms));
  if (rules.longest_ms > longest_ms)
    throw Error("limit", bound("d_max_ms"), "delays are too long", Exit::refused)
        .with_value(show(rules.longest_ms) + " ms")
        .with_allowed("at most 2^20 steps, " + show(longest_ms) + " ms");
  if (start.count() > 0 && (start.shortest_ms < rules.shortest_ms || start.longest_ms > rules.longest_ms))
    throw Error("range", place(projection.delay_ms.value_or(Value(1.0)), request.path + "/delay_ms"),
                "a delay starts outside the bounds of its rule")
        .with_value(show(start.shortest_ms < rules.shortest_ms ? start.shortest_ms : start.longest_ms) + " ms")
        .with_allowed(show(rules.shortest_ms) + " .. " + show(rules.longest_ms));
  if (start.count() > UINT32_MAX)
    throw Error("limit", {request.path}, "too many synapses whose delays learn", Exit::refused)
        .with_value(std::to_string(start.count()))
        .with_allowed("at most 2^32 - 1 in a projection");
}

}  // namespace

bool moves_delays(const CompileContext& context, const Projection& projection) {
  return std::any_of(projection.plasticity.begin(), projection.plasticity.end(), [&](const Plasticity& written) {
    const auto rule = context.models.find_rule(written.rule);
    return rule != nullptr && rule->moves_delay;
  });
}

void compile_moving_delays(const CompileContext& context, const RowRequest& request, CompiledProjection& out) {
  if (!request.exact) refuse_exact_sources(context, out, request.path);
  const Projection& projection = request.projection;
  if (projection.axonal_ms || projection.dendritic_ms)
    throw Error("unsupported", {request.path + "/delay_ms"}, "where a delay learns, the whole of it moves: it has no parts",
                Exit::refused)
        .with_allowed("one number, distribution or expression");
  if (const auto& given = projection.plasticity[0].w_bound)
    throw Error("conflict", place(*given, request.path + "/plasticity/w_bound"), "the rule leaves weights as they are");
  RowRequest real = request;  // delays in ms, as for exact cells
  real.exact = true;
  if (!request.exact) real.min_delay_ms = 0;
  const auto start = make_rows(context, real, out.rounding);
  auto rules =
      std::make_shared<CompiledPlasticity>(rules_of(context, request, *start, request.exact ? 1.0 : context.out.step_ms));
  rules->delay->rule->bounds(rules->delay->parameters.data(), &rules->shortest_ms, &rules->longest_ms);
  rules->exact_time = request.exact;
  check_bounds(context, request, *start, *rules);
  out.rows = std::make_shared<MovingRows>(start, context.grid, *rules);
  out.plasticity = std::move(rules);
}

}  // namespace spikeloom
