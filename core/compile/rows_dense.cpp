// Connectors without chance: every pair, or equal indices.
#include "core/compile/connected.hpp"

namespace spikeloom {
namespace {

class AllToAll final : public Connected {
 public:
  AllToAll(const CompileContext& context, const RowRequest& request)
      : Connected(context, request, std::uint64_t{request.from.size} * request.to.size) {
    count_ = std::uint64_t{sources} * targets - selfs_;
    max_in_degree_ = sources;
  }

 private:
  /// The target's index counts the random blocks, so that a pair keeps its numbers whether autapses exist or not.
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    for (std::uint32_t i = first; i < last; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        if (!is_self(i, j)) out.add(i, j, j, i, std::uint64_t{i} * targets + j);
  }
};

class OneToOne final : public Connected {
 public:
  OneToOne(const CompileContext& context, const RowRequest& request) : Connected(context, request, request.from.size) {
    if (sources != targets)
      throw Error("range", place(request.projection.connect.where, request.path + "/connect"),
                  "one_to_one needs ends of equal size")
          .with_value(std::to_string(sources) + " and " + std::to_string(targets))
          .with_allowed("equal sizes");
    for (std::uint32_t i = 0; i < sources; ++i) count_ += !is_self(i, i);
    max_in_degree_ = 1;
  }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    for (std::uint32_t i = first; i < last; ++i)
      if (!is_self(i, i)) out.add(i, i, 0, i, i);
  }
};

}  // namespace

MadeRows all_to_all(const CompileContext& context, const RowRequest& request) {
  return std::make_shared<AllToAll>(context, request);
}
MadeRows one_to_one(const CompileContext& context, const RowRequest& request) {
  return std::make_shared<OneToOne>(context, request);
}

}  // namespace spikeloom
