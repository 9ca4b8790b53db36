// `spikeloom schema`: the network file as JSON Schema.
#include "core/schema.hpp"

#include "apps/loading.hpp"
#include "apps/options.hpp"
#include "apps/report.hpp"

namespace spikeloom {

int schema_command(const Options&) {
  print_text(to_text(schema(command_models())) + "\n");
  return 0;
}

}  // namespace spikeloom
