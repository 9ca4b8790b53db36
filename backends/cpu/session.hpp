// A run on the CPU: shards, a team of threads that steps them, and one thread that records.
//
// A window is a number of steps that needs nobody but the shards: up to longest_window, ending where a probe samples or states
// are checked, one step long where signals are in play. Within a window, thread i runs its shards step by step:
//
//   for n in window:   for each of my shards:
//     wait       until every shard has published step n - lag            (lag <= the smallest delay)
//     admit      the spikes of step n - lag, of all shards and sources   (writes my queues, reads their lists)
//     drain      everything due in step n into my input sums
//     update     Poisson input, currents, one step of every cell         (writes my states and my spike list of step n)
//     publish    step n                                                  (one store; my list of step n is frozen)
//
// Who may write what: a shard's states, sums and queues are written by the thread that has taken it, its own or one that
// helps (window.hpp); its spike list of step n is written in update(n), then read by all; lists are reused after spike_slots
// steps, which nobody can be behind. Sums are integers, so the order in which shards and threads add to them cannot show.
// Between windows the calling thread alone reads spikes and states, records, and brings signals and modulation up to date.
#pragma once

#include <memory>

#include "core/backend.hpp"

namespace spikeloom::cpu {

inline constexpr std::int64_t longest_window = 64;

std::unique_ptr<Session> open_session(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options);

/// Threads that pay: as asked (0: the machine's), but no more than there is work for.
int useful_threads(const CompiledNetwork& network, int asked);

}  // namespace spikeloom::cpu
