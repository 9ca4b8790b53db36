// The multicore CPU backend: the same bits as the reference, fast.
#pragma once

#include <memory>

#include "core/backend.hpp"

namespace spikeloom {

std::unique_ptr<Backend> cpu_backend();

}  // namespace spikeloom
