// Packed rows hold every synapse that the visitors give, once, whatever the layout, the shards and the threads.
#include "backends/cpu/pack.hpp"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "core/run/used_weights.hpp"
#include "models/models.hpp"

namespace spikeloom::cpu {
namespace {

/// (source id, population, receptor, cell, delay, weight) -> how many.
using Edges = std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::int64_t>, int>;

struct Case {
  std::string name;
  Connector::Kind kind;
  double count;
  Value weight, delay_ms;
};

std::shared_ptr<const CompiledNetwork> compiled(const Case& c, std::uint32_t cells = 300) {
  Network net;
  net.name = c.name;
  net.run.duration_ms = 1.0;
  net.run.seed = 3.0;
  net.run.precision = Precision::single_;
  Population population;
  population.model = "lif_exp";
  population.shape = {static_cast<double>(cells)};
  net.population("A", population);
  net.population("B", population);
  Projection projection;
  projection.connect.kind = c.kind;
  projection.connect.count = c.count;
  projection.weight = c.weight;
  projection.delay_ms = c.delay_ms;
  net.connect("A", "B", projection);
  net.connect("B", "A", projection);
  return compile(net, builtin_models());
}

Edges visited(const CompiledNetwork& network) {
  Edges edges;
  for (const auto& projection : network.projections)
    visit_used(network, projection, [&](const UsedSynapse& s) {
      const auto& to = projection.to[s.segment];
      const auto& from = projection.from[segment_of(projection.from, s.source)];
      ++edges[{network.first_sender(from.kind, from.index) + cell_of(from, s.source), to.index,
               static_cast<std::uint32_t>(s.receptor), cell_of(to, s.target), s.delay, s.q}];
    });
  return edges;
}

/// Read back by the rules that layout.hpp states, from the first head of every row.
Edges unpacked(const Partition& partition, const PackedSynapses& packed) {
  Edges edges;
  for (std::uint32_t s = 0; s < partition.size(); ++s)
    for (std::size_t b = 0; b < packed.bundles.size(); ++b) {
      const Bundle& bundle = packed.bundles[b];
      for (std::size_t r = 0; r < packed.rows[s][b].row.size(); ++r) {
        const std::byte* at = packed.rows[s][b].row[r];
        std::uint32_t delay = 0;
        while (at != nullptr) {
          const std::uint32_t head = load_head(at), gap = head_gap(head);
          at += head_bytes;
          for (std::uint32_t i = 0; i < head_count(head); ++i, at += record_bytes(bundle.form)) {
            const Record record = load_record(bundle.form, at);
            const auto& slices = partition.shard(s).slices;
            for (std::uint32_t p = 0; p < slices.size(); ++p)
              for (std::uint32_t k = 0; k < slices[p].slot.size(); ++k) {
                const std::uint32_t size = slices[p].end - slices[p].begin;
                if (slices[p].slot[k] == no_slot || record.slot - slices[p].slot[k] >= size) continue;
                ++edges[{bundle.first_id + static_cast<std::uint32_t>(r), p, k, slices[p].begin + record.slot - slices[p].slot[k],
                         delay, bundle.form == Form::constant ? bundle.constant : record.weight}];
              }
          }
          if (gap == 0) at = nullptr;
          else if (gap != gap_same_step) delay += gap;
        }
      }
    }
  return edges;
}

class Packing : public ::testing::TestWithParam<Case> {};

TEST_P(Packing, KeepsEverySynapseOnceInEveryLayout) {
  const auto network = compiled(GetParam());
  const Edges expected = visited(*network);
  ASSERT_FALSE(expected.empty());
  for (const Layout layout : {Layout::by_rule, Layout::stored})
    for (const int threads : {1, 2, 5}) {
      const Partition partition(*network, threads);
      const PackedSynapses packed = pack(*network, partition, threads, layout);
      EXPECT_EQ(unpacked(partition, packed), expected) << threads << " threads";
      EXPECT_EQ(packed.synapses, network->synapses());
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Packing,
    ::testing::Values(Case{"plain", Connector::Kind::fixed_in_degree, 20, normal(50, 5), normal(1.5, 0.5, 0.1, 5.0)},
                      Case{"constants", Connector::Kind::fixed_out_degree, 20, Value(50.0), Value(1.5)},
                      Case{"dense", Connector::Kind::all_to_all, 0, normal(5, 1), Value(0.1)},
                      Case{"few_and_far", Connector::Kind::fixed_out_degree, 3, normal(5, 1), normal(800.0, 300.0, 0.1, 1600.0)},
                      Case{"beyond_one_hop", Connector::Kind::fixed_out_degree, 2, Value(5.0),
                           normal(3000.0, 1000.0, 0.1, 9000.0)},
                      Case{"one_to_one", Connector::Kind::one_to_one, 0, Value(5.0), Value(1000.0)}),
    [](const auto& info) { return info.param.name; });

TEST(Packing, ARunLongerThanAHeadCanCountIsCutAndKeptTogether) {
  // 140,000 synapses of one source with one delay onto 200 cells: three heads, same step.
  Network net;
  net.run.duration_ms = 1.0;
  net.run.precision = Precision::single_;
  Population population;
  population.model = "lif_exp";
  population.shape = {200.0};
  net.population("B", population);
  SpikeListInput list;
  list.times_ms = {{0.5}};
  net.input("in", {list, std::nullopt});
  Projection projection;
  projection.connect.kind = Connector::Kind::fixed_out_degree;
  projection.connect.count = 140000.0;
  projection.weight = normal(0.01, 0.001);
  projection.delay_ms = 0.5;
  net.connect("in", "B", projection);
  const auto network = compile(net, builtin_models());
  const Partition partition(*network, 1);
  const PackedSynapses packed = pack(*network, partition, 1);
  EXPECT_EQ(unpacked(partition, packed), visited(*network));
  const std::byte* first = packed.rows[0][0].row[0] + head_bytes;
  EXPECT_EQ(head_count(load_head(first)), max_run);
  EXPECT_EQ(head_gap(load_head(first)), gap_same_step);
}

TEST(Packing, CopiesShortRunsAndWalksLongOnes) {
  const auto copies = [](const Case& c, Layout layout) {
    const auto network = compiled(c);
    return pack(*network, Partition(*network, 1), 1, layout).bundles[0].copies;
  };
  const Case few{"few", Connector::Kind::fixed_out_degree, 10, Value(5.0), normal(10.0, 5.0, 0.1, 20.0)};
  const Case many{"many", Connector::Kind::all_to_all, 0, normal(5, 1), Value(0.1)};
  const Case far{"far", Connector::Kind::fixed_out_degree, 2, Value(5.0), normal(3000.0, 1000.0, 0.1, 9000.0)};
  EXPECT_TRUE(copies(few, Layout::by_rule));
  EXPECT_FALSE(copies(few, Layout::runs));
  EXPECT_FALSE(copies(many, Layout::by_rule));
  EXPECT_TRUE(copies(many, Layout::copies));
  EXPECT_FALSE(copies(far, Layout::copies)) << "the ring of lists does not reach that far";
}

TEST(Packing, TheHashOfWeightsSeesOneChangedWeight) {
  const Case c{"plain", Connector::Kind::fixed_in_degree, 20, normal(50, 5), Value(1.5)};
  const auto hash = [](const CompiledNetwork& network, int threads, Layout layout) {
    const Partition partition(network, threads);
    return weight_hash(network, partition, pack(network, partition, threads, layout)).low;
  };
  const auto network = compiled(c);
  EXPECT_EQ(hash(*network, 1, Layout::by_rule), hash(*network, 3, Layout::stored));
  Case other = c;
  other.weight = normal(50.0001, 5);
  EXPECT_NE(hash(*network, 1, Layout::by_rule), hash(*compiled(other), 1, Layout::by_rule));
}

}  // namespace
}  // namespace spikeloom::cpu
