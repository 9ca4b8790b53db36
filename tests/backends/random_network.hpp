// Small networks by dice: between them they use everything a network can say, in combinations nobody would think of.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "core/network.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom::testing {

struct RandomNetwork {
  Network network;
  Actions actions;             ///< what the caller emits and sets
  std::set<std::string> uses;  ///< features, by name
};

/// The same seed always gives the same network; files it reads are written to `folder`.
RandomNetwork random_network(std::uint64_t seed, const std::string& folder);

/// The same network with its parts declared in another order.
Network permuted(const Network& network, std::uint64_t seed);

}  // namespace spikeloom::testing
