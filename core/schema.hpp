// The network file as a JSON Schema (draft 2020-12), for editors and for people.
#pragma once

#include "core/json/document.hpp"
#include "core/model.hpp"

namespace spikeloom {

/// Printed from the same tables that the reader checks by; parameters and states come from the models' own tables.
Json schema(const ModelSet& models);

}  // namespace spikeloom
