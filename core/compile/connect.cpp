// From a written connector to its row visitor.
#include "core/compile/connected.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t largest_total = std::uint64_t{1} << 48, largest_degree = UINT32_MAX;

MadeRows made(const CompileContext& context, const RowRequest& request) {
  using Kind = Connector::Kind;
  const Connector& connect = request.projection.connect;
  Scope scope;
  for (const auto& [name, value] : request.projection.constants) scope.add(name, number(context, value, request.path));
  scope.add("N_from", request.from.size);
  scope.add("N_to", request.to.size);
  const auto path = [&](const char* key) { return request.path + "/connect/" + key; };
  const auto where = [&](const char* key) { return place(connect.count, path(key)); };
  const auto count = [&](const char* key, std::uint64_t most) {
    return whole_number(context, connect.count, path(key), 0, most, &scope);
  };
  const double from = request.from.size, to = request.to.size;
  const auto bounded = [&](double synapses, const char* key) {
    require_memory(static_cast<double>(least_synapse_bytes) * synapses, where(key), "projection " + request.name);
  };
  // Each of `cells` cells has `value` partners among `partners`; more than there are is the connector's own error.
  const auto bounded_degree = [&](std::uint64_t value, double partners, double cells, const char* key) {
    const auto degree = static_cast<double>(value);
    if (request.projection.multapses ? partners > 0 : degree <= partners) bounded(degree * cells, key);
    return value;
  };
  switch (connect.kind) {
    case Kind::all_to_all: bounded(from * to, "all_to_all"); return all_to_all(context, request);
    case Kind::one_to_one: return one_to_one(context, request);
    case Kind::fixed_probability: {
      const double p = number(context, connect.count, path("fixed_probability"), {0, 1}, &scope);
      bounded(p * from * to, "fixed_probability");
      return fixed_probability(context, request, p);
    }
    case Kind::fixed_in_degree: {
      const char* key = "fixed_in_degree";
      return fixed_in_degree(context, request, bounded_degree(count(key, largest_degree), from, to, key), where(key));
    }
    case Kind::fixed_out_degree: {
      const char* key = "fixed_out_degree";
      return fixed_out_degree(context, request, bounded_degree(count(key, largest_degree), to, from, key), where(key));
    }
    case Kind::fixed_total: {
      const char* key = "fixed_total";
      return fixed_total(context, request, bounded_degree(count(key, largest_total), from * to, 1, key), where(key));
    }
    case Kind::list: return listed(context, request);
    case Kind::file: return listed_in_file(context, request);
    case Kind::kernel: return kernel(context, request);
  }
  throw Error("unsupported", {request.path + "/connect"}, "unknown connector", Exit::refused);
}

}  // namespace

std::shared_ptr<const Rows> make_rows(const CompileContext& context, const RowRequest& request, DelayRounding& rounding) {
  const MadeRows rows = made(context, request);
  rows->finish(rounding);
  return rows;
}

}  // namespace spikeloom
