// What the operating system says about this process and machine: memory left, memory used, processor time.
#pragma once

#include <cstdint>

namespace spikeloom {

/// Bytes this process may still take: the least of what the machine has available, what each enclosing control group leaves
/// and the process's own address-space limit.
std::uint64_t available_bytes();

/// Largest resident set of this process so far, and the present one.
std::uint64_t peak_bytes();
std::uint64_t resident_bytes();
/// Returns to the system what was freed, such as the text of a large network file.
void give_back_free_memory();

/// Processor seconds, user and system, of all threads of this process so far.
double cpu_seconds();

int hardware_threads();

}  // namespace spikeloom
